using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Backprop.Cli.Bench;

/// <summary>
/// What the processor can do at most: multiply-adds of float32 in registers, in chains that do not wait for one another. A workload's operations a second divided by these
/// are its share of the peak.
/// </summary>
internal static class FmaPeak
{
    private const int Chains = 12; // enough to hide the latency of two units
    private const int Rounds = 1_000_000;

    /// <summary>The operations of one thread's run.</summary>
    public static double Operations => 2.0 * Chains * Rounds * Lanes;

    private static int Lanes => Vector512.IsHardwareAccelerated ? Vector512<float>.Count : Vector256.IsHardwareAccelerated ? Vector256<float>.Count : Vector128<float>.Count;

    /// <summary>Runs once on each of so many threads at the same time.</summary>
    public static void Run(int threads)
    {
        Thread[] others = [.. Enumerable.Range(1, threads - 1).Select(_ => new Thread(Run))];
        foreach (Thread thread in others) thread.Start();
        Run();
        foreach (Thread thread in others) thread.Join();
    }

    private static void Run()
    {
        if (Vector512.IsHardwareAccelerated) Run<Vector512<float>, Fma512>();
        else if (Vector256.IsHardwareAccelerated) Run<Vector256<float>, Fma256>();
        else Run<Vector128<float>, Fma128>();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)] // at full speed from the first round
    private static TVector Run<TVector, TFma>() where TFma : IFma<TVector>
    {
        TVector factor = TFma.Create(0.5f), term = TFma.Create(1);
        TVector a = term, b = term, c = term, d = term, e = term, f = term, g = term, h = term, i = term, j = term, k = term, l = term;
        for (int round = 0; round < Rounds; round++)
        {
            (a, b, c) = (TFma.MultiplyAdd(a, factor, term), TFma.MultiplyAdd(b, factor, term), TFma.MultiplyAdd(c, factor, term));
            (d, e, f) = (TFma.MultiplyAdd(d, factor, term), TFma.MultiplyAdd(e, factor, term), TFma.MultiplyAdd(f, factor, term));
            (g, h, i) = (TFma.MultiplyAdd(g, factor, term), TFma.MultiplyAdd(h, factor, term), TFma.MultiplyAdd(i, factor, term));
            (j, k, l) = (TFma.MultiplyAdd(j, factor, term), TFma.MultiplyAdd(k, factor, term), TFma.MultiplyAdd(l, factor, term));
        }
        TVector sum = TFma.MultiplyAdd(a, b, TFma.MultiplyAdd(c, d, TFma.MultiplyAdd(e, f, g))); // every chain is used, or the compiler would leave it out
        return TFma.MultiplyAdd(h, i, TFma.MultiplyAdd(j, k, TFma.MultiplyAdd(l, factor, sum)));
    }

    private interface IFma<TVector>
    {
        static abstract TVector Create(float value);
        static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);
    }

    private readonly struct Fma512 : IFma<Vector512<float>>
    {
        public static Vector512<float> Create(float value) => Vector512.Create(value);
        public static Vector512<float> MultiplyAdd(Vector512<float> a, Vector512<float> b, Vector512<float> c) => Vector512.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Fma256 : IFma<Vector256<float>>
    {
        public static Vector256<float> Create(float value) => Vector256.Create(value);
        public static Vector256<float> MultiplyAdd(Vector256<float> a, Vector256<float> b, Vector256<float> c) => Vector256.MultiplyAddEstimate(a, b, c);
    }

    private readonly struct Fma128 : IFma<Vector128<float>>
    {
        public static Vector128<float> Create(float value) => Vector128.Create(value);
        public static Vector128<float> MultiplyAdd(Vector128<float> a, Vector128<float> b, Vector128<float> c) => Vector128.MultiplyAddEstimate(a, b, c);
    }
}
