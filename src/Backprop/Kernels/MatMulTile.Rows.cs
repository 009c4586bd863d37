namespace Backprop.Kernels;

internal static unsafe partial class MatMulTile<T, TVector, TSimd>
{
    /// <summary>The columns of a full tile: two vectors.</summary>
    public static int Columns => 2 * TSimd.Lanes;

    /// <summary>The most rows of a tile of one vector: as many sums as a full tile has, if so many rows are written down. With fewer, each addition would wait for the one before.</summary>
    public static int RowsOfNarrow => Math.Min(2 * TSimd.TileRows, 12);

    /// <summary>The same for as many rows as there are, in tiles as high as they may be; <paramref name="rows"/> is their split in tiles.</summary>
    public static void ComputeAll<TColumns, TLeft, TRight, TStore>(EvenSplit rows, TLeft left, TRight right, nint depth, T* c, nint cStride, TStore store)
        where TColumns : unmanaged, IRows where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T> where TStore : struct, ITileStore<T>
    {
        if (rows.Larger > 0) Compute<TColumns, TLeft, TRight, TStore>(rows.Largest, left, right, depth, c, cStride, store, rows.Larger);
        int above = rows.Start(rows.Larger);
        left.Descend(above);
        store.Descend(above);
        Compute<TColumns, TLeft, TRight, TStore>(rows.Small, left, right, depth, c + above * cStride, cStride, store, rows.Parts - rows.Larger);
    }

    /// <summary>The same for a number of rows that is known only now.</summary>
    public static void Compute<TColumns, TLeft, TRight, TStore>(int rows, TLeft left, TRight right, nint depth, T* c, nint cStride, TStore store, int tiles = 1)
        where TColumns : unmanaged, IRows where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T> where TStore : struct, ITileStore<T>
    {
        switch (rows)
        {
            case 1: Compute<Rows1, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 2: Compute<Rows2, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 3: Compute<Rows3, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 4: Compute<Rows4, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 5: Compute<Rows5, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 6: Compute<Rows6, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 7: Compute<Rows7, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 8: Compute<Rows8, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 9: Compute<Rows9, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 10: Compute<Rows10, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 11: Compute<Rows11, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
            case 12: Compute<Rows12, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store, tiles); break;
        }
    }
}
