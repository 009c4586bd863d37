using System.Numerics;

namespace Backprop.Kernels;

/// <summary>
/// A convolution with a 3×3 kernel and stride 1, or the gradient of its input, by Winograd's algorithm: at each of the 36 points a matrix product
/// <c>sums[tile, o] = Σ_c pixels[tile, c] · weights[c, o]</c>.
/// </summary>
/// <remarks>
/// A piece is a block of tiles whose values at the points stay in the second cache, or take half as much as the weights, which each block reads anew: of 512 channels 38 MB.
/// Each result is computed by one piece, so threads change no bit.
/// </remarks>
internal static unsafe class WinogradProduct<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfBlock = 3 << 17, FewestTiles = 12, PiecesWanted = 8, ChannelsOfPiece = 8;
    private const long WorthSharing = 1 << 21, WorthHalving = 1 << 18; // multiply-adds: ten microseconds, and one
    private const int Points = WinogradTile<T, TVector, TSimd>.Points;

    private static int PanelWidth => 2 * TSimd.Lanes;

    public static void Run(in ConvolutionProblem<T> problem)
    {
        if (problem.Batch * problem.Rows.TargetSize * problem.Columns.TargetSize == 0) return;
        var source = new ConvolutionPlane(problem.Rows.SourceSize, problem.Columns.SourceSize, problem.Rows.FirstOffset, problem.Columns.FirstOffset);
        var target = new ConvolutionPlane(problem.Rows.TargetSize, problem.Columns.TargetSize, 0, 0);
        var job = new Job
        {
            Problem = problem,
            Source = new(problem.Source, problem.SourceChannels, problem.SourceChannels * source.Length, source),
            Target = new(problem.Target, problem.TargetChannels, problem.TargetChannels * target.Length, target),
        };
        int tiles = problem.Batch * ((target.Height + 3) / 4) * ((target.Width + 3) / 4);
        nint bytesOfPoint = nint.Max(BytesOfBlock / Points, job.WeightStep * sizeof(T) / 2);
        int fitting = (int)(bytesOfPoint / ((job.Source.Lanes + job.Target.Lanes) * sizeof(T)));
        long work = (long)Points * tiles * problem.SourceChannels * problem.TargetChannels;
        bool shared = work >= WorthSharing, halved = !shared && work >= WorthHalving && WorkerPool.ThreadCount > 1;
        int wanted = shared ? tiles / PiecesWanted : halved ? tiles / 2 : tiles;
        job.Grid = new WinogradGrid(problem.Batch, target.Height, target.Width, Math.Max(Math.Min(fitting, wanted), halved ? FewestTiles / 2 : FewestTiles));
        if (!shared)
        {
            var half = new HalfJob { Job = job };
            if (halved) WorkerPool.Run(ref half, 2);
            else job.RunAlone(0, job.Grid.Blocks);
            return;
        }
        using Scratch.Lease<T> weights = Scratch.Rent<T>(Points * job.WeightStep);
        job.Weights = weights.Start;
        var weightJob = new WeightJob { Job = job, Channels = new EvenSplit(problem.SourceChannels, ChannelsOfPiece) };
        WorkerPool.Run(ref weightJob, weightJob.Channels.Parts);
        WorkerPool.Run(ref job, job.Grid.Blocks);
    }

    /// <summary>
    /// Half of a small convolution, weights and all: what a thread has not computed itself it waits for. A half is some rows of tiles, which stay with their thread from layer to layer;
    /// of a single block some channels. This depends on the number of threads, but each sum is the same sum.
    /// </summary>
    private struct HalfJob : IPieceJob
    {
        public Job Job;

        public readonly void Run(int half)
        {
            int blocks = Job.Grid.Blocks;
            if (blocks > 1) Job.RunAlone(half * blocks / 2, (half + 1) * blocks / 2);
            else Job.HalfOfTargets(half).RunAlone(0, 1);
        }
    }

    /// <summary>The weights of some source channels at the six points, in panels as the tiles of the product read them: <c>[point, panel, source channel, target channel]</c>.</summary>
    private struct WeightJob : IPieceJob
    {
        public Job Job;
        public EvenSplit Channels;

        public readonly void Run(int piece)
        {
            int lanes = TSimd.Lanes, targets = Job.Problem.TargetChannels, sources = Channels.Length(piece);
            nint sourceStep = Job.Problem.SourceWeightStep, targetStep = Job.Problem.TargetWeightStep;
            using Scratch.Lease<T> taps = Scratch.Rent<T>(sources * 9 * lanes);

            // The gradient of the input meets the weights from the last to the first.
            bool turned = Job.Problem.Rows.Taps(0).OffsetStep < 0;
            for (int target = 0; target < targets; target += lanes)
            {
                int together = sourceStep == 9 ? sources : 1; // those that follow each other are turned around in one go
                for (int source = 0; source < sources; source += together)
                {
                    T* weights = Job.Problem.Weights + (Channels.Start(piece) + source) * sourceStep + target * targetStep;
                    PanelPacker.Pack(weights, targetStep, 1, Math.Min(lanes, targets - target), together * 9, taps.Start + source * 9 * lanes, lanes);
                }
                int panel = target - target % PanelWidth, width = Job.WidthOf(panel);
                T* points = Job.Weights + (nint)panel * Job.Problem.SourceChannels + Channels.Start(piece) * width + (target - panel);
                for (int source = 0; source < sources; source++)
                {
                    T* nine = taps.Start + source * 9 * lanes;
                    if (turned) WinogradTile<T, TVector, TSimd>.WeightsToPoints(nine + 8 * lanes, -lanes, points + source * width, Job.WeightStep);
                    else WinogradTile<T, TVector, TSimd>.WeightsToPoints(nine, lanes, points + source * width, Job.WeightStep);
                }
            }
        }
    }

    private struct Job : IPieceJob
    {
        public ConvolutionProblem<T> Problem;
        public WinogradImages<T, TVector, TSimd> Source, Target;
        public WinogradGrid Grid;
        public T* Weights;

        /// <summary>From the weights at one point to those at the next.</summary>
        public readonly nint WeightStep => (nint)Problem.SourceChannels * Target.Lanes + 64 / sizeof(T);

        /// <summary>The last panel is one vector wide where that is enough.</summary>
        public readonly int WidthOf(int panel) => Math.Min(Target.Lanes - panel, PanelWidth);

        /// <summary>The first or the second half of the target channels, in whole vectors.</summary>
        public readonly Job HalfOfTargets(int half)
        {
            Job part = this;
            int middle = Math.Min((Target.Lanes / TSimd.Lanes + 1) / 2 * TSimd.Lanes, Problem.TargetChannels);
            (int from, int channels) = half == 0 ? (0, middle) : (middle, Problem.TargetChannels - middle);
            ConvolutionPlane plane = Target.Plane;
            part.Problem.TargetChannels = channels;
            part.Problem.Weights += from * Problem.TargetWeightStep;
            part.Problem.Finish = Problem.Finish.From(from);
            part.Target = new(Problem.Target + from * plane.Length, channels, Problem.TargetChannels * plane.Length, plane);
            return part;
        }

        /// <summary>Some blocks and the weights for them, on this thread.</summary>
        public readonly void RunAlone(int firstBlock, int endBlock)
        {
            if (Problem.TargetChannels == 0) return;
            Job job = this;
            using Scratch.Lease<T> weights = Scratch.Rent<T>(Points * WeightStep);
            job.Weights = weights.Start;
            new WeightJob { Job = job, Channels = new EvenSplit(Problem.SourceChannels, Problem.SourceChannels) }.Run(0);
            for (int block = firstBlock; block < endBlock; block++) job.Run(block);
        }

        public readonly void Run(int block)
        {
            nint step = Source.PointStep(Grid), sumStep = Target.PointStep(Grid);
            using Scratch.Lease<T> points = Scratch.Rent<T>(Points * step), sums = Scratch.Rent<T>(Points * sumStep);
            using Scratch.Lease<T> pixels = Scratch.Rent<T>(nint.Max(Source.PixelsLength(Grid), Target.PixelsLength(Grid))), room = Scratch.Rent<T>(WinogradTile<T, TVector, TSimd>.Room);
            Source.ToPoints<WinogradTile<T, TVector, TSimd>.PixelsToPoints>(Grid, block, points.Start, pixels.Start, room.Start);
            int tiles = Grid.TilesOf(block);
            for (int point = 0; point < Points; point++) Multiply(tiles, points.Start + point * step, Weights + point * WeightStep, sums.Start + point * sumStep);
            Target.FromPoints(Grid, block, sums.Start, Problem.Finish, pixels.Start, room.Start);
        }

        private readonly void Multiply(int tiles, T* points, T* weights, T* sums)
        {
            var rows = new EvenSplit(tiles, TSimd.TileRows);
            var left = new EvenRows<T>(points, Source.Lanes);
            for (int panel = 0; panel < Target.Lanes; panel += PanelWidth)
            {
                int width = WidthOf(panel);
                var right = new EvenSteps<T>(weights + (nint)panel * Problem.SourceChannels, width);
                T* c = sums + panel;
                if (width == PanelWidth) MatMulTile<T, TVector, TSimd>.ComputeAll<Rows2, EvenRows<T>, EvenSteps<T>, StoreNew<T>>(rows, left, right, Problem.SourceChannels, c, Target.Lanes, default);
                else MatMulTile<T, TVector, TSimd>.ComputeAll<Rows1, EvenRows<T>, EvenSteps<T>, StoreNew<T>>(rows, left, right, Problem.SourceChannels, c, Target.Lanes, default);
            }
        }
    }
}
