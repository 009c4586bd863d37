using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class BinaryKernelTests
{
    /// <summary>Two shapes that fit: the shape of the result, and where each of its elements is in both operands.</summary>
    private sealed record Pair(int[] A, int[] B)
    {
        private readonly int _rank = Math.Max(A.Length, B.Length);

        private int Axis(int[] shape, int axis) => axis < _rank - shape.Length ? 1 : shape[axis - (_rank - shape.Length)];

        public int LengthA => A.Aggregate(1, (a, b) => a * b);
        public int LengthB => B.Aggregate(1, (a, b) => a * b);

        public (int[] OfA, int[] OfB) Places()
        {
            int[] lengths = [.. Enumerable.Range(0, _rank).Select(axis => Axis(A, axis) == 1 ? Axis(B, axis) : Axis(A, axis))];
            int count = lengths.Aggregate(1, (a, b) => a * b);
            int[] ofA = new int[count], ofB = new int[count], index = new int[_rank];
            for (int i = 0; i < count; i++)
            {
                for (int axis = _rank - 1, rest = i; axis >= 0; axis--) (rest, index[axis]) = Math.DivRem(rest, lengths[axis]);
                for (int axis = 0; axis < _rank; axis++)
                {
                    ofA[i] = ofA[i] * Axis(A, axis) + (Axis(A, axis) == 1 ? 0 : index[axis]);
                    ofB[i] = ofB[i] * Axis(B, axis) + (Axis(B, axis) == 1 ? 0 : index[axis]);
                }
            }
            return (ofA, ofB);
        }

        public override string ToString() => $"[{string.Join(", ", A)}] and [{string.Join(", ", B)}]";
    }

    /// <summary>Every plan: one row, short rows under one, an operand that stands still along rows, several axes; in one piece and in many.</summary>
    private static readonly Pair[] s_pairs =
    [
        .. Numbers.Lengths.Select(n => new Pair([n], [n])),
        .. Numbers.Lengths.Select(n => new Pair([n], [])),
        .. Numbers.Lengths.Where(n => n <= 67).Select(n => new Pair([n], [11, n])), // short rows
        .. Numbers.Lengths.Where(n => n <= 67).Select(n => new Pair([11, n], [11, 1])),
        new([], []), new([3, 0], [1, 0]), new([0, 4], [1, 4]), new([1, 1, 1], [1]),
        new([66_001], [66_001]), new([], [66_001]), new([1100, 61], [61]), new([260, 257], [257]), new([257], [260, 257]), new([260, 257], [260, 1]), new([3, 25_001], [3, 1]),
    ];

    private static Pair Random(RandomSource random)
    {
        int rank = random.Next(5);
        int[] a = new int[rank], b = new int[rank];
        for (int axis = 0; axis < rank; axis++)
        {
            int length = axis == rank - 1 ? Numbers.Awkward(random, 67) : 1 + random.Next(5), choice = random.Next(4);
            (a[axis], b[axis]) = (choice == 0 ? 1 : length, choice == 1 ? 1 : length);
        }
        int missing = random.Next(rank + 1);
        return random.Next(3) switch { 0 => new(a[missing..], b), 1 => new(a, b[missing..]), _ => new(a, b) };
    }

    private abstract record Case(Type Rule)
    {
        public abstract void Run<T>(Pair pair, long seed) where T : unmanaged, IFloatingPointIeee754<T>;

        public abstract void RunSpecial<T>() where T : unmanaged, IFloatingPointIeee754<T>;
    }

    private sealed record Case<TRule>(Func<double, double, double> Function, Func<double, double, double> DerivativeA, Func<double, double, double> DerivativeB)
        : Case(typeof(TRule)) where TRule : struct, IBinaryRule
    {
        public override void Run<T>(Pair pair, long seed)
        {
            (int[] ofA, int[] ofB) = pair.Places();
            var random = new RandomSource(seed);
            T[] a = Quarters<T>(random, pair.LengthA), b = Quarters<T>(random, pair.LengthB), dc = Numbers.Uniform<T>(random, ofA.Length);
            var bench = new Workbench($"{typeof(TRule).Name} of {pair}");
            Guarded<T> left = bench.Input(a), right = bench.Input(b), slopes = bench.Input(dc);
            var plan = new BroadcastPlan(pair.A, pair.B);
            double[] xs = [.. ofA.Select(i => double.CreateChecked(a[i]))], ys = [.. ofB.Select(i => double.CreateChecked(b[i]))], upstream = Numbers.Exact(dc);

            // Four roundings: no rule has more operations; a power is one.
            bench.AssertClose("c", [.. xs.Zip(ys, Function)], bench.Run<T>(ofA.Length, to => BinaryKernel.Value<TRule, T>(left, right, to, plan)), roundings: 4);
            T[] partA = bench.Run<T>(ofA.Length, to => BinaryKernel.SlopeA<TRule, T>(Read(TRule.SlopeAReads, Reads.A, left), Read(TRule.SlopeAReads, Reads.B, right), slopes, to, plan));
            bench.AssertClose("the part of a", [.. xs.Zip(ys, DerivativeA).Zip(upstream, (d, g) => d * g)], partA, roundings: 4);
            T[] partB = bench.Run<T>(ofA.Length, to => BinaryKernel.SlopeB<TRule, T>(Read(TRule.SlopeBReads, Reads.A, left), Read(TRule.SlopeBReads, Reads.B, right), slopes, to, plan));
            bench.AssertClose("the part of b", [.. xs.Zip(ys, DerivativeB).Zip(upstream, (d, g) => d * g)], partB, roundings: 4);
        }

        public override void RunSpecial<T>()
        {
            T smallest = T.BitIncrement(T.Zero), largest = T.BitDecrement(T.PositiveInfinity);
            T[] numbers = [T.NaN, T.PositiveInfinity, T.NegativeInfinity, T.Zero, T.NegativeZero, T.One, T.NegativeOne, largest, -largest, smallest, -smallest];
            T[] a = [.. numbers.SelectMany(_ => numbers)], b = [.. numbers.SelectMany(number => numbers.Select(_ => number))];
            var bench = new Workbench($"{typeof(TRule).Name} of special numbers");
            Guarded<T> left = bench.Input(a), right = bench.Input(b);
            var plan = new BroadcastPlan([a.Length], [a.Length]);
            double[] exact = [.. Numbers.Exact(a).Zip(Numbers.Exact(b), (x, y) => double.CreateChecked(T.CreateTruncating(Function(x, y))))]; // what is too large for T is infinite
            bench.AssertClose("c", exact, bench.Run<T>(a.Length, to => BinaryKernel.Value<TRule, T>(left, right, to, plan)), roundings: 0);
        }

        private static ReadOnlySpan<T> Read<T>(Reads reads, Reads operand, Guarded<T> values) where T : unmanaged => reads.HasFlag(operand) ? values : default(ReadOnlySpan<T>);

        /// <summary>0.25, 0.5, … 4: exact in both precisions, often equal, and no power of them overflows.</summary>
        private static T[] Quarters<T>(RandomSource random, int count) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var values = new T[count];
            for (int i = 0; i < count; i++) values[i] = T.CreateChecked(0.25 * (1 + random.Next(16)));
            return values;
        }
    }

    private static double Half(double winner, double loser) => winner > loser ? 1 : winner == loser ? 0.5 : 0;

    private static readonly Case[] s_cases =
    [
        new Case<AddRule>((a, b) => a + b, (_, _) => 1, (_, _) => 1),
        new Case<SubtractRule>((a, b) => a - b, (_, _) => 1, (_, _) => -1),
        new Case<MultiplyRule>((a, b) => a * b, (_, b) => b, (a, _) => a),
        new Case<DivideRule>((a, b) => a / b, (_, b) => 1 / b, (a, b) => -a / (b * b)),
        new Case<MaximumRule>(Math.Max, Half, (a, b) => Half(b, a)),
        new Case<MinimumRule>(Math.Min, (a, b) => Half(b, a), Half),
        new Case<EqualRule>((a, b) => a.Equals(b) || a == b ? 1 : 0, (_, _) => 0, (_, _) => 0),
        new Case<PowRule>(Math.Pow, (a, b) => b * Math.Pow(a, b - 1), (a, b) => Math.Pow(a, b) * Math.Log(a)),
    ];

    public static TheoryData<string> Rules => [.. s_cases.Select(each => each.Rule.Name)];

    [Theory, MemberData(nameof(Rules))]
    public void Rule_AnyBroadcastAndThreads_AgreesWithItsFormula(string rule)
    {
        Case each = s_cases.Single(each => each.Rule.Name == rule);
        var random = new RandomSource(1);
        for (int i = 0; i < 100; i++)
        {
            each.Run<float>(Random(random), i);
            each.Run<double>(Random(random), i);
        }
        foreach (Pair pair in s_pairs)
        {
            each.Run<float>(pair, 2);
            if (rule == nameof(DivideRule)) each.Run<double>(pair, 2); // reads all, so that all loops are seen in both precisions
        }
    }

    /// <summary>NaN, infinities, zeros of both signs, and the largest and the smallest numbers, subnormal ones: the same on every path.</summary>
    [Theory, MemberData(nameof(Rules))]
    public void Rule_SpecialNumbers_AgreesWithItsFormula(string rule)
    {
        Case each = s_cases.Single(each => each.Rule.Name == rule);
        each.RunSpecial<float>();
        each.RunSpecial<double>();
    }

    [Fact]
    public void EveryBinaryRule_IsTested() => Assert.Equal(AllRules.Implementing(typeof(IBinaryRule)), s_cases.Select(each => each.Rule.Name).Order());

    [Fact]
    public void Repeat_AnyBroadcast_CopiesWhatStandsStill()
    {
        var random = new RandomSource(3);
        foreach (Pair pair in s_pairs.Concat(Enumerable.Range(0, 100).Select(_ => Random(random))))
        {
            (int[] ofC, int[] ofB) = pair.Places();
            if (ofC.Length != pair.LengthA) continue; // c has to have the shape of the first operand
            float[] b = Numbers.Uniform<float>(random, pair.LengthB);
            var bench = new Workbench($"Repeat to {pair}");
            Guarded<float> from = bench.Input(b);
            var plan = new BroadcastPlan(pair.A, pair.B);
            Assert.Equal(ofB.Select(i => b[i]), bench.Run<float>(ofC.Length, to => BinaryKernel.Repeat<float>(from, to, plan)));
        }
    }
}
