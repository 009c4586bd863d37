using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>The innermost loop of every matrix product: a tile of c that stays in registers while the sum runs.</summary>
/// <remarks>
/// The tile has up to 12 rows of one or two vectors. Each step loads the vectors of the right operand once and multiplies them with one number of each row:
/// 24 multiply-adds for 2 loads and 12 broadcasts, so the arithmetic units and not the loads decide the speed. Twelve rows are written down;
/// of a smaller tile the compiler sees that the rest is dead. Without tiering, since a loop of this kind is right from its first call.
/// </remarks>
internal static unsafe partial class MatMulTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    /// <summary>
    /// <c>c[r, j] = Σ_p left[p][r] · right[p][j]</c> over <paramref name="depth"/> steps, as <paramref name="store"/> wants it stored;
    /// row r of c begins at <c>c + r·cStride</c>.
    /// </summary>
    [MethodImpl(Compile.AtOnce | MethodImplOptions.NoInlining)]
    public static void Compute<TRows, TColumns, TLeft, TRight, TStore>(TLeft left, TRight right, nint depth, T* c, nint cStride, TStore store)
        where TRows : unmanaged where TColumns : unmanaged
        where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T> where TStore : struct, ITileStore<T>
    {
        TVector x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11; // the first vector of each row
        TVector y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11; // and the second
        x0 = x1 = x2 = x3 = x4 = x5 = x6 = x7 = x8 = x9 = x10 = x11 = default;
        y0 = y1 = y2 = y3 = y4 = y5 = y6 = y7 = y8 = y9 = y10 = y11 = default;

        for (; depth > 0; depth--)
        {
            TVector* columns = (TVector*)right.Columns;
            TVector b0 = columns[0], b1 = sizeof(TColumns) > 1 ? columns[1] : default;
            right.Advance();
            TSimd.AddProducts<TColumns>(left[0], b0, b1, &x0, &y0);
            if (sizeof(TRows) > 1) TSimd.AddProducts<TColumns>(left[1], b0, b1, &x1, &y1);
            if (sizeof(TRows) > 2) TSimd.AddProducts<TColumns>(left[2], b0, b1, &x2, &y2);
            if (sizeof(TRows) > 3) TSimd.AddProducts<TColumns>(left[3], b0, b1, &x3, &y3);
            if (sizeof(TRows) > 4) TSimd.AddProducts<TColumns>(left[4], b0, b1, &x4, &y4);
            if (sizeof(TRows) > 5) TSimd.AddProducts<TColumns>(left[5], b0, b1, &x5, &y5);
            if (sizeof(TRows) > 6) TSimd.AddProducts<TColumns>(left[6], b0, b1, &x6, &y6);
            if (sizeof(TRows) > 7) TSimd.AddProducts<TColumns>(left[7], b0, b1, &x7, &y7);
            if (sizeof(TRows) > 8) TSimd.AddProducts<TColumns>(left[8], b0, b1, &x8, &y8);
            if (sizeof(TRows) > 9) TSimd.AddProducts<TColumns>(left[9], b0, b1, &x9, &y9);
            if (sizeof(TRows) > 10) TSimd.AddProducts<TColumns>(left[10], b0, b1, &x10, &y10);
            if (sizeof(TRows) > 11) TSimd.AddProducts<TColumns>(left[11], b0, b1, &x11, &y11);
            left.Advance();
        }

        if (store.Changes)
        {
            store.Change<TColumns, TVector, TSimd>(ref x0, ref y0, (TVector*)c, 0);
            if (sizeof(TRows) > 1) store.Change<TColumns, TVector, TSimd>(ref x1, ref y1, (TVector*)(c + cStride), 1);
            if (sizeof(TRows) > 2) store.Change<TColumns, TVector, TSimd>(ref x2, ref y2, (TVector*)(c + 2 * cStride), 2);
            if (sizeof(TRows) > 3) store.Change<TColumns, TVector, TSimd>(ref x3, ref y3, (TVector*)(c + 3 * cStride), 3);
            if (sizeof(TRows) > 4) store.Change<TColumns, TVector, TSimd>(ref x4, ref y4, (TVector*)(c + 4 * cStride), 4);
            if (sizeof(TRows) > 5) store.Change<TColumns, TVector, TSimd>(ref x5, ref y5, (TVector*)(c + 5 * cStride), 5);
            if (sizeof(TRows) > 6) store.Change<TColumns, TVector, TSimd>(ref x6, ref y6, (TVector*)(c + 6 * cStride), 6);
            if (sizeof(TRows) > 7) store.Change<TColumns, TVector, TSimd>(ref x7, ref y7, (TVector*)(c + 7 * cStride), 7);
            if (sizeof(TRows) > 8) store.Change<TColumns, TVector, TSimd>(ref x8, ref y8, (TVector*)(c + 8 * cStride), 8);
            if (sizeof(TRows) > 9) store.Change<TColumns, TVector, TSimd>(ref x9, ref y9, (TVector*)(c + 9 * cStride), 9);
            if (sizeof(TRows) > 10) store.Change<TColumns, TVector, TSimd>(ref x10, ref y10, (TVector*)(c + 10 * cStride), 10);
            if (sizeof(TRows) > 11) store.Change<TColumns, TVector, TSimd>(ref x11, ref y11, (TVector*)(c + 11 * cStride), 11);
        }
        Store<TColumns>(x0, y0, c);
        if (sizeof(TRows) > 1) Store<TColumns>(x1, y1, c + cStride);
        if (sizeof(TRows) > 2) Store<TColumns>(x2, y2, c + 2 * cStride);
        if (sizeof(TRows) > 3) Store<TColumns>(x3, y3, c + 3 * cStride);
        if (sizeof(TRows) > 4) Store<TColumns>(x4, y4, c + 4 * cStride);
        if (sizeof(TRows) > 5) Store<TColumns>(x5, y5, c + 5 * cStride);
        if (sizeof(TRows) > 6) Store<TColumns>(x6, y6, c + 6 * cStride);
        if (sizeof(TRows) > 7) Store<TColumns>(x7, y7, c + 7 * cStride);
        if (sizeof(TRows) > 8) Store<TColumns>(x8, y8, c + 8 * cStride);
        if (sizeof(TRows) > 9) Store<TColumns>(x9, y9, c + 9 * cStride);
        if (sizeof(TRows) > 10) Store<TColumns>(x10, y10, c + 10 * cStride);
        if (sizeof(TRows) > 11) Store<TColumns>(x11, y11, c + 11 * cStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TColumns>(TVector x, TVector y, T* c) where TColumns : unmanaged
    {
        ((TVector*)c)[0] = x;
        if (sizeof(TColumns) > 1) ((TVector*)c)[1] = y;
    }
}
