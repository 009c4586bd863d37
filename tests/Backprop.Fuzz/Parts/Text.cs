using System.Globalization;
using System.Text;

namespace Backprop.Fuzz;

/// <summary>A word: a name, a number in digits, a mark of punctuation.</summary>
internal sealed class Text(string text) : Part
{
    private byte[] _bytes = Encoding.Latin1.GetBytes(text);

    public ReadOnlySpan<byte> Bytes => _bytes;

    public override void Change(Mutation mutation)
    {
        if (long.TryParse(_bytes, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && !mutation.OneIn(3))
        {
            _bytes = Encoding.Latin1.GetBytes(mutation.Number(number).ToString(CultureInfo.InvariantCulture));
        }
        else
        {
            _bytes = mutation.OneIn(3) ? mutation.Bytes(_bytes) : mutation.Word();
        }
    }

    protected override void Write(PartWriter writer) => writer.Write(_bytes);
}
