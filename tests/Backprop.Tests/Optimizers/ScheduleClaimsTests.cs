namespace Backprop.Tests;

/// <summary>What holds for every schedule.</summary>
public class ScheduleClaimsTests
{
    private static readonly double s_half = Math.Sqrt(0.5);

    /// <summary>A schedule, and its rates at steps 0, 1, 2, … worked out by hand.</summary>
    private static readonly (Schedule Schedule, double[] Rates)[] s_cases =
    [
        (new ConstantRate(0.3), [0.3, 0.3, 0.3]),
        (new StepLr(8, 2, 0.5), [8, 8, 4, 4, 2]),
        (new MultiStepLr(8, [1, 3], 0.5), [8, 4, 4, 2, 2]),
        (new ExponentialLr(8, 0.5), [8, 4, 2, 1]),
        (new LinearLr(1, 0.5, 1, 2), [0.5, 0.75, 1, 1]),
        (new PolynomialLr(1, 2, 2), [1, 0.25, 0, 0]),
        (new CosineAnnealing(2, 4), [2, 1 + s_half, 1, 1 - s_half, 0]),
        (new OneCycle(1, 5, 0.6, AnnealStrategy.Linear, 10, 10), [0.1, 0.55, 1, 0.505, 0.01]), // the summit is step 0.6 · 5 − 1
        (new LambdaLr(2, step => 1.0 / (1 + step)), [2, 1, 2.0 / 3]),
        (new LinearWarmUp(2, new ConstantRate(1)), [0.5, 1, 1]),
    ];

    public static TheoryData<string> Cases => [.. s_cases.Select(schedule => schedule.Schedule.GetType().Name)];

    private static (Schedule Schedule, double[] Rates) Get(string name) => s_cases.Single(schedule => schedule.Schedule.GetType().Name == name);

    [Fact]
    public void EverySchedule_HasACase()
    {
        IEnumerable<Type> schedules = typeof(Schedule).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Schedule)) && !type.IsAbstract);
        Assert.Empty(schedules.Except(s_cases.Select(schedule => schedule.Schedule.GetType())));
    }

    [Theory, MemberData(nameof(Cases))]
    public void At_EachStep_IsTheNumberWorkedOutByHand(string name)
    {
        (Schedule schedule, double[] rates) = Get(name);
        for (int step = 0; step < rates.Length; step++) Assert.Equal(rates[step], schedule.At(step), 12);
    }

    [Theory, MemberData(nameof(Cases))]
    public void At_AnyOrder_DependsOnTheStepAlone(string name)
    {
        (Schedule schedule, double[] rates) = Get(name);
        double last = schedule.At(rates.Length - 1);
        schedule.At(0);
        Assert.Equal(last, schedule.At(rates.Length - 1));
    }

    [Theory, MemberData(nameof(Cases))]
    public void At_ANegativeStep_IsRefused(string name) => Assert.Throws<ArgumentOutOfRangeException>(() => Get(name).Schedule.At(-1));

    [Fact]
    public void ReduceOnPlateau_ByHand()
    {
        var plateau = new ReduceOnPlateau(1, new PlateauOptions { Factor = 0.5, Patience = 1 });
        Assert.Equal([1, 1, 0.5, 0.5, 0.25], new double[] { 3, 3, 3, 3, 3 }.Select(plateau.Step)); // the second bad one after the best acts, and counting starts anew
    }
}
