namespace Backprop.Kernels;

/// <summary>How a batch of images is cut into 4×4 tiles, and the tiles into blocks: some rows of tiles of one image, or several whole images.</summary>
internal readonly struct WinogradGrid
{
    public WinogradGrid(int batch, int height, int width, int tilesOfBlock)
    {
        (Batch, Down, Across) = (batch, (height + 3) / 4, (width + 3) / 4);
        int tiles = Down * Across;
        Strips = new EvenSplit(Down, tiles <= tilesOfBlock ? Down : Math.Max(tilesOfBlock / Across, 1));
        Images = new EvenSplit(batch, Strips.Parts > 1 ? 1 : Math.Max(tilesOfBlock / tiles, 1));
    }

    /// <summary>Images of the batch.</summary>
    public int Batch { get; }

    /// <summary>Tiles of an image along each axis.</summary>
    public int Down { get; }

    /// <inheritdoc cref="Down"/>
    public int Across { get; }

    public EvenSplit Images { get; }

    /// <summary>Rows of tiles that belong to one block.</summary>
    public EvenSplit Strips { get; }

    public int Blocks => Images.Parts * Strips.Parts;

    public int TilesOf(int block) => Images.Length(block / Strips.Parts) * Strips.Length(block % Strips.Parts) * Across;

    public int MostTiles => Images.Largest * Strips.Largest * Across;
}
