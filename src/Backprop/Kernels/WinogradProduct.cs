using System.Numerics;

namespace Backprop.Kernels;

/// <summary>
/// A convolution with a 3×3 kernel and stride 1, or the gradient of its input, by Winograd's algorithm: at each of the 36 points a matrix product
/// <c>sums[tile, o] = Σ_c pixels[tile, c] · weights[c, o]</c>.
/// </summary>
/// <remarks>A piece is a block of tiles whose values at the points stay in the second cache; each result is computed by one piece, so threads change no bit.</remarks>
internal static unsafe class WinogradProduct<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfBlock = 3 << 17, FewestTiles = 12, PiecesWanted = 8, ChannelsOfPiece = 8;
    private const long WorthSharing = 1 << 21; // multiply-adds; below, what one thread writes and the other reads travels longer than the work takes
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
        int fitting = BytesOfBlock / (Points * (job.Source.Lanes + job.Target.Lanes) * sizeof(T));
        bool shared = (long)Points * tiles * problem.SourceChannels * problem.TargetChannels >= WorthSharing;
        job.Grid = new WinogradGrid(problem.Batch, target.Height, target.Width, Math.Max(shared ? Math.Min(fitting, tiles / PiecesWanted) : fitting, FewestTiles));

        using Scratch.Lease<T> weights = Scratch.Rent<T>(Points * job.WeightStep);
        job.Weights = weights.Start;
        var weightJob = new WeightJob { Job = job, Channels = new EvenSplit(problem.SourceChannels, ChannelsOfPiece) };
        if (shared)
        {
            WorkerPool.Run(ref weightJob, weightJob.Channels.Parts);
            WorkerPool.Run(ref job, job.Grid.Blocks);
            return;
        }
        for (int piece = 0; piece < weightJob.Channels.Parts; piece++) weightJob.Run(piece);
        for (int block = 0; block < job.Grid.Blocks; block++) job.Run(block);
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

        public readonly void Run(int block)
        {
            nint step = Source.PointStep(Grid), sumStep = Target.PointStep(Grid);
            using Scratch.Lease<T> points = Scratch.Rent<T>(Points * step), sums = Scratch.Rent<T>(Points * sumStep);
            using Scratch.Lease<T> pixels = Scratch.Rent<T>(nint.Max(Source.PixelsLength(Grid), Target.PixelsLength(Grid))), half = Scratch.Rent<T>(Points * TSimd.Lanes);
            Source.ToPoints<WinogradTile<T, TVector, TSimd>.PixelsToPoints>(Grid, block, points.Start, pixels.Start, half.Start);
            int tiles = Grid.TilesOf(block);
            for (int point = 0; point < Points; point++) Multiply(tiles, points.Start + point * step, Weights + point * WeightStep, sums.Start + point * sumStep);
            Target.FromPoints(Grid, block, sums.Start, Problem.Finish, pixels.Start, half.Start);
        }

        private readonly void Multiply(int tiles, T* points, T* weights, T* sums)
        {
            var rows = new EvenSplit(tiles, TSimd.TileRows);
            var store = new StoreSum<T>(accumulate: false);
            for (int panel = 0; panel < Target.Lanes; panel += PanelWidth)
            {
                int width = WidthOf(panel);
                var right = new EvenSteps<T>(weights + (nint)panel * Problem.SourceChannels, width);
                for (int i = 0; i < rows.Parts; i++)
                {
                    var left = new EvenRows<T>(points + (nint)rows.Start(i) * Source.Lanes, Source.Lanes);
                    T* c = sums + (nint)rows.Start(i) * Target.Lanes + panel;
                    if (width == PanelWidth) MatMulTile<T, TVector, TSimd>.Compute<Rows2, EvenRows<T>, EvenSteps<T>, StoreSum<T>>(rows.Length(i), left, right, Problem.SourceChannels, c, Target.Lanes, store);
                    else MatMulTile<T, TVector, TSimd>.Compute<Rows1, EvenRows<T>, EvenSteps<T>, StoreSum<T>>(rows.Length(i), left, right, Problem.SourceChannels, c, Target.Lanes, store);
                }
            }
        }
    }
}
