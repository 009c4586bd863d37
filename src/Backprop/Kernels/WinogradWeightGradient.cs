using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The gradient of a 3×3 kernel's weights by Winograd's algorithm, the transpose of <see cref="WinogradProduct{T, TVector, TSimd}"/>: at each of the 36 points a matrix product
/// <c>sums[c, o] = Σ_tile pixels[tile, c] · slopes[tile, o]</c>, summed over all tiles of the batch and only then taken back to nine weights.
/// </summary>
/// <remarks>
/// Blocks of tiles are dealt to some sums, by their number and sizes alone; these are added in order. Of many in channels a piece has some. A block's values at the points stay in the
/// second cache, or take half as much as the sums of a piece, through which each block passes.
/// </remarks>
internal static unsafe class WinogradWeightGradient<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfBlock = 5 << 17, FewestTiles = 24;
    private const int ChannelsOfPiece = 128, TilesOfSum = 96, MostSums = 16, BytesOfSums = 1 << 26;
    private const int Points = WinogradTile<T, TVector, TSimd>.Points;

    private static int PanelWidth => 2 * TSimd.Lanes;

    public static void Run(T* x, T* dy, T* dw, in ConvolutionShape shape)
    {
        var output = new ConvolutionPlane(shape.OutHeight, shape.OutWidth, 0, 0);
        var job = new Job
        {
            X = x,
            Input = new ConvolutionPlane(shape.InHeight, shape.InWidth, -shape.PadHeight, -shape.PadWidth),
            Dy = new(dy, shape.OutChannels, shape.OutChannels * output.Length, output),
            InChannels = shape.InChannels,
            Channels = new EvenSplit(shape.InChannels, ChannelsOfPiece),
        };
        long tiles = (long)shape.Batch * ((shape.OutHeight + 3) / 4) * ((shape.OutWidth + 3) / 4);
        int sums = (int)long.Clamp(BytesOfSums / (job.SumLength * sizeof(T)), 1, MostSums);
        sums = (int)long.Clamp(tiles / TilesOfSum, 1, sums);
        int lanesOfPiece = job.Images(0).Lanes;
        nint bytesOfPoint = nint.Max(BytesOfBlock / Points, (nint)lanesOfPiece * job.Dy.Lanes * sizeof(T) / 2);
        int fitting = (int)(bytesOfPoint / ((lanesOfPiece + job.Dy.Lanes) * sizeof(T)));
        job.Grid = new WinogradGrid(shape.Batch, shape.OutHeight, shape.OutWidth, Math.Max((int)long.Min(fitting, tiles / sums), FewestTiles));
        job.Blocks = new EvenSplit(job.Grid.Blocks, (job.Grid.Blocks - 1) / sums + 1);
        using Scratch.Lease<T> partial = Scratch.Rent<T>(job.Blocks.Parts * job.SumLength);
        job.Sums = partial.Start;
        WorkerPool.Run(ref job, job.Blocks.Parts * job.Channels.Parts);

        var last = new LastJob { Job = job, Dw = dw, OutChannels = shape.OutChannels };
        if (job.Blocks.Parts * job.Channels.Parts > 1) WorkerPool.Run(ref last, shape.InChannels);
        else for (int channel = 0; channel < shape.InChannels; channel++) last.Run(channel); // by the thread that has the sums in its cache
    }

    /// <summary>Some blocks and in channels, added to one sum <c>[point, in channel, out channel]</c>.</summary>
    private struct Job : IPieceJob
    {
        public T* X;
        public ConvolutionPlane Input;
        public WinogradImages<T, TVector, TSimd> Dy;
        public WinogradGrid Grid;
        public EvenSplit Blocks, Channels;
        public int InChannels;
        public T* Sums;

        public readonly nint SumLength => Points * SumStep;

        /// <summary>From one point to the next; a cache line more than it takes, as in <see cref="WinogradImages{T, TVector, TSimd}.PointStep"/>.</summary>
        public readonly nint SumStep => (nint)InChannels * Dy.Lanes + 64 / sizeof(T);

        /// <summary>The in channels of one piece.</summary>
        public readonly WinogradImages<T, TVector, TSimd> Images(int group) =>
            new(X + Channels.Start(group) * Input.Length, Channels.Length(group), InChannels * Input.Length, Input);

        public readonly void Run(int piece)
        {
            (int part, int group) = Math.DivRem(piece, Channels.Parts);
            WinogradImages<T, TVector, TSimd> x = Images(group);
            nint step = x.PointStep(Grid), slopeStep = Dy.PointStep(Grid);
            using Scratch.Lease<T> points = Scratch.Rent<T>(Points * step), slopes = Scratch.Rent<T>(Points * slopeStep);
            using Scratch.Lease<T> pixels = Scratch.Rent<T>(nint.Max(x.PixelsLength(Grid), Dy.PixelsLength(Grid))), room = Scratch.Rent<T>(WinogradTile<T, TVector, TSimd>.Room);
            T* sums = Sums + part * SumLength + (nint)Channels.Start(group) * Dy.Lanes;
            for (int block = Blocks.Start(part); block < Blocks.Start(part) + Blocks.Length(part); block++)
            {
                x.ToPoints<WinogradTile<T, TVector, TSimd>.PixelsToPoints>(Grid, block, points.Start, pixels.Start, room.Start);
                Dy.ToPoints<WinogradTile<T, TVector, TSimd>.SlopesToPoints>(Grid, block, slopes.Start, pixels.Start, room.Start);
                var store = new StoreSum<T>(accumulate: block > Blocks.Start(part));
                for (int point = 0; point < Points; point++)
                {
                    Multiply(Grid.TilesOf(block), points.Start + point * step, Channels.Length(group), x.Lanes, slopes.Start + point * slopeStep, sums + point * SumStep, store);
                }
            }
        }

        private readonly void Multiply(int tiles, T* points, int channels, int lanes, T* slopes, T* sums, StoreSum<T> store)
        {
            var rows = new EvenSplit(channels, TSimd.TileRows);
            for (int panel = 0; panel < Dy.Lanes; panel += PanelWidth)
            {
                var right = new EvenSteps<T>(slopes + panel, Dy.Lanes);
                for (int i = 0; i < rows.Parts; i++)
                {
                    var left = new AdjacentRows<T>(points + rows.Start(i), lanes);
                    T* c = sums + (nint)rows.Start(i) * Dy.Lanes + panel;
                    if (Dy.Lanes - panel >= PanelWidth) MatMulTile<T, TVector, TSimd>.Compute<Rows2, AdjacentRows<T>, EvenSteps<T>, StoreSum<T>>(rows.Length(i), left, right, tiles, c, Dy.Lanes, store);
                    else MatMulTile<T, TVector, TSimd>.Compute<Rows1, AdjacentRows<T>, EvenSteps<T>, StoreSum<T>>(rows.Length(i), left, right, tiles, c, Dy.Lanes, store);
                }
            }
        }
    }

    /// <summary>Adds up the sums of one in channel and takes them back to its weights, one vector of out channels after the other.</summary>
    private struct LastJob : IPieceJob
    {
        public Job Job;
        public T* Dw;
        public int OutChannels;

        public readonly void Run(int channel)
        {
            int lanes = TSimd.Lanes;
            nint weightsOfOut = (nint)Job.InChannels * 9;
            using Scratch.Lease<T> sum = Scratch.Rent<T>(Points * lanes), taps = Scratch.Rent<T>(9 * lanes), room = Scratch.Rent<T>(WinogradTile<T, TVector, TSimd>.Room);
            WinogradTile<T, TVector, TSimd>.SetFactors<WinogradTile<T, TVector, TSimd>.PointsToWeightSlopes>(room.Start);
            for (int target = 0; target < OutChannels; target += lanes)
            {
                AddSums(Job.Sums + (nint)channel * Job.Dy.Lanes + target, sum.Start);
                WinogradTile<T, TVector, TSimd>.Transform<WinogradTile<T, TVector, TSimd>.PointsToWeightSlopes>(sum.Start, 6 * lanes, lanes, taps.Start, 3 * lanes, lanes, lanes, room.Start);
                PanelPacker.Unpack(taps.Start, lanes, 9, Math.Min(lanes, OutChannels - target), default, Dw + target * weightsOfOut + channel * 9, weightsOfOut);
            }
        }

        [MethodImpl(Compile.AtOnce)]
        private readonly void AddSums(T* sums, T* sum)
        {
            for (int point = 0; point < Points; point++, sums += Job.SumStep, sum += TSimd.Lanes)
            {
                TVector total = TSimd.Load(sums);
                for (int part = 1; part < Job.Blocks.Parts; part++) total = TSimd.Add(total, TSimd.Load(sums + part * Job.SumLength));
                TSimd.Store(total, sum);
            }
        }
    }
}
