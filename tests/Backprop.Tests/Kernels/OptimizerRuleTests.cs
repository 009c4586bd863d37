using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>One step of every optimizer's rule, element by element, as the formula says.</summary>
[Collection("Threads")]
public sealed class OptimizerRuleTests
{
    private delegate (double P, double A, double B, double C) Step(double p, double g, double a, double b, double c);

    private abstract record Case(Type Rule, int States, Step Step)
    {
        public abstract void Run(int length);

        protected void Check<T, TRule>(TRule rule, int length) where T : unmanaged, IFloatingPointIeee754<T> where TRule : struct, IUpdateRule<T>
        {
            var random = new RandomSource(length);
            T[] p = Numbers.Uniform<T>(random, length), g = Numbers.Uniform<T>(random, length);
            T[][] states = [.. Enumerable.Range(0, 3).Select(i => i < States ? Numbers.Uniform<T>(random, length, i < 2 ? 0.5 : 0.3, i < 2 ? 1 : 0.6) : [])]; // no variance is negative
            var bench = new Workbench($"{Rule.Name} of {length}");
            Guarded<T> gradient = bench.Input(g);
            double Of(int state, int i) => state < States ? double.CreateChecked(states[state][i]) : 0;
            var expected = new (double P, double A, double B, double C)[length];
            for (int i = 0; i < length; i++) expected[i] = Step(double.CreateChecked(p[i]), double.CreateChecked(g[i]), Of(0, i), Of(1, i), Of(2, i));

            for (int looked = 0; looked < 3; looked++) // a bench takes three outputs: the parameter and two of the states, the others being copied
            {
                (int first, int second) = (looked, (looked + 1) % 3);
                (T[] moved, T[] one, T[] two) = bench.Run<T, T, T>(p, states[first], states[second], (to, a, b) =>
                {
                    Span<T> rest = [.. states[3 - first - second]];
                    UpdateKernel.Run(rule, to, gradient, looked switch { 0 => a, 1 => rest, _ => b }, looked switch { 0 => b, 1 => a, _ => rest }, looked switch { 0 => rest, 1 => b, _ => a });
                });
                bench.AssertClose("parameter", Array.ConvertAll(expected, e => e.P), moved, roundings: 16, scale: 1);
                AssertState(first, one);
                AssertState(second, two);
            }

            void AssertState(int state, T[] after)
            {
                if (state < States) bench.AssertClose($"state {state}", Array.ConvertAll(expected, e => state switch { 0 => e.A, 1 => e.B, _ => e.C }), after, roundings: 8, scale: 1);
                else Assert.Empty(after);
            }
        }
    }

    private sealed record Case<TSingle, TDouble>(int States, TSingle Single, TDouble Double, Step Step) : Case(typeof(TSingle), States, Step)
        where TSingle : struct, IUpdateRule<float> where TDouble : struct, IUpdateRule<double>
    {
        public override void Run(int length)
        {
            Check<float, TSingle>(Single, length);
            Check<double, TDouble>(Double, length);
        }
    }

    private const double Eps = 1e-3;

    private static readonly Case[] s_cases =
    [
        new Case<SgdRule<float>, SgdRule<double>>(0, new(0.1, 0, 1, 0, false), new(0.1, 0, 1, 0, false), (p, g, _, _, _) => (p - 0.1 * g, 0, 0, 0)),
        new Case<SgdRule<float>, SgdRule<double>>(1, new(0.1, 0.9, 0.75, 0.01, true), new(0.1, 0.9, 0.75, 0.01, true),
            (p, g, a, _, _) => (g + 0.01 * p) is var h && (0.9 * a + 0.75 * h) is var v ? (p - 0.1 * (h + 0.9 * v), v, 0, 0) : default),
        new Case<AdagradRule<float>, AdagradRule<double>>(1, new(0.1, Eps, 0.01), new(0.1, Eps, 0.01),
            (p, g, a, _, _) => (g + 0.01 * p) is var h && (a + h * h) is var s ? (p - 0.1 * h / (Math.Sqrt(s) + Eps), s, 0, 0) : default),
        new Case<RmsPropRule<float>, RmsPropRule<double>>(3, new(0.1, 0.9, Eps, 0.5, true, 0.01), new(0.1, 0.9, Eps, 0.5, true, 0.01), (p, g, a, b, c) =>
        {
            double h = g + 0.01 * p, square = 0.9 * a + 0.1 * h * h, average = 0.9 * c + 0.1 * h, buffer = 0.5 * b + h / (Math.Sqrt(square - average * average) + Eps);
            return (p - 0.1 * buffer, square, buffer, average);
        }),
        new Case<RmsPropRule<float>, RmsPropRule<double>>(1, new(0.1, 0.9, Eps, 0, false, 0.01), new(0.1, 0.9, Eps, 0, false, 0.01),
            (p, g, a, _, _) => (g + 0.01 * p) is var h && (0.9 * a + 0.1 * h * h) is var s ? (p - 0.1 * h / (Math.Sqrt(s) + Eps), s, 0, 0) : default),
        new Case<AdadeltaRule<float>, AdadeltaRule<double>>(2, new(0.5, 0.9, Eps, 0.01), new(0.5, 0.9, Eps, 0.01), (p, g, a, b, _) =>
        {
            double h = g + 0.01 * p, square = 0.9 * a + 0.1 * h * h, delta = Math.Sqrt(b + Eps) / Math.Sqrt(square + Eps) * h;
            return (p - 0.5 * delta, square, 0.9 * b + 0.1 * delta * delta, 0);
        }),
        new Case<AdamRule<float>, AdamRule<double>>(3, new(new(0.9, 0.99), 0.1, 1.5, Eps, 0.01, 0.98), new(new(0.9, 0.99), 0.1, 1.5, Eps, 0.01, 0.98), (p, g, a, b, c) =>
        {
            double h = g + 0.01 * p, mean = 0.9 * a + 0.1 * h, square = 0.99 * b + 0.01 * h * h, largest = Math.Max(c, square);
            return (0.98 * p - 0.1 * mean / (1.5 * Math.Sqrt(largest) + Eps), mean, square, largest);
        }),
        new Case<NAdamRule<float>, NAdamRule<double>>(2, new(new(0.9, 0.99), 0.1, 0.2, 1.5, Eps, 0.01), new(new(0.9, 0.99), 0.1, 0.2, 1.5, Eps, 0.01), (p, g, a, b, _) =>
        {
            double h = g + 0.01 * p, mean = 0.9 * a + 0.1 * h, square = 0.99 * b + 0.01 * h * h;
            return (p - (0.1 * mean + 0.2 * h) / (1.5 * Math.Sqrt(square) + Eps), mean, square, 0);
        }),
        new Case<RAdamRule<float>, RAdamRule<double>>(2, new(new(0.9, 0.99), 0.1, true, Eps, 0.01), new(new(0.9, 0.99), 0.1, true, Eps, 0.01), (p, g, a, b, _) =>
        {
            double h = g + 0.01 * p, mean = 0.9 * a + 0.1 * h, square = 0.99 * b + 0.01 * h * h;
            return (p - 0.1 * mean / (Math.Sqrt(square) + Eps), mean, square, 0);
        }),
    ];

    public static TheoryData<string> Rules => [.. s_cases.Select(each => each.Rule.Name).Distinct()];

    [Theory, MemberData(nameof(Rules))]
    public void Rule_AnyLengthAndThreads_AgreesWithItsFormula(string rule)
    {
        foreach (Case each in s_cases.Where(each => each.Rule.Name == rule))
        {
            foreach (int length in Numbers.Lengths.Concat([33_001])) each.Run(length);
        }
    }

    [Fact]
    public void EveryUpdateRule_IsTested() =>
        Assert.Equal(AllRules.Implementing(typeof(IUpdateRule<>)), s_cases.Select(each => each.Rule.Name).Distinct().Order());
}
