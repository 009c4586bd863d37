using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>The innermost loop of every matrix product: a tile of c that stays in registers while the sum runs.</summary>
/// <remarks>
/// The tile has up to 12 rows of one or two vectors. Each step loads the vectors of the right operand once and multiplies them with one number of each row:
/// 24 multiply-adds for 2 loads and 12 broadcasts, so the arithmetic units and not the loads decide the speed. Where registers hold twelve sums only, going on to the next step
/// is a sixth of a step's instructions, and a core that is shared with others has few to give: packed rows, which lie at known distances, take four steps at a time.
/// Without tiering, since a loop of this kind is right from its first call.
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
            var sums = default(TileSums<T, TVector, TSimd>);
            TLeft factors = left;
            TRight columns = right;
            nint steps = depth;
            // In this form, without a variable or a call, the compiler knows the answer while it reads, and of most tiles never reads the rounds.
            if (typeof(TLeft) == typeof(PackedRows<T>) && sizeof(TRows) * sizeof(TColumns) >= 8 && sizeof(TRows) * sizeof(TColumns) <= 12)
            {
                for (nint rounds = steps >> 2; rounds != 0; rounds--)
                {
                    sums.Add<TRows, TColumns, TLeft, TRight>(factors, columns, 0);
                    sums.Add<TRows, TColumns, TLeft, TRight>(factors, columns, 1);
                    sums.Add<TRows, TColumns, TLeft, TRight>(factors, columns, 2);
                    sums.Add<TRows, TColumns, TLeft, TRight>(factors, columns, 3);
                    factors.Advance<TRows>(4);
                    columns.Advance(4);
                }
                steps &= 3;
            }
            for (; steps != 0; steps--)
            {
                sums.Add<TRows, TColumns, TLeft, TRight>(factors, columns, 0);
                factors.Advance<TRows>(1);
                columns.Advance(1);
            }
            sums.Store<TRows, TColumns, TStore>(store, c, cStride);
            c += sizeof(TRows) * cStride;
            store.Descend(sizeof(TRows));
        }
        while (left.Descend(sizeof(TRows)) && --tiles > 0);
    }
}
