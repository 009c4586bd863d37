using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class UnaryKernelTests
{
    private abstract record Case(Type Rule)
    {
        public abstract void Run();
    }

    /// <summary>A rule, the function and the derivative it stands for, and where to look at them.</summary>
    private sealed record Case<TRule>(TRule Attributes, Func<double, double> Function, Func<double, double> Derivative, double Low = -4, double High = 4)
        : Case(typeof(TRule)) where TRule : struct, IUnaryRule
    {
        public override void Run()
        {
            foreach (int length in Numbers.Lengths)
            {
                Run<float>(length);
                Run<double>(length);
            }
            Run<float>(66_001); // in pieces
        }

        private void Run<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var random = new RandomSource(length);
            T[] x = Numbers.Uniform<T>(random, length, Low, High), dy = Numbers.Uniform<T>(random, length);
            var bench = new Workbench($"{Attributes} of {length} elements");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy);
            T[] y = bench.Run<T>(length, to => UnaryKernel.Value<TRule, T>(Attributes, from, to));
            Guarded<T> saved = bench.Input(Attributes.Saves switch { Saves.Input => x, Saves.Output => y, _ => [] });
            T[] dx = bench.Run<T>(length, to => UnaryKernel.Slope<TRule, T>(Attributes, saved, slopes, to));
            Assert.Equal(dx, bench.Run<T>(dy, inPlace => UnaryKernel.Slope<TRule, T>(Attributes, saved, inPlace, inPlace)));

            // Sixteen roundings: the longest rule has about as many operations, some of whose errors a steep slope enlarges, and so has the formula in double.
            double[] exact = Numbers.Exact(x), upstream = Numbers.Exact(dy);
            bench.AssertClose("y", Array.ConvertAll(exact, value => Function(value)), y, roundings: 16, scale: 1);
            bench.AssertClose("dx", [.. exact.Select((value, i) => upstream[i] * Derivative(value))], dx, roundings: 16, i => Math.Max(1, Math.Abs(Derivative(exact[i]))));
        }
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    private static double TanhGate(double x) => Sigmoid(2 * Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x));

    private static Case<PowNumberRule> Pow(double p) => new(new(p), x => Math.Pow(x, p), x => p == 0 ? 0 : p * Math.Pow(x, p - 1), 0.25, 3);

    private static readonly Case[] s_cases =
    [
        new Case<AddNumberRule>(new(1.5), x => x + 1.5, _ => 1),
        new Case<SubtractFromNumberRule>(new(1.5), x => 1.5 - x, _ => -1),
        new Case<NegateRule>(new(), x => -x, _ => -1),
        new Case<MultiplyByNumberRule>(new(-2.5), x => -2.5 * x, _ => -2.5),
        new Case<DivideByNumberRule>(new(3), x => x / 3, _ => 1.0 / 3),
        new Case<DivideNumberRule>(new(2.5), x => 2.5 / x, x => -2.5 / (x * x), 0.5),
        Pow(0), Pow(1), Pow(2), Pow(3), Pow(0.5), Pow(-0.5), Pow(-1), Pow(-2), Pow(2.5),
        new Case<ExpRule>(new(), Math.Exp, Math.Exp),
        new Case<LogRule>(new(), Math.Log, x => 1 / x, 0.1),
        new Case<SqrtRule>(new(), Math.Sqrt, x => 0.5 / Math.Sqrt(x), 0.1),
        new Case<AbsRule>(new(), Math.Abs, x => Math.Sign(x)),
        new Case<ClampRule>(new(-1, 2), x => Math.Clamp(x, -1, 2), x => x is >= -1 and <= 2 ? 1 : 0),
        new Case<SigmoidRule>(new(), Sigmoid, x => Sigmoid(x) * Sigmoid(-x)),
        new Case<TanhRule>(new(), Math.Tanh, x => 1 / Math.Pow(Math.Cosh(x), 2)),
        new Case<SoftplusRule>(new(1), x => Math.Log(1 + Math.Exp(x)), Sigmoid),
        new Case<SoftplusRule>(new(8), x => 8 * x > 20 ? x : Math.Log(1 + Math.Exp(8 * x)) / 8, x => 8 * x > 20 ? 1 : Sigmoid(8 * x)),
        new Case<HardSigmoidRule>(new(), x => Math.Clamp((x + 3) / 6, 0, 1), x => x is > -3 and < 3 ? 1.0 / 6 : 0),
        new Case<SiluRule>(new(), x => x * Sigmoid(x), x => Sigmoid(x) * (1 + x * Sigmoid(-x))),
        new Case<GeluRule>(new(), x => x * Reference.Below(x), x => Reference.Below(x) + x * Reference.Density(x)),
        new Case<GeluTanhRule>(new(), x => x * TanhGate(x),
            x => TanhGate(x) + x * TanhGate(x) * TanhGate(-x) * 2 * Math.Sqrt(2 / Math.PI) * (1 + 3 * 0.044715 * x * x)),
        new Case<HardSwishRule>(new(), x => x * Math.Clamp((x + 3) / 6, 0, 1), x => x < -3 ? 0 : x > 3 ? 1 : x / 3 + 0.5),
        new Case<ReluRule>(new(), x => Math.Max(0, x), x => x > 0 ? 1 : 0),
        new Case<LeakyReluRule>(new(0.25), x => x > 0 ? x : 0.25 * x, x => x > 0 ? 1 : 0.25),
        new Case<LeakyReluRule>(new(-0.5), x => x > 0 ? x : -0.5 * x, x => x > 0 ? 1 : -0.5),
        new Case<EluRule>(new(1.5), x => x > 0 ? x : 1.5 * (Math.Exp(x) - 1), x => x > 0 ? 1 : 1.5 * Math.Exp(x)),
        new Case<SeluRule>(new(), x => 1.0507009873554804934 * (x > 0 ? x : 1.6732632423543772848 * (Math.Exp(x) - 1)),
            x => 1.0507009873554804934 * (x > 0 ? 1 : 1.6732632423543772848 * Math.Exp(x))),
    ];

    public static TheoryData<string> Rules => [.. s_cases.Select(each => each.Rule.Name).Distinct()];

    [Theory, MemberData(nameof(Rules))]
    public void Rule_AnyLengthAndThreads_AgreesWithItsFormula(string rule)
    {
        foreach (Case each in s_cases.Where(each => each.Rule.Name == rule)) each.Run();
    }

    [Fact]
    public void EveryUnaryRule_IsTested() => Assert.Equal(AllRules.Implementing(typeof(IUnaryRule)), s_cases.Select(each => each.Rule.Name).Distinct().Order());

    [Fact]
    public void Value_NotANumberInAnyLane_StaysThereAndNowhereElse()
    {
        Check(new ReluRule());
        Check(new LeakyReluRule(0.1));
        Check(new EluRule(1));
        Check(new SeluRule());
        Check(new ClampRule(-1, 1));
        Check(new ExpRule());
        Check(new LogRule());
        Check(new SqrtRule());
        Check(new SigmoidRule());
        Check(new TanhRule());
        Check(new SoftplusRule(1));
        Check(new HardSigmoidRule());
        Check(new HardSwishRule());
        Check(new SiluRule());
        Check(new GeluRule());
        Check(new GeluTanhRule());
        Check(new PowNumberRule(2.5));

        static void Check<TRule>(TRule rule) where TRule : struct, IUnaryRule
        {
            for (int place = 0; place < 19; place++)
            {
                Lanes<TRule, float>(rule, place);
                Lanes<TRule, double>(rule, place);
            }
        }

        static void Lanes<TRule, T>(TRule rule, int place) where TRule : struct, IUnaryRule where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers.Uniform<T>(new RandomSource(place), 19, 0.5, 2), y = new T[19];
            x[place] = T.NaN;
            UnaryKernel.Value<TRule, T>(rule, x, y);
            for (int i = 0; i < 19; i++) Assert.True(T.IsNaN(y[i]) == (i == place), $"{rule}, {typeof(T).Name}: NaN at {place} makes {y[i]} at {i}");
        }
    }
}
