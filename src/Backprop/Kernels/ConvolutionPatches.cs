using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>
/// The pixels of an image in the order in which a convolution meets them: for each channel and each kernel column the rows of the source, moved and thinned out
/// so that the pixels of neighbouring target positions are neighbours. Under one weight the pixels of all positions then lie in one line of memory, and going to
/// another kernel row is another starting point in the same lines. That is im2col with as many copies as the kernel has columns, not as it has weights.
/// </summary>
/// <remarks>Layout: [channel, kernel column, row phase, row, position]; with a row step above 1, rows of one phase are neighbours.</remarks>
internal readonly unsafe struct ConvolutionPatches(ConvolutionAxis rows, ConvolutionAxis columns, int channels, int rowsOfBlock)
{
    private readonly int _planeRows = rowsOfBlock + rows.LastTurn - rows.FirstTurn;

    private int PlaneLength => _planeRows * columns.Positions;

    /// <summary>The numbers to gather for one block, and room for a tile that reads past the last position.</summary>
    public nint Length<T>() where T : unmanaged => (nint)channels * columns.Taps * rows.Step * PlaneLength + 2 * Vector512<T>.Count;

    /// <summary>How many weights meet at a position: the length of the sum.</summary>
    public int Depth => channels * rows.Taps * columns.Taps;

    /// <summary>Where, for each weight [channel, row tap, column tap], the pixel of position 0 lies.</summary>
    public void WriteOffsets(nint* offsets)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            for (int i = 0; i < rows.Taps; i++)
            {
                for (int j = 0; j < columns.Taps; j++)
                {
                    *offsets++ = Plane(channel, j, rows.Phase(i)) + (nint)(rows.Turn(i) - rows.FirstTurn) * columns.Positions;
                }
            }
        }
    }

    /// <summary>Gathers what the target rows <paramref name="firstRow"/> … need; <paramref name="source"/> is channel 0 of the image.</summary>
    public void Gather<T>(T* source, int firstRow, int rowCount, T* patches) where T : unmanaged
    {
        int gathered = rowCount + rows.LastTurn - rows.FirstTurn;
        for (int channel = 0; channel < channels; channel++, source += rows.SourceSize * columns.SourceSize)
        {
            for (int j = 0; j < columns.Taps; j++)
            {
                for (int phase = 0; phase < rows.Step; phase++)
                {
                    if (IsUsed(phase)) GatherPlane(source, columns.Offset(j), firstRow + rows.FirstTurn, phase, gathered, patches + Plane(channel, j, phase));
                }
            }
        }
    }

    private nint Plane(int channel, int columnTap, int phase) => (((nint)channel * columns.Taps + columnTap) * rows.Step + phase) * PlaneLength;

    private bool IsUsed(int phase)
    {
        for (int i = 0; i < rows.Taps; i++)
        {
            if (rows.Phase(i) == phase) return true;
        }
        return false;
    }

    private void GatherPlane<T>(T* source, int offset, int firstTurn, int phase, int count, T* plane) where T : unmanaged
    {
        int width = columns.Positions;
        (int from, int to) = columns.Inside(offset);

        // Rows above and below the source are zero; in between, rows lie step·width apart.
        int above = Math.Clamp((-(firstTurn * rows.Step + phase) + rows.Step - 1) / rows.Step, 0, count);
        int end = Math.Clamp((rows.SourceSize - phase + rows.Step - 1) / rows.Step - firstTurn, above, count);
        new Span<T>(plane, above * width).Clear();
        new Span<T>(plane + end * width, (count - end) * width).Clear();
        T* first = source + (nint)((firstTurn + above) * rows.Step + phase) * columns.SourceSize + offset;
        T* target = plane + above * width;
        if (columns.Step == 1 && rows.Step == 1 && width == columns.SourceSize) ShiftRows(first, target, end - above, width, from, to);
        else for (int row = above; row < end; row++, first += rows.Step * columns.SourceSize, target += width) GatherRow(first, target, width, from, to);
    }

    /// <summary>As wide a target as the source: all rows are copied as one, and what came over from the neighbouring row is cleared.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void ShiftRows<T>(T* source, T* target, int count, int width, int from, int to) where T : unmanaged
    {
        if (count == 0 || from == to)
        {
            new Span<T>(target, count * width).Clear();
            return;
        }
        int last = (count - 1) * width + to;
        new ReadOnlySpan<T>(source + from, last - from).CopyTo(new Span<T>(target + from, last - from));
        for (int row = 0; row < count; row++, target += width)
        {
            for (int j = 0; j < from; j++) target[j] = default;
            for (int j = to; j < width; j++) target[j] = default;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GatherRow<T>(T* source, T* target, int width, int from, int to) where T : unmanaged
    {
        int j = 0;
        for (; j < from; j++) target[j] = default;
        if (columns.Step == 1)
        {
            for (; j <= to - Vector256<T>.Count; j += Vector256<T>.Count) Vector256.Load(source + j).Store(target + j);
            for (; j < to; j++) target[j] = source[j];
        }
        else
        {
            int step = columns.Step;
            for (; j < to; j++) target[j] = source[j * step];
        }
        for (; j < width; j++) target[j] = default;
    }
}
