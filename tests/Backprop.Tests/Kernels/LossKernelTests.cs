using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class LossKernelTests
{
    /// <summary>Class scores [outer, classes, inner] with what is known about them.</summary>
    private sealed class Scores<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public readonly int Outer, Classes, Inner;
        public readonly T[] X, Weights, Maximum, LogSum, Softmax, Target, Upstream;
        public readonly int[] Labels;

        public Scores(RandomSource random, int outer, int classes, int inner, bool weighted)
        {
            (Outer, Classes, Inner) = (outer, classes, inner);
            X = Numbers.Uniform<T>(random, outer * classes * inner, -4, 4);
            (Maximum, LogSum, Softmax) = (new T[outer * inner], new T[outer * inner], new T[X.Length]);
            SoftmaxKernel.Forward<T>(X, Softmax, classes, inner, Maximum, LogSum);
            Weights = weighted ? Numbers.Uniform<T>(random, classes, 0.5, 2) : [];
            Labels = [.. Enumerable.Range(0, outer * inner).Select(_ => random.Next(classes + 1) - 1)]; // some are left out
            Upstream = Numbers.Uniform<T>(random, outer * inner);
            Target = Numbers.Uniform<T>(random, X.Length, 0, 1);
            for (int i = 0; i < Target.Length; i += 3) Target[i] = T.Zero;
        }

        /// <summary>Where the score of a class at a position is.</summary>
        public int At(int position, int c) => (position / Inner * Classes + c) * Inner + position % Inner;

        public double Weight(int c) => c < 0 ? 0 : Weights.Length == 0 ? 1 : double.CreateChecked(Weights[c]);

        public double[] ByPosition(Func<int, double> value) => [.. Enumerable.Range(0, Outer * Inner).Select(value)];

        public double[] ByClass(Func<int, int, double> value)
        {
            var values = new double[X.Length];
            for (int position = 0; position < Outer * Inner; position++)
            {
                for (int c = 0; c < Classes; c++) values[At(position, c)] = value(position, c);
            }
            return values;
        }

        public override string ToString() => $"class scores [{Outer}, {Classes}, {Inner}]{(Weights.Length > 0 ? ", weighted" : "")}";
    }

    private static IEnumerable<Scores<T>> AllScores<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new RandomSource(1);
        for (int i = 0; i < 200; i++) yield return new(random, random.Next(6), Numbers.Awkward(random, 37), i % 2 == 0 ? 1 : Numbers.Awkward(random, 37), i % 3 == 0);
        foreach (int classes in Numbers.Lengths.Where(n => n > 0)) yield return new(random, 3, classes, 1, weighted: false);
    }

    [Fact]
    public void ClassLosses_AnySizes_AgreeWithTheFormulas()
    {
        foreach (Scores<float> scores in AllScores<float>()) Check(scores);
        foreach (Scores<double> scores in AllScores<double>()) Check(scores);

        static void Check<T>(Scores<T> s) where T : unmanaged, IFloatingPointIeee754<T>
        {
            (int classes, int inner, int positions) = (s.Classes, s.Inner, s.Labels.Length);
            double[] x = Numbers.Exact(s.X), softmax = Numbers.Exact(s.Softmax), target = Numbers.Exact(s.Target), upstream = Numbers.Exact(s.Upstream);
            double[] cost = s.ByClass((position, c) => double.CreateChecked(s.LogSum[position]) - (x[s.At(position, c)] - double.CreateChecked(s.Maximum[position])));
            var bench = new Workbench(s.ToString());
            Guarded<T> scores = bench.Input(s.X), maximum = bench.Input(s.Maximum), logSum = bench.Input(s.LogSum), probabilities = bench.Input(s.Softmax);
            Guarded<T> weights = bench.Input(s.Weights), shares = bench.Input(s.Target), slopes = bench.Input(s.Upstream);
            Guarded<int> labels = bench.Input(s.Labels);

            double[] total = bench.Run<double>(1, to => to[0] = ClassLossKernel.TotalWeight<T>(labels, weights));
            Assert.Equal(s.Labels.Sum(s.Weight), total[0], 1e-12 * positions);

            T[] nll = bench.Run<T>(positions, to => ClassLossKernel.Nll<T>(scores, labels, weights, to, classes, inner));
            bench.AssertClose("nll", s.ByPosition(i => s.Labels[i] < 0 ? 0 : -s.Weight(s.Labels[i]) * x[s.At(i, s.Labels[i])]), nll, roundings: 1);
            T[] nllBack = bench.Run<T>(s.X.Length, to => ClassLossKernel.NllBackward<T>(labels, weights, slopes, to, classes, inner));
            bench.AssertClose("nll back", s.ByClass((i, c) => c == s.Labels[i] ? -s.Weight(c) * upstream[i] : 0), nllBack, roundings: 1);

            T[] cross = bench.Run<T>(positions, to => ClassLossKernel.CrossEntropy<T>(scores, maximum, logSum, labels, weights, to, classes, inner));
            bench.AssertClose("cross entropy", s.ByPosition(i => s.Labels[i] < 0 ? 0 : s.Weight(s.Labels[i]) * cost[s.At(i, s.Labels[i])]), cross, roundings: 4, scale: 16);
            (T[] scale, T[] crossBack) = bench.Run<T, T>(s.Upstream, s.X.Length, (u, to) => ClassLossKernel.CrossEntropyBackward<T>(probabilities, labels, weights, u, to, classes, inner));
            bench.AssertClose("scale", s.ByPosition(i => s.Weight(s.Labels[i]) * upstream[i]), scale, roundings: 1);
            bench.AssertClose("cross entropy back", s.ByClass((i, c) => s.Weight(s.Labels[i]) * upstream[i] * (softmax[s.At(i, c)] - (c == s.Labels[i] ? 1 : 0))), crossBack, roundings: 4, scale: 2);

            double Over(int position, Func<int, double> term) => Numbers.SumOf(Enumerable.Range(0, classes).Select(c => term(s.At(position, c))));
            T[] soft = bench.Run<T>(positions, to => ClassLossKernel.SoftCrossEntropy<T>(scores, maximum, logSum, shares, to, classes, inner));
            bench.AssertClose("soft cross entropy", s.ByPosition(i => Over(i, at => target[at] * cost[at])), soft, roundings: 16, scale: classes);
            T[] softBack = bench.Run<T>(s.X.Length, to => ClassLossKernel.SoftCrossEntropyBackward<T>(probabilities, shares, slopes, to, classes, inner));
            bench.AssertClose("soft cross entropy back", s.ByClass((i, c) => upstream[i] * (softmax[s.At(i, c)] * Over(i, at => target[at]) - target[s.At(i, c)])), softBack,
                roundings: 16, scale: Math.Sqrt(classes));

            double smoothing = double.CreateChecked(T.CreateTruncating(0.1)), share = smoothing / classes;
            T[] smooth = bench.Run<T>(s.X.Length, to => ClassLossKernel.Smooth<T>(labels, weights, T.CreateTruncating(0.1), to, classes, inner));
            bench.AssertClose("smooth labels", s.ByClass((i, c) => s.Labels[i] < 0 ? 0 : s.Weight(c) * ((c == s.Labels[i] ? 1 - smoothing : 0) + share)), smooth, roundings: 4);
            T[] smoothShares = bench.Run<T>(s.X.Length, to => ClassLossKernel.Smooth<T>(shares, weights, T.CreateTruncating(0.1), to, classes, inner));
            bench.AssertClose("smooth shares", s.ByClass((i, c) => s.Weight(c) * ((1 - smoothing) * target[s.At(i, c)] + share)), smoothShares, roundings: 4);
        }
    }

    private abstract record Case(Type Loss, Func<double, double, double> Value, Func<double, double, double> InputSlope, Func<double, double, double> TargetSlope)
    {
        public abstract void Run(int length);

        protected void Check<T, TLoss>(TLoss loss, int length, double low, double high) where T : unmanaged, IFloatingPointIeee754<T> where TLoss : struct, IPointwiseLoss<T>
        {
            var random = new RandomSource(length);
            T[] x = Numbers.Uniform<T>(random, length, low, high), t = Numbers.Uniform<T>(random, length, low, high), upstream = Numbers.Uniform<T>(random, length);
            double[] xs = Numbers.Exact(x), ts = Numbers.Exact(t), us = Numbers.Exact(upstream), values = [.. xs.Zip(ts, Value)];
            var bench = new Workbench($"{Loss.Name} of {length}");
            Guarded<T> input = bench.Input(x), target = bench.Input(t), slopes = bench.Input(upstream), one = bench.Input([T.CreateChecked(0.5)]);
            var scale = T.CreateChecked(0.25);

            // Differences of numbers up to 4, then a handful of operations.
            bench.AssertClose("value", values, bench.Run<T>(length, to => PointwiseLossKernel.Values<T, TLoss>(loss, input, target, to)), roundings: 16, scale: 4);
            double[] sum = bench.Run<double>(1, to => to[0] = PointwiseLossKernel.Sum<T, TLoss>(loss, input, target));
            bench.AssertClose("sum", [Numbers.SumOf(values)], [T.CreateChecked(sum[0])], roundings: 16, scale: 4 * Math.Sqrt(length));
            foreach (bool ofTarget in new[] { false, true })
            {
                double[] slope = [.. xs.Zip(ts, ofTarget ? TargetSlope : InputSlope)];
                T[] each = bench.Run<T>(length, to => PointwiseLossKernel.Slopes<T, TLoss>(loss, ofTarget, input, target, slopes, scale, to));
                bench.AssertClose($"slopes, of the target {ofTarget}", [.. slope.Zip(us, (s, u) => s * u * 0.25)], each, roundings: 16, scale: 4);
                if (length == 1) continue; // as many upstream as elements
                T[] single = bench.Run<T>(length, to => PointwiseLossKernel.Slopes<T, TLoss>(loss, ofTarget, input, target, one, scale, to));
                bench.AssertClose($"slopes under one, of the target {ofTarget}", [.. slope.Select(s => s * 0.125)], single, roundings: 16, scale: 4);
            }
        }
    }

    private sealed record Case<TSingle, TDouble>(TSingle Single, TDouble Double, Func<double, double, double> Value, Func<double, double, double> InputSlope,
        Func<double, double, double> TargetSlope, double Low = -4, double High = 4) : Case(typeof(TSingle), Value, InputSlope, TargetSlope)
        where TSingle : struct, IPointwiseLoss<float> where TDouble : struct, IPointwiseLoss<double>
    {
        public override void Run(int length)
        {
            Check<float, TSingle>(Single, length, Low, High);
            Check<double, TDouble>(Double, length, Low, High);
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static readonly Case[] s_cases =
    [
        new Case<SquaredError<float>, SquaredError<double>>(new(), new(), (x, t) => (x - t) * (x - t), (x, t) => 2 * (x - t), (x, t) => 2 * (t - x)),
        new Case<AbsoluteError<float>, AbsoluteError<double>>(new(), new(), (x, t) => Math.Abs(x - t), (x, t) => Math.Sign(x - t), (x, t) => Math.Sign(t - x)),
        new Case<SmoothAbsoluteError<float>, SmoothAbsoluteError<double>>(new(2), new(2), (x, t) => Math.Abs(x - t) is var d && d < 2 ? d * d / 4 : d - 1,
            (x, t) => Math.Clamp((x - t) / 2, -1, 1), (x, t) => Math.Clamp((t - x) / 2, -1, 1)),
        new Case<HuberError<float>, HuberError<double>>(new(2), new(2), (x, t) => Math.Abs(x - t) is var d && d < 2 ? d * d / 2 : 2 * (d - 1),
            (x, t) => Math.Clamp(x - t, -2, 2), (x, t) => Math.Clamp(t - x, -2, 2)),
        new Case<BinaryCrossEntropy<float>, BinaryCrossEntropy<double>>(new(), new(), (x, t) => -t * Math.Log(x) - (1 - t) * Math.Log(1 - x),
            (x, t) => (x - t) / (x * (1 - x)), (x, t) => Math.Log(1 - x) - Math.Log(x), 0.05, 0.95),
        new Case<BinaryCrossEntropyOfLogits<float>, BinaryCrossEntropyOfLogits<double>>(new(), new(), (x, t) => Math.Log(1 + Math.Exp(x)) - x * t, (x, t) => Sigmoid(x) - t, (x, _) => -x),
        new Case<Divergence<float>, Divergence<double>>(new(), new(), (x, t) => t > 0 ? t * (Math.Log(t) - x) : 0, (_, t) => t > 0 ? -t : 0, (x, t) => t > 0 ? Math.Log(t) + 1 - x : 0),
        new Case<DivergenceOfLogs<float>, DivergenceOfLogs<double>>(new(), new(), (x, t) => Math.Exp(t) * (t - x), (_, t) => -Math.Exp(t), (x, t) => Math.Exp(t) * (t - x + 1), -4, 2),
    ];

    public static TheoryData<string> Losses => [.. s_cases.Select(each => each.Loss.Name)];

    [Theory, MemberData(nameof(Losses))]
    public void PointwiseLoss_AnyLength_AgreesWithItsFormula(string loss)
    {
        Case tested = s_cases.Single(each => each.Loss.Name == loss);
        foreach (int length in Numbers.Lengths.Concat([5003])) tested.Run(length);
    }

    [Fact]
    public void EveryPointwiseLoss_IsTested() => Assert.Equal(AllRules.Implementing(typeof(IPointwiseLoss<>)), s_cases.Select(each => each.Loss.Name).Order());
}
