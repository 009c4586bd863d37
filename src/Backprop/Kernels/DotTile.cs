using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>A tile of dot products: <c>c[i, j] = Σ_p a[i, p] · b[j, p]</c> where the rows of both operands lie in memory as they are summed.</summary>
/// <remarks>
/// Nothing has to be turned around or packed, and no lane is idle when c is narrow; the price is that each number of c ends with adding up the lanes of a vector.
/// So this is for long sums: a batch, or a single example, times a weight matrix.
/// </remarks>
internal static unsafe class DotTile<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    public const int MostRows = 6;

    /// <summary>As many columns as the registers allow beside six rows.</summary>
    public static int MostColumns => TSimd.TileRows == 12 ? 4 : 2;

    /// <summary>For rows and columns up to the most; <paramref name="depth"/> must be at least the lanes of a vector.</summary>
    [SkipLocalsInit, MethodImpl(Compile.AtOnce)]
    public static void Compute(int rows, int columns, T* a, nint aStride, T* b, nint bStride, int depth, T* c, nint cStride, bool accumulate)
    {
        TVector* sums = stackalloc TVector[MostRows * 4];
        switch (columns)
        {
            case 1: Compute<Rows1>(rows, a, aStride, b, bStride, depth, sums); break;
            case 2: Compute<Rows2>(rows, a, aStride, b, bStride, depth, sums); break;
            case 3: Compute<Rows3>(rows, a, aStride, b, bStride, depth, sums); break;
            default: Compute<Rows4>(rows, a, aStride, b, bStride, depth, sums); break;
        }
        T* totals = stackalloc T[4];
        for (int i = 0; i < rows; i++, sums += 4, c += cStride)
        {
            AddLanes(sums, totals);
            for (int j = 0; j < columns; j++) c[j] = accumulate ? c[j] + totals[j] : totals[j];
        }
    }

    /// <summary>Adds up the lanes of four sums together: half as much work as one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddLanes(TVector* sums, T* totals)
    {
        Vector128<T> a = TSimd.AddHalves(sums[0]), b = TSimd.AddHalves(sums[1]), c = TSimd.AddHalves(sums[2]), d = TSimd.AddHalves(sums[3]);
        if (typeof(T) == typeof(float))
        {
            Vector128<double> ab = (Interleave.Low(a.AsSingle(), b.AsSingle()) + Interleave.High(a.AsSingle(), b.AsSingle())).AsDouble();
            Vector128<double> cd = (Interleave.Low(c.AsSingle(), d.AsSingle()) + Interleave.High(c.AsSingle(), d.AsSingle())).AsDouble();
            (Interleave.Low(ab, cd).AsSingle() + Interleave.High(ab, cd).AsSingle()).Store((float*)totals);
        }
        else
        {
            (Interleave.Low(a.AsDouble(), b.AsDouble()) + Interleave.High(a.AsDouble(), b.AsDouble())).Store((double*)totals);
            (Interleave.Low(c.AsDouble(), d.AsDouble()) + Interleave.High(c.AsDouble(), d.AsDouble())).Store((double*)totals + 2);
        }
    }

    private static void Compute<TColumns>(int rows, T* a, nint aStride, T* b, nint bStride, int depth, TVector* sums) where TColumns : unmanaged, IRows
    {
        switch (rows)
        {
            case 1: Compute<Rows1, TColumns>(a, aStride, b, bStride, depth, sums); break;
            case 2: Compute<Rows2, TColumns>(a, aStride, b, bStride, depth, sums); break;
            case 3: Compute<Rows3, TColumns>(a, aStride, b, bStride, depth, sums); break;
            case 4: Compute<Rows4, TColumns>(a, aStride, b, bStride, depth, sums); break;
            case 5: Compute<Rows5, TColumns>(a, aStride, b, bStride, depth, sums); break;
            default: Compute<Rows6, TColumns>(a, aStride, b, bStride, depth, sums); break;
        }
    }

    /// <summary>The sums, lane by lane; row i of them begins at 4·i. Adding up the lanes is a call, and a call in here would keep the sums out of the registers.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void Compute<TRows, TColumns>(T* a, nint aStride, T* b, nint bStride, int depth, TVector* sums)
        where TRows : unmanaged, IRows where TColumns : unmanaged, IRows
    {
        TVector s00 = default, s01 = default, s02 = default, s03 = default;
        TVector s10 = default, s11 = default, s12 = default, s13 = default;
        TVector s20 = default, s21 = default, s22 = default, s23 = default;
        TVector s30 = default, s31 = default, s32 = default, s33 = default;
        TVector s40 = default, s41 = default, s42 = default, s43 = default;
        TVector s50 = default, s51 = default, s52 = default, s53 = default;
        T* a0 = a, a1 = a0 + aStride, a2 = a1 + aStride, a3 = a2 + aStride, a4 = a3 + aStride, a5 = a4 + aStride;
        T* b0 = b, b1 = b0 + bStride, b2 = b1 + bStride, b3 = b2 + bStride;
        int last = depth % TSimd.Lanes;
        for (nint p = 0, whole = depth - last; p < whole; p += TSimd.Lanes)
        {
            TVector v0 = TSimd.Load(b0 + p), v1 = sizeof(TColumns) > 1 ? TSimd.Load(b1 + p) : default;
            TVector v2 = sizeof(TColumns) > 2 ? TSimd.Load(b2 + p) : default, v3 = sizeof(TColumns) > 3 ? TSimd.Load(b3 + p) : default;
            Add<TColumns>(TSimd.Load(a0 + p), v0, v1, v2, v3, ref s00, ref s01, ref s02, ref s03);
            if (sizeof(TRows) > 1) Add<TColumns>(TSimd.Load(a1 + p), v0, v1, v2, v3, ref s10, ref s11, ref s12, ref s13);
            if (sizeof(TRows) > 2) Add<TColumns>(TSimd.Load(a2 + p), v0, v1, v2, v3, ref s20, ref s21, ref s22, ref s23);
            if (sizeof(TRows) > 3) Add<TColumns>(TSimd.Load(a3 + p), v0, v1, v2, v3, ref s30, ref s31, ref s32, ref s33);
            if (sizeof(TRows) > 4) Add<TColumns>(TSimd.Load(a4 + p), v0, v1, v2, v3, ref s40, ref s41, ref s42, ref s43);
            if (sizeof(TRows) > 5) Add<TColumns>(TSimd.Load(a5 + p), v0, v1, v2, v3, ref s50, ref s51, ref s52, ref s53);
        }
        if (last > 0)
        {
            TVector v0 = TSimd.LoadLast(b0 + depth, last), v1 = sizeof(TColumns) > 1 ? TSimd.LoadLast(b1 + depth, last) : default;
            TVector v2 = sizeof(TColumns) > 2 ? TSimd.LoadLast(b2 + depth, last) : default, v3 = sizeof(TColumns) > 3 ? TSimd.LoadLast(b3 + depth, last) : default;
            Add<TColumns>(TSimd.LoadLast(a0 + depth, last), v0, v1, v2, v3, ref s00, ref s01, ref s02, ref s03);
            if (sizeof(TRows) > 1) Add<TColumns>(TSimd.LoadLast(a1 + depth, last), v0, v1, v2, v3, ref s10, ref s11, ref s12, ref s13);
            if (sizeof(TRows) > 2) Add<TColumns>(TSimd.LoadLast(a2 + depth, last), v0, v1, v2, v3, ref s20, ref s21, ref s22, ref s23);
            if (sizeof(TRows) > 3) Add<TColumns>(TSimd.LoadLast(a3 + depth, last), v0, v1, v2, v3, ref s30, ref s31, ref s32, ref s33);
            if (sizeof(TRows) > 4) Add<TColumns>(TSimd.LoadLast(a4 + depth, last), v0, v1, v2, v3, ref s40, ref s41, ref s42, ref s43);
            if (sizeof(TRows) > 5) Add<TColumns>(TSimd.LoadLast(a5 + depth, last), v0, v1, v2, v3, ref s50, ref s51, ref s52, ref s53);
        }

        Store<TColumns>(s00, s01, s02, s03, sums);
        if (sizeof(TRows) > 1) Store<TColumns>(s10, s11, s12, s13, sums + 4);
        if (sizeof(TRows) > 2) Store<TColumns>(s20, s21, s22, s23, sums + 8);
        if (sizeof(TRows) > 3) Store<TColumns>(s30, s31, s32, s33, sums + 12);
        if (sizeof(TRows) > 4) Store<TColumns>(s40, s41, s42, s43, sums + 16);
        if (sizeof(TRows) > 5) Store<TColumns>(s50, s51, s52, s53, sums + 20);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TColumns>(TVector a, TVector b0, TVector b1, TVector b2, TVector b3, ref TVector s0, ref TVector s1, ref TVector s2, ref TVector s3)
        where TColumns : unmanaged, IRows
    {
        s0 = TSimd.MultiplyAdd(a, b0, s0);
        if (sizeof(TColumns) > 1) s1 = TSimd.MultiplyAdd(a, b1, s1);
        if (sizeof(TColumns) > 2) s2 = TSimd.MultiplyAdd(a, b2, s2);
        if (sizeof(TColumns) > 3) s3 = TSimd.MultiplyAdd(a, b3, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TColumns>(TVector s0, TVector s1, TVector s2, TVector s3, TVector* sums) where TColumns : unmanaged, IRows
    {
        sums[0] = s0;
        if (sizeof(TColumns) > 1) sums[1] = s1;
        if (sizeof(TColumns) > 2) sums[2] = s2;
        if (sizeof(TColumns) > 3) sums[3] = s3;
    }
}
