using System.Globalization;
using System.Text;

namespace Backprop;

public partial class Tensor
{
    private const int EdgeItems = 3;      // shown at each end of an axis that is cut short
    private const int WholeUpTo = 200;    // elements; a larger tensor is cut short

    /// <summary>Shape, dtype and elements for a person to read: <c>Float32 [2, 3]</c>, then the rows; long axes are cut short.</summary>
    public override string ToString()
    {
        if (IsRecycled) return $"{DType} {Shape} (recycled)";
        if (Rank == 0) return Format(ElementAt(0));
        bool cut = ElementCount > WholeUpTo;
        int width = Shown(Shape, cut).Select(i => Format(ElementAt(i)).Length).DefaultIfEmpty(0).Max();
        var text = new StringBuilder($"{DType} {Shape}{Environment.NewLine}");
        Write(text, axis: 0, position: 0, width, cut);
        return text.ToString();
    }

    private void Write(StringBuilder text, int axis, int position, int width, bool cut)
    {
        int length = Shape[axis], stride = 1;
        for (int inner = axis + 1; inner < Rank; inner++) stride *= Shape[inner];
        bool last = axis == Rank - 1;
        text.Append('[');
        for (int i = 0; i < length; i++)
        {
            if (i > 0) text.Append(last ? ", " : "," + Environment.NewLine + new string(' ', axis + 1));
            if (cut && length > 2 * EdgeItems && i == EdgeItems)
            {
                text.Append('…');
                i = length - EdgeItems - 1;
            }
            else if (last)
            {
                text.Append(Format(ElementAt(position + i)).PadLeft(width));
            }
            else
            {
                Write(text, axis + 1, position + i * stride, width, cut);
            }
        }
        text.Append(']');
    }

    private static IEnumerable<int> Shown(Shape shape, bool cut)
    {
        IEnumerable<int> positions = [0];
        foreach (int length in shape)
        {
            IEnumerable<int> indices = Enumerable.Range(0, length).Where(i => !cut || i < EdgeItems || i >= length - EdgeItems);
            positions = positions.SelectMany(position => indices.Select(i => position * length + i));
        }
        return positions;
    }

    private string Format(double value) => DType switch
    {
        DType.Bool => value != 0 ? "true" : "false",
        DType.Int32 or DType.Int64 => ((long)value).ToString(CultureInfo.InvariantCulture),
        _ => value.ToString("0.#####", CultureInfo.InvariantCulture) is var plain && value != 0 && (Math.Abs(value) is < 1e-3 or >= 1e6)
            ? value.ToString("0.####e+0", CultureInfo.InvariantCulture)
            : plain,
    };
}
