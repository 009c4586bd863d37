using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class ReduceKernelTests
{
    private static int Product(IEnumerable<int> lengths) => lengths.Aggregate(1, (a, b) => a * b);

    /// <summary>For each element of a dense array, which element of the array of the axes that stay it is reduced to.</summary>
    private static int[] Places(int[] lengths, bool[] reduced)
    {
        var places = new int[Product(lengths)];
        for (int i = 0; i < places.Length; i++)
        {
            for (int axis = lengths.Length - 1, rest = i, stride = 1; axis >= 0; axis--)
            {
                (rest, int index) = Math.DivRem(rest, lengths[axis]);
                if (reduced[axis]) continue;
                places[i] += index * stride;
                stride *= lengths[axis];
            }
        }
        return places;
    }

    /// <summary>Every way of running through memory: rows, columns, narrow columns, strips of columns, axes apart; in one unit, in many, in several segments.</summary>
    private static readonly (int[] Lengths, bool[] Reduced)[] s_shapes =
    [
        .. Numbers.Lengths.Select(n => (new[] { n }, new[] { true })),
        .. Numbers.Lengths.Select(n => (new[] { n, 5 }, new[] { true, false })),
        .. Numbers.Lengths.Select(n => (new[] { 37, n }, new[] { true, false })),
        .. Numbers.Lengths.Select(n => (new[] { 3, n }, new[] { false, true })),
        ([], []), ([7], [false]), ([3, 0, 2], [false, true, false]), ([0, 3], [false, true]), ([0, 3], [true, false]),
        ([70_001], [true]), ([2, 40_001], [false, true]), ([70_001, 3], [true, false]), ([40, 2049], [true, false]), ([9000, 8], [true, false]), ([5, 700, 31], [true, false, true]),
        ([300, 17, 13], [false, true, false]), ([40_000, 2], [false, true]),
    ];

    private static IEnumerable<(int[] Lengths, bool[] Reduced)> Shapes()
    {
        var random = new RandomSource(5);
        for (int i = 0; i < 200; i++)
        {
            int rank = 1 + random.Next(5);
            int[] lengths = new int[rank];
            bool[] reduced = new bool[rank];
            for (int axis = 0; axis < rank; axis++) (lengths[axis], reduced[axis]) = (Numbers.Awkward(random, rank < 3 ? 131 : 17), random.Next(2) == 0);
            yield return (lengths, reduced);
        }
        foreach ((int[] Lengths, bool[] Reduced) shape in s_shapes) yield return shape;
    }

    [Fact]
    public void Sum_AnyAxesAndThreads_AgreesWithOneAddition_AfterTheOther()
    {
        foreach ((int[] lengths, bool[] reduced) in Shapes())
        {
            Check<float>(lengths, reduced);
            Check<double>(lengths, reduced);
        }

        static void Check<T>(int[] lengths, bool[] reduced) where T : unmanaged, IFloatingPointIeee754<T>
        {
            int[] places = Places(lengths, reduced);
            T[] x = Numbers.Uniform<T>(new RandomSource(places.Length), places.Length);
            var sums = new Numbers.Sum[Product(lengths.Where((_, axis) => !reduced[axis]))];
            for (int i = 0; i < x.Length; i++) sums[places[i]].Add(double.CreateChecked(x[i]));
            var bench = new Workbench($"the sum of [{string.Join(", ", lengths)}] over {string.Join(", ", reduced)}");
            Guarded<T> from = bench.Input(x);
            T[] y = bench.Run<T>(sums.Length, to => ReduceKernel.Run<SumRule, T>(from, lengths, reduced, to));
            // A sum of n numbers below 1 grows as √n, and is put together in some log₂ n levels and blocks of eight additions.
            bench.AssertClose("sum", Array.ConvertAll(sums, sum => sum.Value), y, roundings: 16, scale: Math.Sqrt((double)x.Length / Math.Max(1, sums.Length)));
        }
    }

    [Fact]
    public void Extremes_AnyAxesAndThreads_AreTheLargestAndTheSmallest()
    {
        foreach ((int[] lengths, bool[] reduced) in Shapes())
        {
            Check<MaxRule, float>(lengths, reduced, Math.Max, double.NegativeInfinity, withNaN: false);
            Check<MaxRule, double>(lengths, reduced, Math.Max, double.NegativeInfinity, withNaN: true);
            Check<MinRule, float>(lengths, reduced, Math.Min, double.PositiveInfinity, withNaN: true);
            Check<MinRule, double>(lengths, reduced, Math.Min, double.PositiveInfinity, withNaN: false);
        }

        static void Check<TRule, T>(int[] lengths, bool[] reduced, Func<double, double, double> choose, double ofNothing, bool withNaN)
            where TRule : struct, IReduceRule where T : unmanaged, IFloatingPointIeee754<T>
        {
            int[] places = Places(lengths, reduced);
            T[] x = Numbers.WithTies<T>(new RandomSource(places.Length), places.Length, withNaN);
            var extremes = new double[Product(lengths.Where((_, axis) => !reduced[axis]))];
            Array.Fill(extremes, ofNothing);
            for (int i = 0; i < x.Length; i++) extremes[places[i]] = choose(extremes[places[i]], double.CreateChecked(x[i]));
            var bench = new Workbench($"{typeof(TRule).Name} of [{string.Join(", ", lengths)}] over {string.Join(", ", reduced)}");
            Guarded<T> from = bench.Input(x);
            bench.AssertClose("extreme", extremes, bench.Run<T>(extremes.Length, to => ReduceKernel.Run<TRule, T>(from, lengths, reduced, to)), roundings: 0);
        }
    }

    [Fact]
    public void EveryReduceRule_IsTested() => Assert.Equal([nameof(MaxRule), nameof(MinRule), nameof(SumRule)], AllRules.Implementing(typeof(IReduceRule)));

    [Fact]
    public void Sum_AlongOneAxis_AgreesWithTheGeneralForm()
    {
        var random = new RandomSource(8);
        for (int i = 0; i < 200; i++)
        {
            (int outer, int length, int inner) = (1 + random.Next(4), Numbers.Awkward(random, 257), Numbers.Awkward(random, 37));
            float[] x = Numbers.Uniform<float>(random, outer * length * inner);
            var bench = new Workbench($"the sum along [{outer}, {length}, {inner}]");
            Guarded<float> from = bench.Input(x);
            Assert.Equal(bench.Run<float>(outer * inner, to => ReduceKernel.Run<SumRule, float>(from, [outer, length, inner], [false, true, false], to)),
                bench.Run<float>(outer * inner, to => ReduceKernel.Run<SumRule, float>(from, outer, length, inner, to)));
        }
    }

    [Fact]
    public void Elements_AnyLength_AreReducedAsAWholeAxisIs()
    {
        foreach (int length in Numbers.Lengths.Append(70_001))
        {
            Check<SumRule, float>(length);
            Check<SumRule, double>(length);
            Check<MaxRule, float>(length);
            Check<MinRule, double>(length);
        }

        static void Check<TRule, T>(int length) where TRule : struct, IReduceRule where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers.Uniform<T>(new RandomSource(length), length);
            var bench = new Workbench($"{typeof(TRule).Name} of {length}");
            Guarded<T> from = bench.Input(x);
            T[] whole = bench.Run<T>(1, to => to[0] = ReduceKernel.Elements<TRule, T>(from));
            double[] expected = typeof(TRule) == typeof(SumRule) ? [Numbers.SumOf(x.Select(double.CreateChecked))]
                : typeof(TRule) == typeof(MaxRule) ? [x.Select(double.CreateChecked).DefaultIfEmpty(double.NegativeInfinity).Max()]
                : [x.Select(double.CreateChecked).DefaultIfEmpty(double.PositiveInfinity).Min()];
            bench.AssertClose("elements", expected, whole, roundings: typeof(TRule) == typeof(SumRule) ? 16 : 0, scale: Math.Sqrt(Math.Max(1, length)));
        }
    }

    [Fact]
    public void Find_AnySizes_IsTheFirstOfTheMostExtreme_AndScatterGoesBackThere()
    {
        var random = new RandomSource(7);
        for (int i = 0; i < 300; i++)
        {
            (int outer, int length, int inner) = (random.Next(4), Numbers.Awkward(random, 67), i % 3 == 0 ? 1 : Numbers.Awkward(random, 37));
            Check<MaxRule, float>(Numbers.WithTies<float>(random, outer * length * inner, i % 4 == 0), outer, length, inner, sign: 1);
            Check<MinRule, float>(Numbers.WithTies<float>(random, outer * length * inner, i % 4 == 0), outer, length, inner, sign: -1);
            Check<MaxRule, double>(Numbers.WithTies<double>(random, outer * length * inner, i % 4 == 0), outer, length, inner, sign: 1);
            Check<MinRule, double>(Numbers.WithTies<double>(random, outer * length * inner, i % 4 == 0), outer, length, inner, sign: -1);
            Check<MaxRule, int>(Array.ConvertAll(Numbers.Uniform<float>(random, outer * length * inner, -5, 5), x => (int)x), outer, length, inner, sign: 1);
            Check<MaxRule, long>(Array.ConvertAll(Numbers.Uniform<float>(random, outer * length * inner, -5, 5), x => (long)x), outer, length, inner, sign: 1);
        }

        static void Check<TRule, T>(T[] x, int outer, int length, int inner, int sign) where TRule : struct, IExtremumRule where T : unmanaged, INumber<T>
        {
            var places = new int[outer * inner];
            for (int o = 0; o < outer; o++)
            {
                for (int i = 0; i < inner; i++)
                {
                    T Element(int place) => x[(o * length + place) * inner + i];
                    int best = 0;
                    for (int place = 1; place < length && !T.IsNaN(Element(best)); place++)
                    {
                        if (T.IsNaN(Element(place)) || (sign > 0 ? Element(place) > Element(best) : Element(place) < Element(best))) best = place;
                    }
                    places[o * inner + i] = best;
                }
            }
            var bench = new Workbench($"{typeof(TRule).Name} of {typeof(T).Name} along [{outer}, {length}, {inner}]");
            Guarded<T> from = bench.Input(x);
            (int[] found, T[] values) = bench.Run<int, T>(places.Length, places.Length, (p, v) => ExtremumKernel.Find<TRule, T>(from, outer, length, inner, p, v));
            Assert.Equal(places, found);
            Assert.Equal(places.Select((place, at) => x[(at / inner * length + place) * inner + at % inner]), values);

            var dx = new T[x.Length];
            for (int at = 0; at < places.Length; at++) dx[(at / inner * length + places[at]) * inner + at % inner] = values[at];
            Guarded<T> dy = bench.Input(values);
            Guarded<int> back = bench.Input(found);
            Assert.Equal(dx, bench.Run<T>(x.Length, to => ExtremumKernel.Scatter<T>(dy, back, to, length, inner)));
        }
    }

    [Fact]
    public void Norms_AnyLength_AgreeWithTheirFormulas()
    {
        foreach (int length in Numbers.Lengths.Concat([8191, 8192, 8193, 70_001, 2_200_001]))
        {
            Check<float>(length);
            Check<double>(length);
        }

        static void Check<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers.Uniform<T>(new RandomSource(length), length);
            double[] exact = Numbers.Exact(x);
            var bench = new Workbench($"norms of {length} numbers");
            Guarded<T> from = bench.Input(x);
            double[] norms = bench.Run<double>(2, to => (to[0], to[1]) = (NormKernel.SumOfSquares<T>(from), NormKernel.MaxMagnitude<T>(from)));
            double rounding = double.CreateChecked(T.BitIncrement(T.One) - T.One), squares = Numbers.SumOf(exact.Select(value => value * value));
            Assert.Equal(squares, norms[0], squares * rounding * 64); // blocks of 8192 in some vectors: the errors of hundreds of additions, of both signs
            Assert.Equal(exact.Select(Math.Abs).DefaultIfEmpty().Max(), norms[1]);
        }
    }

    [Fact]
    public void Norms_NotANumber_IsNotLost()
    {
        for (int place = 0; place < 70; place++)
        {
            var x = new float[70];
            x[place] = float.NaN;
            Assert.Equal((double.NaN, double.NaN), (NormKernel.SumOfSquares<float>(x), NormKernel.MaxMagnitude<float>(x)));
        }
    }

    [Fact]
    public void BlockSum_AnyLength_AgreesWithOneAdditionAfterTheOther()
    {
        foreach (int length in Numbers.Lengths.Concat([1023, 1024, 1025, 2047, 70_001]))
        {
            float[] x = Numbers.Uniform<float>(new RandomSource(length), length);
            var bench = new Workbench($"the block sum of {length} numbers");
            Guarded<float> from = bench.Input(x);
            double[] sum = bench.Run<double>(1, to => to[0] = BlockSum.Of<float>(from));
            Assert.Equal(Numbers.SumOf(Numbers.Exact(x)), sum[0], 16 * Math.ScaleB(1, -23) * Math.Sqrt(length));
        }
    }
}
