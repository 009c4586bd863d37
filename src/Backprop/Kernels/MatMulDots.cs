using System.Numerics;

namespace Backprop.Kernels;

/// <summary>The matrix product as dot products, for operands whose rows both lie as they are summed: a, and b stored transposed.</summary>
internal static unsafe class MatMulDots<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const long BytesOfShorter = 1 << 19; // the operand with fewer rows is read once for each few rows of the other: from the second cache

    /// <summary>Whether this costs less than packing, in steps of one vector.</summary>
    public static bool Pays(in MatMulProblem<T> problem)
    {
        if (problem.A.ColumnStep != 1 || problem.B.RowStep != 1 || problem.K < TSimd.Lanes) return false;
        if (problem.M == 1) return true;
        if ((long)Math.Min(problem.M, problem.N) * problem.K * sizeof(T) > BytesOfShorter) return false;
        const int addingLanes = 5; // as measured: what adding up the lanes of a sum costs, and of turning a number around for a panel the half
        long whole = (problem.N - 1) / TSimd.Lanes + 1;
        long dots = (long)problem.M * problem.N * ((problem.K - 1) / TSimd.Lanes + 1 + addingLanes);
        long packed = problem.M * whole * problem.K + (long)problem.N * problem.K / 2;
        return dots < packed;
    }

    public static void Multiply(in MatMulProblem<T> problem)
    {
        // The longer side of c is divided, in pieces that depend on the problem only.
        const int rowsOfFullSpeed = 4; // with fewer, memory is waited for, which takes as long
        int pieces = TileGrid.PiecesFor((long)Math.Max(problem.M, rowsOfFullSpeed) * problem.N * problem.K);
        bool byRows = problem.M >= problem.N;
        int tiles = byRows ? (problem.M - 1) / DotTile<T, TVector, TSimd>.MostRows + 1 : (problem.N - 1) / DotTile<T, TVector, TSimd>.MostColumns + 1;
        var job = new Job { Problem = problem, ByRows = byRows, Parts = new EvenSplit(tiles, (tiles - 1) / pieces + 1) };
        WorkerPool.Run(ref job, job.Parts.Parts);
    }

    private struct Job : IPieceJob
    {
        public MatMulProblem<T> Problem;
        public bool ByRows;
        public EvenSplit Parts;

        public readonly void Run(int piece)
        {
            int mostRows = DotTile<T, TVector, TSimd>.MostRows, mostColumns = DotTile<T, TVector, TSimd>.MostColumns;
            int most = ByRows ? mostRows : mostColumns, from = Parts.Start(piece) * most, to = (Parts.Start(piece) + Parts.Length(piece)) * most;
            (int firstRow, int endRow) = ByRows ? (from, Math.Min(to, Problem.M)) : (0, Problem.M);
            (int firstColumn, int endColumn) = ByRows ? (0, Problem.N) : (from, Math.Min(to, Problem.N));
            for (int row = firstRow; row < endRow; row += mostRows)
            {
                for (int column = firstColumn; column < endColumn; column += mostColumns)
                {
                    DotTile<T, TVector, TSimd>.Compute(
                        Math.Min(mostRows, endRow - row), Math.Min(mostColumns, endColumn - column),
                        Problem.A.At(row, 0), Problem.A.RowStep, Problem.B.At(0, column), Problem.B.ColumnStep, Problem.K,
                        Problem.C + row * Problem.CStride + column, Problem.CStride, Problem.Accumulate);
                }
            }
        }
    }
}
