using System.Numerics;

namespace Backprop.Kernels;

/// <summary>The matrix product as dot products, for operands whose rows both lie as they are summed: a, and b stored transposed.</summary>
internal static unsafe class MatMulDots<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int BytesOfShorter = 1 << 19; // the operand with fewer rows is read once for each few rows of the other: from the second cache
    private const int FewestVectors = 4;        // of a block: at least
    private const int AliasedBytes = 2048;      // rows so far apart compete for the same few lines of the caches

    /// <summary>What it costs, in steps of one vector; the most there is where it can't be.</summary>
    public static long Cost(in MatMulProblem<T> problem)
    {
        if (problem.A.ColumnStep != 1 || problem.B.RowStep != 1 || problem.K < TSimd.Lanes) return long.MaxValue;
        if (problem.M == 1) return 0;
        int blocks = Steps(problem).Parts;
        if (blocks > 1 && (IsAliased(problem.A.RowStep) || IsAliased(problem.B.ColumnStep))) return long.MaxValue;
        const int addingLanes = 5; // as measured: what adding up the lanes of a sum costs
        long cost = (long)problem.M * problem.N * ((problem.K - 1) / TSimd.Lanes + 1 + addingLanes * blocks);
        return DotTile<T, TVector, TSimd>.MostColumns == 4 ? cost : cost + cost / 8; // with few registers more is loaded for each multiply-add
    }

    /// <summary>The sum in blocks of steps, so short that the shorter operand stays in the second cache. In vectors, so that only the last of all may be cut short.</summary>
    private static EvenSplit Steps(in MatMulProblem<T> problem) =>
        new((problem.K - 1) / TSimd.Lanes + 1, Math.Max(BytesOfShorter / (TSimd.Lanes * sizeof(T)) / Math.Min(problem.M, problem.N), FewestVectors));

    private static bool IsAliased(nint step) => step * sizeof(T) % AliasedBytes == 0;

    public static void Multiply(in MatMulProblem<T> problem)
    {
        // The longer side of c is divided, in pieces that depend on the problem only.
        const int rowsOfFullSpeed = 4; // with fewer, memory is waited for, which takes as long
        int pieces = TileGrid.PiecesFor((long)Math.Max(problem.M, rowsOfFullSpeed) * problem.N * problem.K);
        bool byRows = problem.M >= problem.N;
        int tiles = byRows ? (problem.M - 1) / DotTile<T, TVector, TSimd>.MostRows + 1 : (problem.N - 1) / DotTile<T, TVector, TSimd>.MostColumns + 1;
        var job = new Job { Problem = problem, ByRows = byRows, Parts = EvenSplit.InParts(tiles, pieces), Steps = Steps(problem) };
        WorkerPool.Run(ref job, job.Parts.Parts);
    }

    private struct Job : IPieceJob
    {
        public MatMulProblem<T> Problem;
        public bool ByRows;
        public EvenSplit Parts, Steps;

        public readonly void Run(int piece)
        {
            int most = ByRows ? DotTile<T, TVector, TSimd>.MostRows : DotTile<T, TVector, TSimd>.MostColumns, from = Parts.Start(piece) * most, to = (Parts.Start(piece) + Parts.Length(piece)) * most;
            (int firstRow, int endRow) = ByRows ? (from, Math.Min(to, Problem.M)) : (0, Problem.M);
            (int firstColumn, int endColumn) = ByRows ? (0, Problem.N) : (from, Math.Min(to, Problem.N));
            for (int block = 0; block < Steps.Parts; block++)
            {
                int step = Steps.Start(block) * TSimd.Lanes, steps = Math.Min(Steps.Length(block) * TSimd.Lanes, Problem.K - step);
                MultiplyBlock(Problem.Part(firstRow, endRow - firstRow, firstColumn, endColumn - firstColumn, step, steps));
            }
        }

        private static void MultiplyBlock(in MatMulProblem<T> block)
        {
            int mostRows = DotTile<T, TVector, TSimd>.MostRows, mostColumns = DotTile<T, TVector, TSimd>.MostColumns;
            for (int row = 0; row < block.M; row += mostRows)
            {
                for (int column = 0; column < block.N; column += mostColumns)
                {
                    DotTile<T, TVector, TSimd>.Compute(
                        Math.Min(mostRows, block.M - row), Math.Min(mostColumns, block.N - column),
                        block.A.At(row, 0), block.A.RowStep, block.B.At(0, column), block.B.ColumnStep, block.K,
                        block.C + row * block.CStride + column, block.CStride, block.Accumulate);
                }
            }
        }
    }
}
