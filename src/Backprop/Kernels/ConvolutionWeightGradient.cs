using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The gradient of a convolution's weights, transposed: <c>dwᵀ[k, o] = Σ_{n, q} patches_n[k][q] · dy_n[o, q]</c>, where k runs over the weights of an output
/// channel, n over the images and q over the positions of the output.
/// </summary>
/// <remarks>
/// The gathered pixels are the rows of the left operand just as they lie; only dy is turned around, a block of positions at a time.
/// Images are dealt to at most 16 groups, by their number and the size of dw alone; each group has a sum of its own, and these are added in order.
/// </remarks>
internal static unsafe class ConvolutionWeightGradient<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int MostSums = 16;
    private const int BytesOfSums = 1 << 26;
    private const int BytesOfBlock = 1 << 18;
    private const int PositionsOfBlock = 384;
    private const long WorkOfPiece = 1 << 19;

    private static int PanelWidth => 2 * TSimd.Lanes;

    public static void Run(T* x, T* dy, T* dw, in ConvolutionShape shape)
    {
        ConvolutionAxis rows = shape.ForwardRows, columns = shape.ForwardColumns;
        int inChannels = shape.InChannels / shape.Groups, outChannels = shape.OutChannels / shape.Groups;
        var blocks = new EvenSplit(rows.Positions, ConvolutionPatches.RowsFitting<T>(rows, columns, inChannels, BytesOfBlock));
        var patches = new ConvolutionPatches(rows, columns, inChannels, blocks.Largest);

        int depth = inChannels * shape.KernelHeight * shape.KernelWidth, columnsOfSum = (outChannels + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        nint sumLength = (nint)depth * columnsOfSum;
        long workOfImage = (long)outChannels * depth * rows.Positions * columns.Positions;
        int sums = (int)long.Clamp(BytesOfSums / (sumLength * shape.Groups * sizeof(T)), 2, MostSums);
        sums = (int)long.Clamp(shape.Batch * workOfImage / WorkOfPiece, 1, sums);

        using Scratch.Lease<nint> offsets = Scratch.Rent<nint>(depth);
        patches.WriteOffsets(rows.Taps(0), columns.Taps(0), offsets.Start);
        var images = new EvenSplit(shape.Batch, (shape.Batch + sums - 1) / sums);
        using Scratch.Lease<T> partial = Scratch.Rent<T>(images.Parts * shape.Groups * sumLength);
        var job = new Job
        {
            X = x,
            Dy = dy,
            Sums = partial.Start,
            Offsets = offsets.Start,
            SumLength = sumLength,
            ColumnsOfSum = columnsOfSum,
            InChannels = inChannels,
            OutChannels = outChannels,
            Groups = shape.Groups,
            Rows = rows,
            Columns = columns,
            Patches = patches,
            Images = images,
            Blocks = blocks,
            Tiles = new EvenSplit(depth, columnsOfSum == TSimd.Lanes ? MatMulTile<T, TVector, TSimd>.RowsOfNarrow : TSimd.TileRows),
            Depth = depth,
        };
        WorkerPool.Run(ref job, images.Parts * shape.Groups);

        for (int group = 0; group < shape.Groups; group++)
        {
            T* sum = partial.Start + group * sumLength;
            for (int part = 1; part < images.Parts; part++) Add(sum, partial.Start + (part * shape.Groups + group) * sumLength, sumLength);
            PanelPacker.Pack(sum, columnsOfSum, 1, depth, outChannels, dw + (nint)group * outChannels * depth, depth);
        }
    }

    /// <summary><c>sum ← sum + term</c>, of whole vectors: one group's sum to those before it.</summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Add(T* sum, T* term, nint length)
    {
        for (nint i = 0; i < length; i += TSimd.Lanes) TSimd.Store(TSimd.Add(TSimd.Load(sum + i), TSimd.Load(term + i)), sum + i);
    }

    private struct Job : IPieceJob
    {
        public T* X, Dy, Sums;
        public nint* Offsets;
        public nint SumLength;
        public int ColumnsOfSum, InChannels, OutChannels, Groups, Depth;
        public ConvolutionAxis Rows, Columns;
        public ConvolutionPatches Patches;
        public EvenSplit Images, Blocks, Tiles;

        public readonly void Run(int piece)
        {
            (int part, int group) = Math.DivRem(piece, Groups);
            T* sum = Sums + piece * SumLength;
            nint imageSize = (nint)InChannels * Rows.SourceSize * Columns.SourceSize;
            nint outputSize = (nint)OutChannels * Rows.Positions * Columns.Positions;
            using Scratch.Lease<T> patches = Scratch.Rent<T>(Patches.Length<T>());
            using Scratch.Lease<T> panels = Scratch.Rent<T>(ColumnsOfSum * PositionsOfBlock);
            bool accumulate = false;
            for (int image = Images.Start(part); image < Images.Start(part) + Images.Length(part); image++)
            {
                for (int block = 0; block < Blocks.Parts; block++)
                {
                    int firstRow = Blocks.Start(block), rows = Blocks.Length(block);
                    nint member = (nint)image * Groups + group;
                    Patches.Gather(X + member * imageSize, firstRow, rows, patches.Start);
                    T* dy = Dy + member * outputSize + (nint)firstRow * Columns.Positions;
                    var positions = new EvenSplit(rows * Columns.Positions, PositionsOfBlock);
                    for (int i = 0; i < positions.Parts; i++)
                    {
                        AddPositions(patches.Start, dy, positions.Start(i), positions.Length(i), panels.Start, sum, accumulate);
                        accumulate = true;
                    }
                }
            }
        }

        [SkipLocalsInit]
        private readonly void AddPositions(T* patches, T* dy, int firstPosition, int positions, T* panel, T* sum, bool accumulate)
        {
            T** rowStarts = stackalloc T*[Tiles.Largest];
            var store = new StoreSum<T>(accumulate);
            for (int channel = 0; channel < OutChannels; channel += PanelWidth)
            {
                int channels = Math.Min(PanelWidth, OutChannels - channel), width = channels <= TSimd.Lanes ? TSimd.Lanes : PanelWidth;
                int plane = Rows.Positions * Columns.Positions;
                PanelPacker.Pack(dy + (nint)channel * plane + firstPosition, plane, 1, channels, positions, panel, width);
                for (int tile = 0; tile < Tiles.Parts; tile++)
                {
                    int first = Tiles.Start(tile), rows = Tiles.Length(tile);
                    for (int i = 0; i < rows; i++) rowStarts[i] = patches + Offsets[first + i] + firstPosition;
                    T* target = sum + (nint)first * ColumnsOfSum + channel;
                    if (width == PanelWidth)
                    {
                        MatMulTile<T, TVector, TSimd>.Compute<Rows2, ScatteredRows<T>, EvenSteps<T>, StoreSum<T>>(
                            rows, new(rowStarts), new(panel, width), positions, target, ColumnsOfSum, store);
                    }
                    else
                    {
                        MatMulTile<T, TVector, TSimd>.Compute<Rows1, ScatteredRows<T>, EvenSteps<T>, StoreSum<T>>(
                            rows, new(rowStarts), new(panel, width), positions, target, ColumnsOfSum, store);
                    }
                }
            }
        }
    }
}
