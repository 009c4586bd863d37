using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Backprop.Kernels;

/// <summary>The product of two matrices.</summary>
internal static unsafe class MatMulKernel
{
    /// <summary>The paths that this processor runs at full speed, the fastest first.</summary>
    public static IReadOnlyList<SimdPath> Available => [.. Enum.GetValues<SimdPath>().Where(IsAvailable)];

    /// <summary>The path that is taken where nobody chooses one.</summary>
    public static SimdPath Best { get; } =
        IsAvailable(SimdPath.Vector512) ? SimdPath.Vector512 : IsAvailable(SimdPath.Vector256) ? SimdPath.Vector256 : IsAvailable(SimdPath.Vector128) ? SimdPath.Vector128 : SimdPath.Scalar;

    /// <summary>
    /// Row-major <c>c = op(a)·op(b)</c>, or <c>c += op(a)·op(b)</c>. c is [m, n]; op(a) is [m, k], stored [k, m] when <paramref name="transposeA"/>;
    /// op(b) is [k, n], stored [n, k] when <paramref name="transposeB"/>. c must not overlap a or b. With k = 0 the product is zero.
    /// </summary>
    public static void Multiply<T>(ReadOnlySpan<T> a, bool transposeA, ReadOnlySpan<T> b, bool transposeB, Span<T> c,
        int m, int n, int k, bool accumulate = false) where T : unmanaged, IFloatingPointIeee754<T> =>
        Run(Best, a, transposeA, b, transposeB, c, m, n, k, accumulate);

    /// <summary><see cref="Multiply"/> on the path of the caller's choice; the last bits differ from path to path.</summary>
    [MethodImpl(Compile.Once)]
    public static void Run<T>(SimdPath path, ReadOnlySpan<T> a, bool transposeA, ReadOnlySpan<T> b, bool transposeB, Span<T> c,
        int m, int n, int k, bool accumulate = false) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(a.Length == (long)m * k && b.Length == (long)k * n && c.Length == (long)m * n);
        if (m == 0 || n == 0) return;
        if (k == 0)
        {
            if (!accumulate) c.Clear();
            return;
        }
        fixed (T* pa = a, pb = b, pc = c)
        {
            MatrixView<T> left = transposeA ? new MatrixView<T>(pa, m).Transposed : new MatrixView<T>(pa, k);
            MatrixView<T> right = transposeB ? new MatrixView<T>(pb, k).Transposed : new MatrixView<T>(pb, n);
            var problem = new MatMulProblem<T>(left, right, pc, n, m, n, k, accumulate);
            Run(path, n == 1 ? problem.Transposed : problem);
        }
    }

    private static void Run<T>(SimdPath path, in MatMulProblem<T> problem) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Vectors no longer than the lines they run along, where b can be read in place: that saves the packing.
        int line = problem.B.ColumnStep == 1 ? problem.N : problem.M == 1 ? problem.K : int.MaxValue;
        if (path == SimdPath.Vector512 && line >= Vector512<T>.Count) Run<T, Vector512<T>, Simd512<T>>(problem);
        else if (path <= SimdPath.Vector256 && line >= Vector256<T>.Count) Run<T, Vector256<T>, Simd256<T>>(problem);
        else if (path <= SimdPath.Vector128 && line >= Vector128<T>.Count) Run<T, Vector128<T>, Simd128<T>>(problem);
        else Run<T, T, SimdScalar<T>>(problem);
    }

    private static void Run<T, TVector, TSimd>(in MatMulProblem<T> problem)
        where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        if (MatMulVector<T, TVector, TSimd>.Pays(problem)) MatMulVector<T, TVector, TSimd>.Multiply(problem);
        else if (MatMulDirect<T, TVector, TSimd>.Pays(problem)) MatMulDirect<T, TVector, TSimd>.Multiply(problem);
        else
        {
            long packed = MatMulBlocks<T, TVector, TSimd>.Cost(problem.M, problem.N, problem.K), dots = MatMulDots<T, TVector, TSimd>.Cost(problem), turned = MatMulTurned<T, TVector, TSimd>.Cost(problem);
            if (dots < packed && dots <= turned) MatMulDots<T, TVector, TSimd>.Multiply(problem);
            else if (turned < packed) MatMulTurned<T, TVector, TSimd>.Multiply(problem);
            else MatMulBlocks<T, TVector, TSimd>.Multiply(problem);
        }
    }

    private static bool IsAvailable(SimdPath path) => path switch
    {
        SimdPath.Vector512 => Vector512.IsHardwareAccelerated,
        SimdPath.Vector256 => Vector256.IsHardwareAccelerated,
        SimdPath.Vector128 => Vector128.IsHardwareAccelerated,
        _ => true,
    };
}
