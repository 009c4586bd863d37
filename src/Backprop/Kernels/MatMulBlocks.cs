using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>The matrix product in blocks that fit into the caches, after K. Goto, R. van de Geijn, "Anatomy of high-performance matrix multiplication" (2008).</summary>
/// <remarks>
/// A block of b [≤ 1024, ≤ 2048] and the rows of a that meet it are packed into panels: what a tile reads then lies in one line of memory. Where a is read
/// too few times to pay for the packing, the tiles read it where it is. The sum over k is cut at fixed places and each tile of c belongs to one piece,
/// so the result does not depend on who computes which piece.
/// </remarks>
internal static unsafe class MatMulBlocks<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const int StepsOfBlock = 512;     // a panel of b comes from the second cache
    private const int StepsOfTall = 1024;     // if it serves many packed rows: fewer passes over c, which is far away when it is large
    private const int RowsOfBlock = 72;       // 72 × 1024 float32 of a take up a third of a megabyte of second cache
    private const int ColumnsOfBlock = 2048;
    // A tile of a is read once for each panel of b; how many columns of b make packing pay depends on how a lies.
    private const int ColumnsToPack = 128, ColumnsToPackAliased = 96, ColumnsToPackTransposed = 512;
    private const int AliasedBytes = 2048;    // rows of a so far apart compete for the same few lines of the first cache
    private const int PanelsTogether = 4;     // packed in one go: half a kilobyte of a row of float32

    private static int PanelWidth => 2 * TSimd.Lanes;

    /// <summary>What it costs, in steps of one vector: the multiplications, and turning a b around that is stored transposed.</summary>
    public static long Cost(int m, int n, int k)
    {
        long panels = (n - 1) / TSimd.Lanes + 1, cost = m * panels * k + (long)n * k / 2; // as measured
        return TSimd.TileRows == 12 || panels % 2 == 0 ? cost : cost + (long)m * k / 3; // with few registers a panel of one vector has fewer sums than the arithmetic could have under way
    }

    /// <summary>Whether rows of a, so far apart, are packed for so many columns of b.</summary>
    public static bool PacksLeft(nint rowStep, int columns) =>
        columns > (rowStep == 1 ? ColumnsToPackTransposed : rowStep * sizeof(T) % AliasedBytes == 0 ? ColumnsToPackAliased : ColumnsToPack);

    public static void Multiply(in MatMulProblem<T> problem)
    {
        var columns = new EvenSplit(problem.N, ColumnsOfBlock);
        bool packLeft = PacksLeft(problem.A.RowStep, problem.N);
        var steps = new EvenSplit(problem.K, packLeft && problem.M > TileGrid.MostPieces / 2 * RowsOfBlock ? StepsOfTall : StepsOfBlock);

        int panelsOfBlock = (columns.Largest - 1) / PanelWidth + 1;
        using Scratch.Lease<T> right = Scratch.Rent<T>(panelsOfBlock * PanelWidth * (nint)steps.Largest);
        for (int j = 0; j < columns.Parts; j++)
        {
            for (int p = 0; p < steps.Parts; p++)
            {
                MultiplyBlock(problem.Part(0, problem.M, columns.Start(j), columns.Length(j), steps.Start(p), steps.Length(p)), packLeft, right.Start);
            }
        }
    }

    private static void MultiplyBlock(in MatMulProblem<T> block, bool packLeft, T* right)
    {
        var tiles = new EvenSplit(block.M, TSimd.TileRows);
        int panels = (block.N - 1) / PanelWidth + 1;
        // One thread needs no more pieces than the caches ask for: each packs its whole rows, which are near when it multiplies them.
        int pieces = WorkerPool.ThreadCount == 1 ? 1 : TileGrid.PiecesFor((long)block.M * block.N * block.K);
        // Threads would wait for each other between packing and multiplying, and then read what the other has packed. Of few rows each packs the panels that it multiplies; the sums are the same.
        bool packsRight = pieces > 1 && block.M <= 2 * RowsOfBlock && panels >= 2 * TileGrid.MostPieces;
        var grid = new TileGrid(tiles.Parts, packsRight ? tiles.Parts : RowsOfBlock / TSimd.TileRows, panels, pieces);
        bool packTogether = packLeft && grid.ColumnParts > 1; // otherwise each piece packs its rows, which nobody else needs
        using Scratch.Lease<T> left = Scratch.Rent<T>(packTogether ? block.M * (nint)block.K : 0);
        var job = new BlockJob { Block = block, Tiles = tiles, Grid = grid, Left = packTogether ? left.Start : null, PacksLeft = packLeft && !packTogether, Right = right, PacksRight = packsRight };
        var packing = new PackJob(job, panels, pieces);
        if (pieces > 1) WorkerPool.Run(ref packing, packing.Pieces);
        else for (int i = 0; i < packing.Pieces; i++) packing.Run(i);
        WorkerPool.Run(ref job, grid.Pieces);
    }

    /// <summary>Packs some panels of b, or some tiles of a.</summary>
    private struct PackJob : IPieceJob
    {
        private readonly BlockJob _block;
        private readonly EvenSplit _panels, _tiles;

        public PackJob(in BlockJob block, int panels, int pieces)
        {
            _block = block;
            _panels = new EvenSplit(block.PacksRight ? 0 : panels, (panels + pieces - 1) / pieces);
            _tiles = new EvenSplit(block.Left == null ? 0 : block.Tiles.Parts, (block.Tiles.Parts - 1) / pieces + 1);
        }

        public readonly int Pieces => _panels.Parts + _tiles.Parts;

        public readonly void Run(int piece)
        {
            if (piece < _panels.Parts)
            {
                _block.PackPanels(_panels.Start(piece), _panels.Start(piece) + _panels.Length(piece));
                return;
            }
            piece -= _panels.Parts;
            for (int tile = _tiles.Start(piece); tile < _tiles.Start(piece) + _tiles.Length(piece); tile++) _block.PackTile(tile);
        }
    }

    /// <summary>A large c is far away by the time that something is added to it, or has never been near: its lines are sent for while the tile is computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FetchAhead(T* c, int rows, nint cStride)
    {
        if (!Sse.IsSupported) return;
        for (int i = 0; i < rows; i++, c += cStride)
        {
            Sse.Prefetch0(c);
            Sse.Prefetch0(c + TSimd.Lanes);
        }
    }

    /// <summary>Multiplies some rows with some panels of b.</summary>
    private struct BlockJob : IPieceJob
    {
        public MatMulProblem<T> Block;
        public EvenSplit Tiles;
        public T* Left, Right; // packed; of the left operand if it is packed for all pieces together
        public bool PacksLeft, PacksRight; // or by each piece, the rows or the panels that it multiplies
        public TileGrid Grid;

        public readonly void PackPanels(int panel, int end)
        {
            bool spreads = Block.B.ColumnStep == 1 && PanelWidth % Vector256<T>.Count == 0;
            while (panel < end)
            {
                int column = panel * PanelWidth, columns = Math.Min(PanelWidth, Block.N - column);
                int together = spreads ? Math.Min(PanelsTogether, Math.Min(end - panel, (Block.N - column) / PanelWidth)) : 1;
                if (together > 1) PanelPacker.Spread(Block.B.At(0, column), Block.B.RowStep, together, Block.K, PackedPanel(panel), PanelWidth);
                else PanelPacker.Pack(Block.B.At(0, column), Block.B.ColumnStep, Block.B.RowStep, columns, Block.K, PackedPanel(panel), WidthOf(columns));
                panel += Math.Max(together, 1);
            }
        }

        public readonly void PackTile(int tile)
        {
            int row = Tiles.Start(tile), rows = Tiles.Length(tile);
            PanelPacker.Pack(Block.A.At(row, 0), Block.A.RowStep, Block.A.ColumnStep, rows, Block.K, Left + row * Block.K, rows);
        }

        private readonly T* PackedPanel(int panel) => Right + (nint)panel * PanelWidth * Block.K;

        /// <summary>The last panel is one vector wide where that is enough.</summary>
        private static int WidthOf(int columns) => columns <= TSimd.Lanes ? TSimd.Lanes : PanelWidth;

        public readonly void Run(int piece)
        {
            Grid.Locate(piece, out int firstTile, out int endTile, out int firstPanel, out int endPanel);
            if (!PacksLeft)
            {
                int panels = PacksRight ? PanelsTogether : endPanel - firstPanel;
                for (int panel = firstPanel; panel < endPanel; panel += panels)
                {
                    int end = Math.Min(panel + panels, endPanel);
                    if (PacksRight) PackPanels(panel, end);
                    Multiply(firstTile, endTile, panel, end);
                }
                return;
            }
            int firstRow = Tiles.Start(firstTile);
            using Scratch.Lease<T> rows = Scratch.Rent<T>((Tiles.Start(endTile) - firstRow) * (nint)Block.K);
            BlockJob own = this with { Left = rows.Start - firstRow * (nint)Block.K };
            for (int tile = firstTile; tile < endTile; tile++) own.PackTile(tile);
            own.Multiply(firstTile, endTile, firstPanel, endPanel);
        }

        [SkipLocalsInit]
        private readonly void Multiply(int firstTile, int endTile, int firstPanel, int endPanel)
        {
            T* edge = stackalloc T[TSimd.TileRows * PanelWidth];
            for (int panel = firstPanel; panel < endPanel; panel++)
            {
                int column = panel * PanelWidth, columns = Math.Min(PanelWidth, Block.N - column);
                T* right = PackedPanel(panel), next = PackedPanel(panel + 1); // behind the last one lies nothing, which may be sent for as well
                for (int tile = firstTile; tile < endTile; tile++)
                {
                    int row = Tiles.Start(tile), rows = Tiles.Length(tile);
                    T* c = Block.C + row * Block.CStride + column;
                    T* quarterOfNext = next + (tile - firstTile) % 4 * (PanelWidth / 4) * (nint)Block.K; // a tile sends for as many lines as it has rounds
                    FetchAhead(c, rows, Block.CStride);
                    if (columns == PanelWidth) MultiplyTile<Rows2>(row, rows, right, quarterOfNext, c, Block.CStride, new StoreSum<T>(Block.Accumulate));
                    else MultiplyEdge(row, rows, right, c, columns, edge);
                }
            }
        }

        /// <summary>A tile that is wider than what is left of c is computed beside it.</summary>
        private readonly void MultiplyEdge(int row, int rows, T* panel, T* c, int columns, T* edge)
        {
            if (columns <= TSimd.Lanes) MultiplyTile<Rows1>(row, rows, panel, panel, edge, PanelWidth, new StoreSum<T>(accumulate: false));
            else MultiplyTile<Rows2>(row, rows, panel, panel, edge, PanelWidth, new StoreSum<T>(accumulate: false));
            for (int i = 0; i < rows; i++, edge += PanelWidth, c += Block.CStride)
            {
                for (int j = 0; j < columns; j++) c[j] = Block.Accumulate ? c[j] + edge[j] : edge[j];
            }
        }

        private readonly void MultiplyTile<TColumns>(int row, int rows, T* panel, T* soon, T* c, nint cStride, StoreSum<T> store)
            where TColumns : unmanaged, IRows
        {
            var right = new EvenSteps<T>(panel, sizeof(TColumns) * TSimd.Lanes);
            if (Left != null)
            {
                MatMulTile<T, TVector, TSimd>.Compute<TColumns, PackedRows<T>, PackedSteps<T, TVector, TColumns>, StoreSum<T>>(
                    rows, new(Left + row * Block.K, Block.K), new(panel, soon), Block.K, c, cStride, store);
            }
            else if (Block.A.RowStep == 1)
            {
                MatMulTile<T, TVector, TSimd>.Compute<TColumns, AdjacentRows<T>, EvenSteps<T>, StoreSum<T>>(
                    rows, new(Block.A.At(row, 0), Block.A.ColumnStep), right, Block.K, c, cStride, store);
            }
            else
            {
                MatMulTile<T, TVector, TSimd>.Compute<TColumns, EvenRows<T>, EvenSteps<T>, StoreSum<T>>(
                    rows, new(Block.A.At(row, 0), Block.A.RowStep), right, Block.K, c, cStride, store);
            }
        }
    }
}
