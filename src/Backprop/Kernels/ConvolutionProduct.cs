using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The convolution as a matrix product, without the matrix: <c>target[o, q] = Σ_k w[o, k] · patches[k][q]</c>, where k runs over the weights of a
/// target channel and q over the positions of a block of target rows. Forward and the gradient of the input are both of this form.
/// </summary>
/// <remarks>
/// A block's gathered pixels fit into the second cache, and the tiles read them at the offsets of the weights. A piece is one block of one image
/// (or several small images); each number of the target is computed by one piece in one sum, so threads change no bit.
/// The gradient of a strided convolution is one product for each remainder of the stride, out of the same gathered pixels; its results are interleaved.
/// </remarks>
internal static unsafe class ConvolutionProduct<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfBlock = 1 << 18;
    private const long WorkOfPiece = 1 << 19, WorkOfBlock = 1 << 21; // multiply-adds; a cut image costs more than a shared batch
    private const int PiecesWanted = 16;

    public static void Run(in ConvolutionProblem<T> problem)
    {
        if (problem.Batch * problem.Rows.Positions * problem.Columns.Positions == 0) return;
        ConvolutionAxis rows = problem.Rows, columns = problem.Columns;
        long workOfImage = (long)problem.TargetChannels * problem.SourceChannels * problem.KernelHeight * problem.KernelWidth * rows.Positions * columns.Positions;

        // An image is cut where its pixels are too many for the cache, or where there are too few images to share.
        int parts = (int)Math.Clamp(workOfImage / WorkOfBlock, 1, Math.Max(PiecesWanted / (problem.Batch * problem.Groups), 1));
        int rowsFitting = ConvolutionPatches.RowsFitting<T>(rows, columns, problem.SourceChannels, BytesOfBlock);
        var blocks = new EvenSplit(rows.Positions, Math.Min(rowsFitting, (rows.Positions - 1) / parts + 1));
        var patches = new ConvolutionPatches(rows, columns, problem.SourceChannels, blocks.Largest);

        // Each weight of the kernel belongs to one remainder, so all of them together need room for the kernel once.
        int depthOfKernel = problem.SourceChannels * problem.KernelHeight * problem.KernelWidth;
        using Scratch.Lease<Remainder> remainders = Scratch.Rent<Remainder>(rows.Remainders * columns.Remainders);
        using Scratch.Lease<nint> offsets = Scratch.Rent<nint>(depthOfKernel);
        using Scratch.Lease<T> weights = Scratch.Rent<T>(problem.Groups * problem.TargetChannels * (nint)depthOfKernel);
        var job = new Job
        {
            Problem = problem,
            Patches = patches,
            Remainders = remainders.Start,
            Tiles = new EvenSplit(problem.TargetChannels, TSimd.TileRows),
            Images = new EvenSplit(problem.Batch, (int)Math.Clamp(WorkOfPiece / Math.Max(workOfImage, 1), 1, problem.Batch)),
            Blocks = blocks,
        };
        job.Prepare(offsets.Start, weights.Start);
        WorkerPool.Run(ref job, job.Images.Parts * problem.Groups * blocks.Parts);
    }

    /// <summary>The weights that meet one set of target positions, packed for the tiles, and where the pixels under them are.</summary>
    private struct Remainder
    {
        public int Depth;
        public nint* Offsets;
        public T* Weights;
    }

    private struct Job : IPieceJob
    {
        public ConvolutionProblem<T> Problem;
        public ConvolutionPatches Patches;
        public Remainder* Remainders;
        public EvenSplit Tiles, Images, Blocks;

        public readonly void Prepare(nint* offsets, T* weights)
        {
            for (int i = 0; i < Problem.Rows.Remainders; i++)
            {
                ConvolutionTaps rowTaps = Problem.Rows.Taps(i);
                for (int j = 0; j < Problem.Columns.Remainders; j++)
                {
                    ConvolutionTaps columnTaps = Problem.Columns.Taps(j);
                    int depth = Problem.SourceChannels * rowTaps.Count * columnTaps.Count;
                    Remainders[i * Problem.Columns.Remainders + j] = new Remainder { Depth = depth, Offsets = offsets, Weights = weights };
                    Patches.WriteOffsets(rowTaps, columnTaps, offsets);
                    offsets += depth;
                    for (int group = 0; group < Problem.Groups; group++)
                    {
                        for (int tile = 0; tile < Tiles.Parts; tile++)
                        {
                            T* first = Problem.WeightsOfGroup(group) + Tiles.Start(tile) * Problem.TargetWeightStep;
                            PackTile(first, Tiles.Length(tile), rowTaps, columnTaps, weights);
                            weights += Tiles.Length(tile) * depth;
                        }
                    }
                }
            }
        }

        /// <summary>The weights of some target channels: for each weight the numbers of these channels side by side.</summary>
        private readonly void PackTile(T* weights, int channels, ConvolutionTaps rowTaps, ConvolutionTaps columnTaps, T* panel)
        {
            int taps = rowTaps.Count * columnTaps.Count;
            if (taps == Problem.KernelHeight * Problem.KernelWidth)
            {
                // All weights of a pair of channels, in their order; where the pairs follow each other too, in one go.
                int together = Problem.SourceWeightStep == taps ? Problem.SourceChannels : 1;
                for (int source = 0; source < Problem.SourceChannels; source += together, panel += together * taps * channels)
                {
                    PanelPacker.Pack(weights + source * Problem.SourceWeightStep, Problem.TargetWeightStep, 1, channels, together * taps, panel, channels);
                }
                return;
            }
            for (int source = 0; source < Problem.SourceChannels; source++, weights += Problem.SourceWeightStep)
            {
                for (int i = 0; i < rowTaps.Count; i++)
                {
                    for (int j = 0; j < columnTaps.Count; j++, panel += channels)
                    {
                        T* weight = weights + rowTaps.Weight(i) * Problem.KernelWidth + columnTaps.Weight(j);
                        for (int channel = 0; channel < channels; channel++) panel[channel] = weight[channel * Problem.TargetWeightStep];
                    }
                }
            }
        }

        public readonly void Run(int piece)
        {
            (int imagePart, int block) = Math.DivRem(piece, Problem.Groups * Blocks.Parts);
            (int group, block) = Math.DivRem(block, Blocks.Parts);
            int firstRow = Blocks.Start(block), rows = Blocks.Length(block), positions = rows * Problem.Columns.Positions;
            nint sourceSize = (nint)Problem.SourceChannels * Problem.Rows.SourceSize * Problem.Columns.SourceSize;
            nint targetPlane = (nint)Problem.Rows.TargetSize * Problem.Columns.TargetSize, resultSize = (nint)Problem.TargetChannels * positions;
            bool dense = Problem.Rows.Remainders * Problem.Columns.Remainders == 1;

            using Scratch.Lease<T> patches = Scratch.Rent<T>(Patches.Length<T>());
            using Scratch.Lease<T> results = Scratch.Rent<T>(dense ? 0 : Problem.Columns.Remainders * resultSize);
            for (int image = Images.Start(imagePart); image < Images.Start(imagePart) + Images.Length(imagePart); image++)
            {
                nint member = (nint)image * Problem.Groups + group;
                Patches.Gather(Problem.Source + member * sourceSize, firstRow, rows, patches.Start);
                T* target = Problem.Target + member * Problem.TargetChannels * targetPlane;
                if (dense)
                {
                    T* rowsOfBlock = target + firstRow * Problem.Columns.Positions;
                    Multiply(Remainders[0], group, patches.Start, positions, rowsOfBlock, targetPlane);
                    if (Problem.Finish.Adds) Add(rowsOfBlock, targetPlane, positions);
                    continue;
                }
                for (int i = 0; i < Problem.Rows.Remainders; i++)
                {
                    for (int j = 0; j < Problem.Columns.Remainders; j++)
                    {
                        Multiply(Remainders[i * Problem.Columns.Remainders + j], group, patches.Start, positions, results.Start + j * resultSize, positions);
                    }
                    InterleaveRows(results.Start, resultSize, target, i + firstRow * Problem.Rows.Remainders, rows);
                }
            }
        }

        [MethodImpl(Compile.AtOnce)]
        private readonly void Multiply(in Remainder remainder, int group, T* patches, int positions, T* c, nint cStride)
        {
            int width = MatMulTile<T, TVector, TSimd>.Columns, lanes = TSimd.Lanes, last = positions % width;
            bool fits = last == 0 || last == lanes;
            using Scratch.Lease<T> edge = Scratch.Rent<T>(fits ? 0 : Problem.TargetChannels * width);
            ConvolutionFinish<T> finish = Problem.Finish.BeforeAddends.From(group * Problem.TargetChannels);
            var store = new StoreFinished<T>(&finish);
            var left = new PackedRows<T>(remainder.Weights + group * Problem.TargetChannels * (nint)remainder.Depth, remainder.Depth);
            for (int q = 0; q < positions; q += width)
            {
                var right = new TabledSteps<T>(patches + q, remainder.Offsets);
                bool whole = fits || q + width <= positions;
                T* target = whole ? c + q : edge.Start;
                nint step = whole ? cStride : width;
                if (positions - q <= lanes) MatMulTile<T, TVector, TSimd>.ComputeAll<Rows1, PackedRows<T>, TabledSteps<T>, StoreFinished<T>>(Tiles, left, right, remainder.Depth, target, step, store);
                else MatMulTile<T, TVector, TSimd>.ComputeAll<Rows2, PackedRows<T>, TabledSteps<T>, StoreFinished<T>>(Tiles, left, right, remainder.Depth, target, step, store);
                if (whole) continue;
                for (int i = 0; i < Problem.TargetChannels; i++) new ReadOnlySpan<T>(edge.Start + i * width, last).CopyTo(new Span<T>(c + i * cStride + q, last));
            }
        }

        /// <summary>Adds to a block's results what there is to add, while the cache holds them. If the tiles did it, their stores would have one more question for each vector.</summary>
        private readonly void Add(T* results, nint planeStep, int positions)
        {
            for (int channel = 0; channel < Problem.TargetChannels; channel++, results += planeStep)
            {
                T* addends = Problem.Finish.Addend(results);
                int q = 0;
                for (; q <= positions - TSimd.Lanes; q += TSimd.Lanes)
                {
                    TVector sum = TSimd.Add(TSimd.Load(results + q), TSimd.Load(addends + q));
                    TSimd.Store(Problem.Finish.Rectify ? TSimd.Rectify(sum) : sum, results + q);
                }
                for (; q < positions; q++) results[q] = Problem.Finish.Add(results[q], results + q);
            }
        }

        /// <summary>Deals the results of the column remainders in turn to the target's rows <paramref name="firstRow"/>, firstRow + remainders, ….</summary>
        private readonly void InterleaveRows(T* results, nint resultSize, T* target, int firstRow, int rows)
        {
            int remainders = Problem.Columns.Remainders, width = Problem.Columns.TargetSize, height = Problem.Rows.TargetSize;
            for (int channel = 0; channel < Problem.TargetChannels; channel++, target += (nint)width * height)
            {
                for (int i = 0; i < rows; i++, results += Problem.Columns.Positions)
                {
                    int row = firstRow + i * Problem.Rows.Remainders;
                    if (row >= height) continue;
                    T* to = target + row * width;
                    int done = 0;
                    if (remainders == 2 && sizeof(T) == sizeof(float))
                    {
                        done = Interleave.Pairs((float*)results, (float*)(results + resultSize), (float*)to, width / 2);
                    }
                    for (int j = 0; j < remainders; j++)
                    {
                        T* from = results + j * resultSize;
                        for (int q = done; q * remainders + j < width; q++) to[q * remainders + j] = from[q];
                    }
                }
            }
        }
    }
}
