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
    private readonly int _firstTurn = rows.Turn(rows.FirstOffset);
    private readonly int _halo = rows.Turn(rows.LastOffset) - rows.Turn(rows.FirstOffset);

    private int PlaneLength => (rowsOfBlock + _halo) * columns.Positions;

    /// <summary>The most target rows whose pixels fit into <paramref name="bytes"/>, though not fewer than four.</summary>
    public static int RowsFitting<T>(ConvolutionAxis rows, ConvolutionAxis columns, int channels, int bytes) where T : unmanaged
    {
        var oneRow = new ConvolutionPatches(rows, columns, channels, 1);
        int fitting = (int)(bytes / ((nint)channels * columns.Offsets * rows.Step * columns.Positions * sizeof(T))) - oneRow._halo;
        return Math.Max(fitting, Math.Min(4, rows.Positions));
    }

    /// <summary>The numbers to gather for one block, and room for a tile that reads past the last position.</summary>
    public nint Length<T>() where T : unmanaged => (nint)channels * columns.Offsets * rows.Step * PlaneLength + 2 * Vector512<T>.Count;

    /// <summary>Where, for each weight [channel, row tap, column tap], the pixel of position 0 lies.</summary>
    public void WriteOffsets(ConvolutionTaps rowTaps, ConvolutionTaps columnTaps, nint* offsets)
    {
        for (int channel = 0; channel < channels; channel++)
        {
            for (int i = 0; i < rowTaps.Count; i++)
            {
                int offset = rowTaps.Offset(i);
                nint row = (nint)(rows.Turn(offset) - _firstTurn) * columns.Positions;
                for (int j = 0; j < columnTaps.Count; j++)
                {
                    int column = (columnTaps.Offset(j) - columns.FirstOffset) / columns.OffsetStep;
                    *offsets++ = PlaneStart(channel, column, rows.Phase(offset)) + row;
                }
            }
        }
    }

    /// <summary>Gathers what the target rows <paramref name="firstRow"/> … need; <paramref name="source"/> is channel 0 of the image.</summary>
    public void Gather<T>(T* source, int firstRow, int rowCount, T* patches) where T : unmanaged
    {
        for (int phase = 0; phase < rows.Step; phase++)
        {
            if (!IsUsed(phase)) continue;

            // The source's rows of this phase; those above and below the source are zero.
            int firstTurn = firstRow + _firstTurn, count = rowCount + _halo;
            int above = Math.Clamp((-(firstTurn * rows.Step + phase) + rows.Step - 1) / rows.Step, 0, count);
            int end = Math.Clamp((rows.SourceSize - phase + rows.Step - 1) / rows.Step - firstTurn, above, count);
            nint first = (nint)((firstTurn + above) * rows.Step + phase) * columns.SourceSize;
            for (int j = 0; j < columns.Offsets; j++)
            {
                int offset = columns.FirstOffset + j * columns.OffsetStep;
                (int from, int to) = columns.Inside(offset);
                var plane = new Plane(above, end - above, count - end, from, to, columns.Positions, rows.Step * columns.SourceSize, columns.Step);
                T* planeSource = source + first + offset, target = patches + PlaneStart(0, j, phase);
                for (int channel = 0; channel < channels; channel++)
                {
                    plane.Gather(planeSource, target);
                    planeSource += rows.SourceSize * columns.SourceSize;
                    target += columns.Offsets * rows.Step * PlaneLength;
                }
            }
        }
    }

    private nint PlaneStart(int channel, int column, int phase) => (((nint)channel * columns.Offsets + column) * rows.Step + phase) * PlaneLength;

    private bool IsUsed(int phase)
    {
        for (int i = 0; i < rows.Offsets; i++)
        {
            if (rows.Phase(rows.FirstOffset + i * rows.OffsetStep) == phase) return true;
        }
        return false;
    }

    /// <summary>The rows of one channel under one kernel column: some zero rows, then <c>count</c> of the source's, then zero rows again.</summary>
    private readonly struct Plane(int above, int count, int below, int from, int to, int width, int sourceRowStep, int sourceStep)
    {
        [MethodImpl(Compile.AtOnce)]
        public void Gather<T>(T* source, T* target) where T : unmanaged
        {
            Clear(target, above * width);
            target += above * width;
            Clear(target + count * width, below * width);
            if (from == to)
            {
                Clear(target, count * width);
            }
            else if (sourceStep == 1 && sourceRowStep == width)
            {
                // As wide a target as the source: all rows are copied as one, and what came over from the neighbouring row is cleared.
                Copy(source + from, target + from, (count - 1) * width + to - from);
                for (int j = 0; j < from; j++) ClearColumn(target + j);
                for (int j = to; j < width; j++) ClearColumn(target + j);
            }
            else
            {
                for (int row = 0; row < count; row++, source += sourceRowStep, target += width)
                {
                    for (int j = 0; j < from; j++) target[j] = default;
                    if (sourceStep == 1) Copy(source + from, target + from, to - from);
                    else if (sourceStep == 2 && sizeof(T) == sizeof(float)) CopyEverySecond((float*)source + 2 * from, (float*)target + from, to - from);
                    else for (int j = from; j < to; j++) target[j] = source[j * sourceStep];
                    for (int j = to; j < width; j++) target[j] = default;
                }
            }
        }

        private void ClearColumn<T>(T* column) where T : unmanaged
        {
            for (int row = 0; row < count; row++, column += width) *column = default;
        }

        /// <summary>Two neighbours are one 64-bit number, of which narrowing keeps the first: the lower half, as bytes lie on every processor of .NET.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void CopyEverySecond(float* source, float* target, int count)
        {
            int i = 0, lanes = Vector256<float>.Count;
            for (; i < count - lanes; i += lanes) // not for the last number: its pair's second may lie beyond the image
            {
                Vector256<ulong> low = Vector256.Load((ulong*)(source + 2 * i)), high = Vector256.Load((ulong*)(source + 2 * i + lanes));
                Vector256.Narrow(low, high).AsSingle().Store(target + i);
            }
            if (i > 0) // the last ones as the second numbers of pairs that begin one before
            {
                float* pairs = source + 2 * (count - lanes) - 1;
                Vector256<ulong> low = Vector256.Load((ulong*)pairs) >>> 32, high = Vector256.Load((ulong*)(pairs + lanes)) >>> 32;
                Vector256.Narrow(low, high).AsSingle().Store(target + count - lanes);
                return;
            }
            for (; i < count; i++) target[i] = source[2 * i];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Copy<T>(T* source, T* target, int count) where T : unmanaged
        {
            int i = 0;
            for (; i <= count - Vector256<T>.Count; i += Vector256<T>.Count) Vector256.Load(source + i).Store(target + i);
            for (; i < count; i++) target[i] = source[i];
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private static void Clear<T>(T* target, int count) where T : unmanaged
        {
            int i = 0;
            for (; i <= count - Vector256<T>.Count; i += Vector256<T>.Count) Vector256<T>.Zero.Store(target + i);
            for (; i < count; i++) target[i] = default;
        }
    }
}
