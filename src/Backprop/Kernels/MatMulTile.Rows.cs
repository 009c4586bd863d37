namespace Backprop.Kernels;

internal static unsafe partial class MatMulTile<T, TVector, TSimd>
{
    /// <summary>The columns of a full tile: two vectors.</summary>
    public static int Columns => 2 * TSimd.Lanes;

    /// <summary>The same for a number of rows that is known only now.</summary>
    public static void Compute<TColumns, TLeft, TRight, TStore>(int rows, TLeft left, TRight right, nint depth, T* c, nint cStride, TStore store)
        where TColumns : struct, IRows where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T> where TStore : struct, ITileStore<T>
    {
        switch (rows)
        {
            case 1: Compute<Rows1, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 2: Compute<Rows2, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 3: Compute<Rows3, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 4: Compute<Rows4, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 5: Compute<Rows5, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 6: Compute<Rows6, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 7: Compute<Rows7, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 8: Compute<Rows8, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 9: Compute<Rows9, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 10: Compute<Rows10, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 11: Compute<Rows11, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
            case 12: Compute<Rows12, TColumns, TLeft, TRight, TStore>(left, right, depth, c, cStride, store); break;
        }
    }
}
