using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The convolution as a matrix product, without the matrix: <c>target[o, q] = bias[o] + Σ_k w[o, k] · patches[k][q]</c>, where k runs over the weights of a
/// target channel and q over the positions of a block of target rows. Forward and the gradient of the input are both of this form.
/// </summary>
/// <remarks>
/// A block's gathered pixels fit into the second cache, and the tiles read them at the offsets of the weights. A piece is one block of one image
/// (or several small images); each number of the target is computed by one piece in one sum, so threads change no bit.
/// </remarks>
internal static unsafe class ConvolutionProduct<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfBlock = 1 << 18;
    private const long WorkOfPiece = 1 << 19;

    public static void Run(in ConvolutionProblem<T> problem)
    {
        if (problem.Batch * problem.Rows.Positions * problem.Columns.Positions == 0) return;
        int bytesOfRow = problem.SourceChannels * Math.Max(problem.Columns.Taps, 1) * problem.Rows.Step * problem.Columns.Positions * sizeof(T);
        int halo = problem.Rows.LastTurn - problem.Rows.FirstTurn;
        var blocks = new EvenSplit(problem.Rows.Positions, Math.Max(BytesOfBlock / bytesOfRow - halo, Math.Min(4, problem.Rows.Positions)));
        var patches = new ConvolutionPatches(problem.Rows, problem.Columns, problem.SourceChannels, blocks.Largest);
        int depth = patches.Depth;
        long workOfImage = (long)problem.TargetChannels * depth * problem.Rows.Positions * problem.Columns.Positions;

        using Scratch.Lease<nint> offsets = Scratch.Rent<nint>(depth);
        using Scratch.Lease<T> weights = Scratch.Rent<T>(problem.Groups * problem.TargetChannels * (nint)depth);
        patches.WriteOffsets(offsets.Start);
        var job = new Job
        {
            Problem = problem,
            Patches = patches,
            Tiles = new EvenSplit(problem.TargetChannels, TSimd.TileRows),
            Images = new EvenSplit(problem.Batch, (int)Math.Clamp(WorkOfPiece / Math.Max(workOfImage, 1), 1, problem.Batch)),
            Blocks = blocks,
            Depth = depth,
            Offsets = offsets.Start,
            Weights = weights.Start,
        };
        job.PackWeights();
        WorkerPool.Run(ref job, job.Images.Parts * problem.Groups * blocks.Parts);
    }

    private struct Job : IPieceJob
    {
        public ConvolutionProblem<T> Problem;
        public ConvolutionPatches Patches;
        public EvenSplit Tiles, Images, Blocks;
        public int Depth;
        public nint* Offsets;
        public T* Weights;

        /// <summary>Tiles of target channels, for each weight the numbers of the tile's channels side by side.</summary>
        public readonly void PackWeights()
        {
            T* panel = Weights;
            for (int group = 0; group < Problem.Groups; group++)
            {
                for (int tile = 0; tile < Tiles.Parts; tile++)
                {
                    int rows = Tiles.Length(tile);
                    PackTile(Problem.Weights + GroupOffset(group) + Tiles.Start(tile) * Problem.TargetWeightStep, rows, panel);
                    panel += rows * Depth;
                }
            }
        }

        private readonly void PackTile(T* weights, int rows, T* panel)
        {
            int taps = Problem.Rows.Taps * Problem.Columns.Taps;
            if (taps == Problem.TapsOfKernel)
            {
                // All weights of a pair of channels, in their order; where the pairs follow each other too, in one go.
                int together = Problem.SourceWeightStep == taps ? Problem.SourceChannels : 1;
                for (int channel = 0; channel < Problem.SourceChannels; channel += together, panel += together * taps * rows)
                {
                    PanelPacker.Pack(weights + channel * Problem.SourceWeightStep, Problem.TargetWeightStep, 1, rows, together * taps, panel, rows);
                }
                return;
            }
            for (int channel = 0; channel < Problem.SourceChannels; channel++, weights += Problem.SourceWeightStep)
            {
                for (int i = 0; i < Problem.Rows.Taps; i++)
                {
                    for (int j = 0; j < Problem.Columns.Taps; j++, panel += rows)
                    {
                        T* weight = weights + Problem.Rows.Weight(i) * Problem.KernelWidth + Problem.Columns.Weight(j);
                        for (int row = 0; row < rows; row++) panel[row] = weight[row * Problem.TargetWeightStep];
                    }
                }
            }
        }

        /// <summary>Weights are [outChannels, inChannels / groups, …]: of one group they lie together, whichever channels are the target.</summary>
        private readonly nint GroupOffset(int group) =>
            group * nint.Max(Problem.TargetChannels * Problem.TargetWeightStep, Problem.SourceChannels * Problem.SourceWeightStep);

        [SkipLocalsInit]
        public readonly void Run(int piece)
        {
            (int imagePart, int block) = Math.DivRem(piece, Problem.Groups * Blocks.Parts);
            (int group, block) = Math.DivRem(block, Blocks.Parts);
            int firstRow = Blocks.Start(block), rows = Blocks.Length(block);
            int sourceSize = Problem.SourceChannels * Problem.Rows.SourceSize * Problem.Columns.SourceSize;
            int targetPlane = Problem.TargetHeight * Problem.TargetWidth;
            bool dense = targetPlane == Problem.Rows.Positions * Problem.Columns.Positions;
            int positions = rows * Problem.Columns.Positions;

            using Scratch.Lease<T> patches = Scratch.Rent<T>(Patches.Length<T>());
            using Scratch.Lease<T> sparse = Scratch.Rent<T>(dense ? 0 : Problem.TargetChannels * (nint)positions);
            for (int image = Images.Start(imagePart); image < Images.Start(imagePart) + Images.Length(imagePart); image++)
            {
                int member = image * Problem.Groups + group;
                Patches.Gather(Problem.Source + (nint)member * sourceSize, firstRow, rows, patches.Start);
                T* target = Problem.Target + (nint)member * Problem.TargetChannels * targetPlane;
                if (dense)
                {
                    Multiply(group, patches.Start, positions, target + firstRow * Problem.Columns.Positions, targetPlane);
                }
                else
                {
                    Multiply(group, patches.Start, positions, sparse.Start, positions);
                    Spread(sparse.Start, target, firstRow, rows);
                }
            }
        }

        [SkipLocalsInit]
        private readonly void Multiply(int group, T* patches, int positions, T* c, nint cStride)
        {
            int width = MatMulTile<T, TVector, TSimd>.Columns;
            T* edge = stackalloc T[TSimd.TileRows * width];
            for (int q = 0; q < positions; q += width)
            {
                int columns = Math.Min(width, positions - q);
                T* weights = Weights + group * Problem.TargetChannels * (nint)Depth;
                for (int tile = 0; tile < Tiles.Parts; tile++)
                {
                    int first = Tiles.Start(tile), rows = Tiles.Length(tile);
                    var left = new AdjacentRows<T>(weights, rows);
                    var right = new TabledSteps<T>(patches + q, Offsets);
                    var store = new StoreBiased<T>(Problem.Bias == null ? null : Problem.Bias + group * Problem.TargetChannels + first);
                    T* target = c + first * cStride + q;
                    if (columns == width) MatMulTile<T, TVector, TSimd>.Compute<Rows2, AdjacentRows<T>, TabledSteps<T>, StoreBiased<T>>(rows, left, right, Depth, target, cStride, store);
                    else
                    {
                        if (columns <= TSimd.Lanes) MatMulTile<T, TVector, TSimd>.Compute<Rows1, AdjacentRows<T>, TabledSteps<T>, StoreBiased<T>>(rows, left, right, Depth, edge, width, store);
                        else MatMulTile<T, TVector, TSimd>.Compute<Rows2, AdjacentRows<T>, TabledSteps<T>, StoreBiased<T>>(rows, left, right, Depth, edge, width, store);
                        for (int i = 0; i < rows; i++)
                        {
                            for (int j = 0; j < columns; j++) target[i * cStride + j] = edge[i * width + j];
                        }
                    }
                    weights += rows * Depth;
                }
            }
        }

        /// <summary>Puts the computed positions where they belong in the target.</summary>
        private readonly void Spread(T* from, T* target, int firstRow, int rows)
        {
            for (int channel = 0; channel < Problem.TargetChannels; channel++, target += Problem.TargetHeight * Problem.TargetWidth)
            {
                for (int i = 0; i < rows; i++)
                {
                    T* to = target + (Problem.Rows.TargetStart + (firstRow + i) * Problem.Rows.TargetStep) * Problem.TargetWidth + Problem.Columns.TargetStart;
                    for (int j = 0; j < Problem.Columns.Positions; j++) to[j * Problem.Columns.TargetStep] = *from++;
                }
            }
        }
    }
}
