using System.Numerics;
using Backprop.Kernels;
using Xunit.Abstractions;

namespace Backprop.Tests.Kernels;

/// <summary>
/// How far the vector functions are from the truth, in units in the last place (0.5 is correct rounding). Float32 is gone through from one end to the other and judged
/// by double; float64 is sampled and judged by numbers of 192 digits.
/// </summary>
public sealed class VectorMathTests(ITestOutputHelper output)
{
    private const int Step = 1009; // of all bit patterns: four million floats, of all sizes and both signs

    public static TheoryData<string> Functions => [.. s_functions.Select(each => each.Name)];

    /// <summary>A function, what it is judged by, and the units it may be off: as measured over all kernel paths, rounded up.</summary>
    private sealed record Function(
        string Name, Func<Vector<float>, Vector<float>> Single, Func<Vector<double>, Vector<double>> Double, Func<double, double> Reference, Func<Precise, Precise> Precise,
        double SingleUnits, double DoubleUnits)
    {
        /// <summary>Where it is used.</summary>
        public double Low { get; init; } = double.NegativeInfinity;

        public double High { get; init; } = double.PositiveInfinity;

        /// <summary>Whether it raises e to a rounded −x²/2, so that so many units more are lost.</summary>
        public bool RoundsSquare { get; init; }

        /// <summary>Whether results below the smallest normal number may come out as 0.</summary>
        public bool Flushes { get; init; }

        public bool Covers(double x) => !(x < Low || x > High);

        /// <summary>The units that count, of those it is off at x.</summary>
        public double Judged(double units, double x) => RoundsSquare ? units / (1 + x * x / 2) : units;
    }

    private static readonly Function[] s_functions =
    [
        new("exp", x => VectorMath.Exp(x), x => VectorMath.Exp(x), Math.Exp, Precise.Exp, 1, 2),
        new("log", x => VectorMath.Log(x), x => VectorMath.Log(x), Math.Log, Precise.Log, 2, 2.5),
        new("log1p", x => VectorMath.Log1P(x), x => VectorMath.Log1P(x), x => x < 1e-5 ? x - x * x / 2 + x * x * x / 3 : Math.Log(1 + x), Precise.Log1P, 3, 3) { Low = 0, High = double.MaxValue },
        new("tanh", x => VectorMath.Tanh(x), x => VectorMath.Tanh(x), Math.Tanh, Precise.Tanh, 1.5, 1.5),
        new("expm1", x => VectorMath.ExpM1(x), x => VectorMath.ExpM1(x), x => Math.Abs(x) < 1e-5 ? x + x * x / 2 + x * x * x / 6 : Math.Exp(x) - 1, Precise.ExpM1, 2.5, 4),
        new("sigmoid", x => VectorMath.Sigmoid(x), x => VectorMath.Sigmoid(x), x => 1 / (1 + Math.Exp(-x)), Precise.Sigmoid, 2.5, 4) { Flushes = true },
        new("Φ", x => NormalDistribution.At(x).Below, x => NormalDistribution.At(x).Below, Reference.Below, Precise.Below, 7, 7) { RoundsSquare = true },
        new("φ", x => NormalDistribution.At(x).Density, x => NormalDistribution.At(x).Density, Reference.Density, Precise.Density, 1.5, 2.5) { RoundsSquare = true },
    ];

    [Theory, MemberData(nameof(Functions))]
    public void Single_WholeRange_StaysWithinItsUnits(string name)
    {
        Function f = s_functions.Single(each => each.Name == name);
        const int block = 1 << 12;
        var x = new float[block];
        (double worst, float at) = (0, 0);
        int count = 0;
        for (long bits = 0; bits <= uint.MaxValue; bits += Step)
        {
            float value = BitConverter.UInt32BitsToSingle((uint)bits);
            if (f.Covers(value)) x[count++] = value;
            if (count == block) Judge();
        }
        foreach (float limit in new[] { 0, -0f, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.Epsilon, 1, 88.72283f, 88.72284f, -87.33655f, -103.97f, -103.98f })
        {
            if (f.Covers(limit)) x[count++] = limit;
        }
        Judge();
        output.WriteLine($"{name}, float32: {worst:f3} units at {at:g9}");
        Assert.True(worst <= f.SingleUnits, $"{name} is {worst:f3} units off at {at:g9}, more than {f.SingleUnits}");

        void Judge()
        {
            float[] y = Map(f.Single, x[..count]);
            for (int i = 0; i < count; i++)
            {
                double exact = f.Reference(x[i]), units = f.Flushes && Math.Abs(exact) < Math.ScaleB(1, -126) && y[i] == 0 ? 0 : f.Judged(Units(exact, y[i]), x[i]);
                if (units > worst) (worst, at) = (units, x[i]);
            }
            count = 0;
        }
    }

    /// <summary>The distance in units of the last place that a float of this size has; beyond the range of float, nothing is as near as infinity.</summary>
    private static double Units(double exact, float actual)
    {
        if (double.IsNaN(exact) || float.IsNaN(actual)) return double.IsNaN(exact) == float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        const double infinity = (double)(1UL << 63) * (1UL << 63) * 4; // 2¹²⁸
        double limited = Math.Clamp(exact, -infinity, infinity), value = Math.Clamp((double)actual, -infinity, infinity);
        return Math.Abs(value - limited) / Math.ScaleB(1, Math.Max(limited == 0 ? -149 : Math.ILogB(limited) - 23, -149));
    }

    [Theory, MemberData(nameof(Functions))]
    public void Double_Sample_StaysWithinItsUnits(string name)
    {
        Function f = s_functions.Single(each => each.Name == name);
        var random = new RandomSource(1);
        List<double> x = [0, -0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.Epsilon, 1, double.MaxValue, double.BitDecrement(1), double.BitIncrement(1), 709.782712893384, 709.7827128933841, -708.3964185322641, -745.1332191019411, -745.1332191019412];
        for (int i = 0; i < 3000; i++) x.Add(BitConverter.UInt64BitsToDouble(random.NextUInt64()));
        for (int i = 0; i < 3000; i++) x.Add(random.NextUniform(-750, 750));
        for (int i = 0; i < 3000; i++) x.Add(random.NextUniform(-3, 3));
        for (int i = 0; i < 500; i++) x.Add(BitConverter.UInt64BitsToDouble(random.NextUInt64() >> 12)); // subnormal
        double[] inside = [.. x.Where(f.Covers)], y = Map(f.Double, inside);
        (double worst, double at) = (0, 0);
        for (int i = 0; i < y.Length; i++)
        {
            double exact = f.Reference(inside[i]), units = !double.IsFinite(inside[i]) || !double.IsFinite(exact) ? (exact.Equals(y[i]) ? 0 : double.PositiveInfinity)
                : f.Flushes && Math.Abs(exact) < Math.ScaleB(1, -1022) && y[i] == 0 ? 0 : f.Judged(f.Precise(inside[i]).UnitsTo(y[i]), inside[i]);
            if (units > worst) (worst, at) = (units, inside[i]);
        }
        output.WriteLine($"{name}, float64: {worst:f3} units at {at:g17}");
        Assert.True(worst <= f.DoubleUnits, $"{name} is {worst:f3} units off at {at:g17}, more than {f.DoubleUnits}");
    }

    private static T[] Map<T>(Func<Vector<T>, Vector<T>> function, T[] x) where T : unmanaged
    {
        var y = new T[x.Length];
        for (int i = 0; i < x.Length; i += Vector<T>.Count) VectorMath.Store(function(VectorMath.Load<T>(x, i)), y, i);
        return y;
    }

    [Fact]
    public void RoundArguments_GiveRoundResults()
    {
        Check<float>();
        Check<double>();

        static void Check<T>() where T : unmanaged, IFloatingPointIeee754<T>
        {
            Equal(1, VectorMath.Exp(Vector<T>.Zero));
            Equal(0, VectorMath.Log(Vector<T>.One));
            Equal(0, VectorMath.Log1P(Vector<T>.Zero));
            Equal(0, VectorMath.Tanh(Vector<T>.Zero));
            Equal(0, VectorMath.ExpM1(Vector<T>.Zero));
            Equal(0.5, VectorMath.Sigmoid(Vector<T>.Zero));
            Equal(8, VectorMath.Pow(VectorMath.Constant<T>(4), VectorMath.Constant<T>(1.5)));
            Equal(7, VectorMath.MultiplyAdd(VectorMath.Constant<T>(2), VectorMath.Constant<T>(3), Vector<T>.One));
        }

        static void Equal<T>(double expected, Vector<T> actual) where T : unmanaged, IFloatingPointIeee754<T> => Assert.Equal(VectorMath.Constant<T>(expected), actual);
    }
}
