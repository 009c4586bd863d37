using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>The sums of a tile of up to twelve rows, of one vector each or two, as one value: the compiler takes it apart and keeps what the tile's size makes use of in registers.</summary>
internal unsafe struct TileSums<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private TVector _x0, _x1, _x2, _x3, _x4, _x5, _x6, _x7, _x8, _x9, _x10, _x11; // of each row the first vector
    private TVector _y0, _y1, _y2, _y3, _y4, _y5, _y6, _y7, _y8, _y9, _y10, _y11; // and the second

    /// <summary>Multiplies the columns of a step, so many <paramref name="ahead"/>, with the number of each row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add<TRows, TColumns, TLeft, TRight>(TLeft factors, TRight columns, int ahead)
        where TRows : unmanaged, IRows where TColumns : unmanaged, IRows where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T>
    {
        TVector b0 = TSimd.Load(columns.At(ahead)), b1 = sizeof(TColumns) == 2 ? TSimd.Load(columns.At(ahead) + TSimd.Lanes) : default;
        Add<TColumns>(factors.At<TRows>(0, ahead), b0, b1, ref _x0, ref _y0);
        if (sizeof(TRows) > 1) Add<TColumns>(factors.At<TRows>(1, ahead), b0, b1, ref _x1, ref _y1);
        if (sizeof(TRows) > 2) Add<TColumns>(factors.At<TRows>(2, ahead), b0, b1, ref _x2, ref _y2);
        if (sizeof(TRows) > 3) Add<TColumns>(factors.At<TRows>(3, ahead), b0, b1, ref _x3, ref _y3);
        if (sizeof(TRows) > 4) Add<TColumns>(factors.At<TRows>(4, ahead), b0, b1, ref _x4, ref _y4);
        if (sizeof(TRows) > 5) Add<TColumns>(factors.At<TRows>(5, ahead), b0, b1, ref _x5, ref _y5);
        if (sizeof(TRows) > 6) Add<TColumns>(factors.At<TRows>(6, ahead), b0, b1, ref _x6, ref _y6);
        if (sizeof(TRows) > 7) Add<TColumns>(factors.At<TRows>(7, ahead), b0, b1, ref _x7, ref _y7);
        if (sizeof(TRows) > 8) Add<TColumns>(factors.At<TRows>(8, ahead), b0, b1, ref _x8, ref _y8);
        if (sizeof(TRows) > 9) Add<TColumns>(factors.At<TRows>(9, ahead), b0, b1, ref _x9, ref _y9);
        if (sizeof(TRows) > 10) Add<TColumns>(factors.At<TRows>(10, ahead), b0, b1, ref _x10, ref _y10);
        if (sizeof(TRows) > 11) Add<TColumns>(factors.At<TRows>(11, ahead), b0, b1, ref _x11, ref _y11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TRows, TColumns, TStore>(TStore store, T* c, nint cStride)
        where TRows : unmanaged, IRows where TColumns : unmanaged, IRows where TStore : struct, ITileStore<T>
    {
        store.Store<TColumns, TVector, TSimd>(_x0, _y0, c, 0);
        if (sizeof(TRows) > 1) store.Store<TColumns, TVector, TSimd>(_x1, _y1, c + cStride, 1);
        if (sizeof(TRows) > 2) store.Store<TColumns, TVector, TSimd>(_x2, _y2, c + 2 * cStride, 2);
        if (sizeof(TRows) > 3) store.Store<TColumns, TVector, TSimd>(_x3, _y3, c + 3 * cStride, 3);
        if (sizeof(TRows) > 4) store.Store<TColumns, TVector, TSimd>(_x4, _y4, c + 4 * cStride, 4);
        if (sizeof(TRows) > 5) store.Store<TColumns, TVector, TSimd>(_x5, _y5, c + 5 * cStride, 5);
        if (sizeof(TRows) > 6) store.Store<TColumns, TVector, TSimd>(_x6, _y6, c + 6 * cStride, 6);
        if (sizeof(TRows) > 7) store.Store<TColumns, TVector, TSimd>(_x7, _y7, c + 7 * cStride, 7);
        if (sizeof(TRows) > 8) store.Store<TColumns, TVector, TSimd>(_x8, _y8, c + 8 * cStride, 8);
        if (sizeof(TRows) > 9) store.Store<TColumns, TVector, TSimd>(_x9, _y9, c + 9 * cStride, 9);
        if (sizeof(TRows) > 10) store.Store<TColumns, TVector, TSimd>(_x10, _y10, c + 10 * cStride, 10);
        if (sizeof(TRows) > 11) store.Store<TColumns, TVector, TSimd>(_x11, _y11, c + 11 * cStride, 11);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TColumns>(T factor, TVector b0, TVector b1, ref TVector x, ref TVector y) where TColumns : unmanaged, IRows
    {
        TVector a = TSimd.Broadcast(factor);
        x = TSimd.MultiplyAdd(a, b0, x);
        if (sizeof(TColumns) == 2) y = TSimd.MultiplyAdd(a, b1, y);
    }
}
