namespace Backprop.Kernels;

/// <summary>Divides the tiles of a product among pieces: each is some row tiles by some column panels. A tile is computed whole, so its bits are the same in any grid.</summary>
internal readonly struct TileGrid
{
    private const long WorkOfPiece = 1 << 18; // multiply-adds: some five microseconds, well above the cost of sharing
    public const int MostPieces = 16;           // where the caches do not ask for more

    private readonly EvenSplit _rowParts, _columnParts;

    /// <summary>At most <paramref name="tilesOfBlock"/> row tiles a piece, whose numbers fit into the cache; only where such blocks are too few, panels are divided as well.</summary>
    public TileGrid(int tiles, int tilesOfBlock, int panels, int pieces)
    {
        int rowParts = (tiles - 1) / tilesOfBlock + 1;
        int columnParts = Math.Clamp(pieces / rowParts, 1, Math.Max(panels / 2, 1));
        rowParts = Math.Max(rowParts, Math.Min(pieces / columnParts, tiles));
        _rowParts = new EvenSplit(tiles, (tiles - 1) / rowParts + 1);
        _columnParts = new EvenSplit(panels, (panels - 1) / columnParts + 1);
    }

    /// <summary>How many pieces are worth their while for so many multiply-adds: one, or an even number, since of three pieces one thread of two does two.</summary>
    public static int PiecesFor(long work) => work < 2 * WorkOfPiece ? 1 : (int)Math.Min((work / WorkOfPiece + 1) & ~1, MostPieces);

    /// <summary>Into how many parts the panels are divided.</summary>
    public int ColumnParts => _columnParts.Parts;

    public int Pieces => _rowParts.Parts * _columnParts.Parts;

    public void Locate(int piece, out int firstTile, out int endTile, out int firstPanel, out int endPanel)
    {
        (int rowPart, int columnPart) = Math.DivRem(piece, _columnParts.Parts);
        (firstTile, firstPanel) = (_rowParts.Start(rowPart), _columnParts.Start(columnPart));
        (endTile, endPanel) = (firstTile + _rowParts.Length(rowPart), firstPanel + _columnParts.Length(columnPart));
    }
}
