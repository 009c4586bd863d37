using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>The innermost loop of every matrix product: a tile of c that stays in registers while the sum runs.</summary>
/// <remarks>
/// The tile has up to 12 rows of one or two vectors. Each step loads the vectors of the right operand once and multiplies them with one number of each row:
/// 24 multiply-adds for 2 loads and 12 broadcasts, so the arithmetic units and not the loads decide the speed. Twelve rows are written down;
/// of a smaller tile, whose rows and vectors are the sizes of two types, the compiler never reads the rest. Without tiering, since a loop of this kind is right from its first call.
/// </remarks>
internal static unsafe partial class MatMulTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    /// <summary>
    /// <c>c[r, j] = Σ_p left[p][r] · right[p][j]</c> over <paramref name="depth"/> steps, as <paramref name="store"/> wants it stored;
    /// row r of c begins at <c>c + r·cStride</c>. So many <paramref name="tiles"/>, one below the other, if the left operand can descend.
    /// </summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Compute<TRows, TColumns, TLeft, TRight, TStore>(TLeft left, TRight right, nint depth, T* c, nint cStride, TStore store, int tiles)
        where TRows : unmanaged, IRows where TColumns : unmanaged, IRows
        where TLeft : struct, ITileLeft<T> where TRight : struct, ITileRight<T> where TStore : struct, ITileStore<T>
    {
        do
        {
            TVector x0, x1, x2, x3, x4, x5, x6, x7, x8, x9, x10, x11; // the first vector of each row
            TVector y0, y1, y2, y3, y4, y5, y6, y7, y8, y9, y10, y11; // and the second
            x0 = x1 = x2 = x3 = x4 = x5 = x6 = x7 = x8 = x9 = x10 = x11 = default;
            y0 = y1 = y2 = y3 = y4 = y5 = y6 = y7 = y8 = y9 = y10 = y11 = default;

            TLeft factors = left;
            TRight columns = right;
            for (nint steps = depth; steps != 0; steps--)
            {
                TVector b0 = TSimd.Load(columns.Columns), b1 = sizeof(TColumns) == 2 ? TSimd.Load(columns.Columns + TSimd.Lanes) : default;
                columns.Advance();
                Step<TColumns>(factors[0], b0, b1, ref x0, ref y0);
                if (sizeof(TRows) > 1) Step<TColumns>(factors[1], b0, b1, ref x1, ref y1);
                if (sizeof(TRows) > 2) Step<TColumns>(factors[2], b0, b1, ref x2, ref y2);
                if (sizeof(TRows) > 3) Step<TColumns>(factors[3], b0, b1, ref x3, ref y3);
                if (sizeof(TRows) > 4) Step<TColumns>(factors[4], b0, b1, ref x4, ref y4);
                if (sizeof(TRows) > 5) Step<TColumns>(factors[5], b0, b1, ref x5, ref y5);
                if (sizeof(TRows) > 6) Step<TColumns>(factors[6], b0, b1, ref x6, ref y6);
                if (sizeof(TRows) > 7) Step<TColumns>(factors[7], b0, b1, ref x7, ref y7);
                if (sizeof(TRows) > 8) Step<TColumns>(factors[8], b0, b1, ref x8, ref y8);
                if (sizeof(TRows) > 9) Step<TColumns>(factors[9], b0, b1, ref x9, ref y9);
                if (sizeof(TRows) > 10) Step<TColumns>(factors[10], b0, b1, ref x10, ref y10);
                if (sizeof(TRows) > 11) Step<TColumns>(factors[11], b0, b1, ref x11, ref y11);
                factors.Advance(sizeof(TRows));
            }

            store.Store<TColumns, TVector, TSimd>(x0, y0, c, 0);
            if (sizeof(TRows) > 1) store.Store<TColumns, TVector, TSimd>(x1, y1, c + cStride, 1);
            if (sizeof(TRows) > 2) store.Store<TColumns, TVector, TSimd>(x2, y2, c + 2 * cStride, 2);
            if (sizeof(TRows) > 3) store.Store<TColumns, TVector, TSimd>(x3, y3, c + 3 * cStride, 3);
            if (sizeof(TRows) > 4) store.Store<TColumns, TVector, TSimd>(x4, y4, c + 4 * cStride, 4);
            if (sizeof(TRows) > 5) store.Store<TColumns, TVector, TSimd>(x5, y5, c + 5 * cStride, 5);
            if (sizeof(TRows) > 6) store.Store<TColumns, TVector, TSimd>(x6, y6, c + 6 * cStride, 6);
            if (sizeof(TRows) > 7) store.Store<TColumns, TVector, TSimd>(x7, y7, c + 7 * cStride, 7);
            if (sizeof(TRows) > 8) store.Store<TColumns, TVector, TSimd>(x8, y8, c + 8 * cStride, 8);
            if (sizeof(TRows) > 9) store.Store<TColumns, TVector, TSimd>(x9, y9, c + 9 * cStride, 9);
            if (sizeof(TRows) > 10) store.Store<TColumns, TVector, TSimd>(x10, y10, c + 10 * cStride, 10);
            if (sizeof(TRows) > 11) store.Store<TColumns, TVector, TSimd>(x11, y11, c + 11 * cStride, 11);
            c += sizeof(TRows) * cStride;
            store.Descend(sizeof(TRows));
        }
        while (left.Descend(sizeof(TRows)) && --tiles > 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TColumns>(T factor, TVector b0, TVector b1, ref TVector x, ref TVector y) where TColumns : unmanaged, IRows
    {
        TVector a = TSimd.Broadcast(factor);
        x = TSimd.MultiplyAdd(a, b0, x);
        if (sizeof(TColumns) == 2) y = TSimd.MultiplyAdd(a, b1, y);
    }
}
