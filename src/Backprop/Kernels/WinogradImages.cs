using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>Images of one side of a convolution, [batch, channels, height, width], or some channels of them, and the way of their tiles to the six points and back.</summary>
/// <remarks>Tiles are worked on with the channels last, a row of vectors for each pixel: [row, column, channel].</remarks>
internal readonly unsafe struct WinogradImages<T, TVector, TSimd>(T* start, int channels, nint imageStep, ConvolutionPlane plane)
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const nint FarBytes = 1 << 21; // of all images: so many come from the third cache or from memory
    private const int LongRow = 128;       // of pixels: longer ones the processor foresees itself

    public ConvolutionPlane Plane => plane;

    /// <summary>The channels and those that fill up the last vector.</summary>
    public int Lanes { get; } = (channels + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;

    /// <summary>From the values at one point to those at the next: a cache line more than they take up, or a tile's 36 points would meet in one set of the cache.</summary>
    public nint PointStep(in WinogradGrid grid) => (nint)grid.MostTiles * Lanes + 64 / sizeof(T);

    /// <summary>The pixels of a strip of tiles and their margin.</summary>
    public nint PixelsLength(in WinogradGrid grid) => (nint)(4 * grid.Strips.Largest + 2) * (4 * grid.Across + 2) * Lanes;

    /// <summary>
    /// A block's tiles at the six points, <c>points[point · step + tile · Lanes + channel]</c>. <paramref name="pixels"/> is room for <see cref="PixelsLength"/>,
    /// <paramref name="room"/> for what a transformation needs.
    /// </summary>
    /// <remarks>One row of tiles after the other: its pixels are still in the first cache when they are transformed.</remarks>
    public void ToPoints<TMap>(in WinogradGrid grid, int block, T* points, T* pixels, T* room) where TMap : struct, WinogradTile<T, TVector, TSimd>.IMap
    {
        (int images, int strip) = Math.DivRem(block, grid.Strips.Parts);
        int margin = TMap.From - 4, columns = 4 * grid.Across + margin;
        nint step = PointStep(grid), rowLength = (nint)columns * Lanes;
        bool isFar = IsFar(grid);
        WinogradTile<T, TVector, TSimd>.SetFactors<TMap>(room);
        for (int image = grid.Images.Start(images); image < grid.Images.Start(images) + grid.Images.Length(images); image++)
        {
            int gathered = 0;
            for (int i = 0; i < grid.Strips.Length(strip); i++)
            {
                int rows = 4 * (i + 1) + margin;
                Gather(image, 4 * grid.Strips.Start(strip) + gathered, rows - gathered, columns, pixels + gathered * rowLength);
                gathered = rows;
                int next = 4 * grid.Strips.Start(strip) + gathered + plane.FirstRow;
                T* soon = next < plane.Height ? start + image * imageStep + (nint)next * plane.Width : start + (image + 1) * imageStep;
                for (int j = 0; j < grid.Across; j++, points += Lanes)
                {
                    if (isFar) FetchAhead(soon, j);
                    WinogradTile<T, TVector, TSimd>.Transform<TMap>(pixels + 4 * (i * rowLength + j * Lanes), rowLength, Lanes, points, 6 * step, step, Lanes, room);
                }
            }
        }
    }

    /// <summary>The way back: the results of a block from its sums at the six points, laid out as <see cref="ToPoints"/> has them.</summary>
    public void FromPoints(in WinogradGrid grid, int block, T* points, in ConvolutionFinish<T> finish, T* pixels, T* room)
    {
        (int images, int strip) = Math.DivRem(block, grid.Strips.Parts);
        nint step = PointStep(grid), rowLength = (nint)4 * grid.Across * Lanes;
        bool isFar = IsFar(grid);
        WinogradTile<T, TVector, TSimd>.SetFactors<WinogradTile<T, TVector, TSimd>.PointsToResults>(room);
        for (int image = grid.Images.Start(images); image < grid.Images.Start(images) + grid.Images.Length(images); image++)
        {
            for (int i = grid.Strips.Start(strip); i < grid.Strips.Start(strip) + grid.Strips.Length(strip); i++)
            {
                T* soon = start + image * imageStep + (nint)4 * i * plane.Width;
                for (int j = 0; j < grid.Across; j++, points += Lanes)
                {
                    if (isFar) FetchAhead(soon, j);
                    WinogradTile<T, TVector, TSimd>.Transform<WinogradTile<T, TVector, TSimd>.PointsToResults>(points, 6 * step, step, pixels + (nint)4 * j * Lanes, rowLength, Lanes, Lanes, room);
                }
                Scatter(image, 4 * i, 4 * grid.Across, pixels, finish);
            }
        }
    }

    private bool IsFar(in WinogradGrid grid) => grid.Batch * imageStep * sizeof(T) >= FarBytes && plane.Width <= LongRow;

    /// <summary>
    /// While a tile is transformed, one cache line of each channel is sent for. Of float32 it has sixteen pixels, as many as the tile: so a row of tiles brings the pixels of the next, or the places of its own results.
    /// </summary>
    [MethodImpl(Compile.AtOnce)]
    private void FetchAhead(T* pixels, int tile)
    {
        if (!Sse.IsSupported) return;
        nint step = plane.Length;
        T* line = pixels + tile * (Scratch.CacheLine / sizeof(T));
        for (T* end = line + channels * step; line < end; line += step) Sse.Prefetch1(line); // into the second cache: the first is full of this row
    }

    /// <summary>Some rows of pixels and margins; zeros outside of the image and in the lanes that no channel fills.</summary>
    private void Gather(int image, int firstRow, int rows, int columns, T* pixels)
    {
        firstRow += plane.FirstRow;
        int from = Math.Min(-plane.FirstColumn, columns), to = Math.Clamp(plane.Width - plane.FirstColumn, from, columns);
        int above = Math.Clamp(-firstRow, 0, rows), end = Math.Clamp(plane.Height - firstRow, above, rows);
        nint rowLength = (nint)columns * Lanes;
        new Span<T>(pixels, (int)(above * rowLength)).Clear();
        new Span<T>(pixels + end * rowLength, (int)((rows - end) * rowLength)).Clear();
        for (int row = above; row < end; row++)
        {
            new Span<T>(pixels + row * rowLength, from * Lanes).Clear();
            new Span<T>(pixels + row * rowLength + to * Lanes, (columns - to) * Lanes).Clear();
        }

        // Eight channels at a time, all these rows: few streams that are read straight on. Small planes lie close together anyway.
        int together = plane.Width < 16 ? channels : 8;
        T* source = start + image * imageStep + (nint)firstRow * plane.Width + (plane.FirstColumn + from);
        for (int channel = 0; channel < channels; channel += together)
        {
            int some = Math.Min(channels - channel, together), width = channel + some == channels ? Lanes - channel : some;
            for (int row = above; row < end; row++)
            {
                PanelPacker.Transpose(source + channel * plane.Length + (nint)row * plane.Width, plane.Length, some, to - from, pixels + row * rowLength + from * Lanes + channel, Lanes, width);
            }
        }
    }

    /// <summary>Up to four rows of results, finished, to where they belong; what the last tiles compute beyond the image is dropped.</summary>
    private void Scatter(int image, int firstRow, int columns, T* pixels, in ConvolutionFinish<T> finish)
    {
        int rows = Math.Min(4, plane.Height - firstRow);
        T* target = start + image * imageStep + (nint)firstRow * plane.Width;
        (int lines, int length) = columns == plane.Width ? (1, rows * columns) : (rows, plane.Width); // rows that follow each other go in one
        for (int i = 0; i < lines; i++, pixels += (nint)columns * Lanes, target += plane.Width)
        {
            PanelPacker.Unpack(pixels, Lanes, length, channels, finish, target, plane.Length);
        }
    }
}
