using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// The matrix product without packing, for a plain b that is read for few rows only, or whose columns are short: the tiles take them from where they are.
/// A last tile that would reach beyond them begins earlier and keeps only its new columns.
/// </summary>
internal static unsafe class MatMulDirect<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int ShortAliased = 64;        // where rows of b lie so far apart that they compete for the same few lines of the caches
    private const long BytesOfSecond = 1 << 19; // of cache

    // Each row of b lies in a page of its own, which each tile asks for anew. A tile of many registers does four times as much meanwhile.
    private static int ShortColumn => TSimd.TileRows == 12 ? 256 : 128; // 256 steps of two vectors of 512 bits are 32 KB
    private static long BytesOfLeft => TSimd.TileRows == 12 ? BytesOfSecond : BytesOfSecond / 4; // a is read once for each panel

    private static int PanelWidth => 2 * TSimd.Lanes;
    private static int AliasedBytes => 16 * PanelWidth * sizeof(T); // 2 KB, or half of that for a tile of half the width, which asks for its rows of b twice as often

    /// <summary>Needs a vector's width of columns.</summary>
    public static bool Pays(in MatMulProblem<T> problem)
    {
        if (problem.B.ColumnStep != 1 || problem.N < TSimd.Lanes) return false;
        if (problem.M <= 2 * TSimd.TileRows) return true;
        bool aliased = problem.B.RowStep * sizeof(T) % AliasedBytes == 0;
        return problem.K <= (aliased ? ShortAliased : ShortColumn) && (long)problem.M * problem.K * sizeof(T) <= BytesOfLeft;
    }

    public static void Multiply(in MatMulProblem<T> problem)
    {
        var tiles = new EvenSplit(problem.M, TSimd.TileRows);
        var grid = new TileGrid(tiles.Parts, tiles.Parts, (problem.N - 1) / PanelWidth + 1, TileGrid.PiecesFor((long)problem.M * problem.N * problem.K));
        var job = new Job { Problem = problem, Tiles = tiles, Grid = grid };
        WorkerPool.Run(ref job, grid.Pieces);
    }

    private struct Job : IPieceJob
    {
        public MatMulProblem<T> Problem;
        public EvenSplit Tiles;
        public TileGrid Grid;

        public readonly void Run(int piece)
        {
            Grid.Locate(piece, out int firstTile, out int endTile, out int firstPanel, out int endPanel);
            int column = firstPanel * PanelWidth, end = Math.Min(endPanel * PanelWidth, Problem.N);
            for (; column <= end - PanelWidth; column += PanelWidth) MultiplyPanel<Rows2>(firstTile, endTile, column, column);
            if (column <= end - TSimd.Lanes)
            {
                MultiplyPanel<Rows1>(firstTile, endTile, column, column);
                column += TSimd.Lanes;
            }
            if (column < end) MultiplyPanel<Rows1>(firstTile, endTile, end - TSimd.Lanes, column);
        }

        /// <summary>Some rows of c from one column on, one or two vectors wide; columns before <paramref name="firstNew"/> belong to others.</summary>
        [SkipLocalsInit]
        private readonly void MultiplyPanel<TColumns>(int firstTile, int endTile, int column, int firstNew) where TColumns : unmanaged, IRows
        {
            T* edge = stackalloc T[TSimd.TileRows * TSimd.Lanes];
            bool isNew = column == firstNew, isFar = (long)Problem.M * Problem.N * sizeof(T) > BytesOfSecond;
            var right = new EvenSteps<T>(Problem.B.At(0, column), Problem.B.RowStep);
            var store = new StoreSum<T>(isNew && Problem.Accumulate);
            for (int tile = firstTile; tile < endTile; tile++)
            {
                int row = Tiles.Start(tile), rows = Tiles.Length(tile);
                T* c = Problem.C + row * Problem.CStride + column, target = isNew ? c : edge;
                if (isFar) MatMulBlocks<T, TVector, TSimd>.FetchAhead(c, rows, Problem.CStride);
                nint targetStride = isNew ? Problem.CStride : TSimd.Lanes;
                if (Problem.A.RowStep == 1)
                {
                    MatMulTile<T, TVector, TSimd>.Compute<TColumns, AdjacentRows<T>, EvenSteps<T>, StoreSum<T>>(
                        rows, new(Problem.A.At(row, 0), Problem.A.ColumnStep), right, Problem.K, target, targetStride, store);
                }
                else
                {
                    MatMulTile<T, TVector, TSimd>.Compute<TColumns, EvenRows<T>, EvenSteps<T>, StoreSum<T>>(
                        rows, new(Problem.A.At(row, 0), Problem.A.RowStep), right, Problem.K, target, targetStride, store);
                }
                if (!isNew) Keep(edge, rows, firstNew - column, c);
            }
        }

        private readonly void Keep(T* edge, int rows, int from, T* c)
        {
            for (int i = 0; i < rows; i++, edge += TSimd.Lanes, c += Problem.CStride)
            {
                for (int j = from; j < TSimd.Lanes; j++) c[j] = Problem.Accumulate ? c[j] + edge[j] : edge[j];
            }
        }
    }
}
