namespace Backprop.Tests;

public class SchedulesTests
{
    [Fact]
    public void Defaults_OfEverySchedule_ArePyTorchs()
    {
        Assert.Equal(0.1, new StepLr(1, 1).At(1), 12);
        Assert.Equal(0.1, new MultiStepLr(1, [3]).At(3), 12);
        Assert.Equal(1.0 / 3, new LinearLr(1).At(0), 12);
        Assert.Equal(1, new LinearLr(1).At(5), 12);
        Assert.Equal(0.8, new PolynomialLr(1).At(1), 12);
        Assert.Equal(0, new CosineAnnealing(1, 10).At(10), 12);
        Assert.Equal(1.0 / 25, new OneCycle(1, 100).At(0), 12);
        Assert.Equal(1, new OneCycle(1, 100).At(29), 12);
        Assert.Equal(1.0 / 25 / 1e4, new OneCycle(1, 100).At(99), 12);
        Assert.Equal(new PlateauOptions { Factor = 0.1, Patience = 10, Threshold = 1e-4, Epsilon = 1e-8 }, new PlateauOptions());
    }

    [Fact]
    public void OneCycle_Momentum_GoesAgainstTheRate()
    {
        var cycle = new OneCycle(1, 100);
        Assert.Equal(0.95, cycle.MomentumAt(0), 12);
        Assert.Equal(0.85, cycle.MomentumAt(29), 12);
        Assert.Equal(0.95, cycle.MomentumAt(99), 12);
    }

    [Theory]
    [InlineData(1, 0.3)]
    [InlineData(2, 0.5)]
    [InlineData(10, 0.1)]
    [InlineData(10, 0)]
    [InlineData(10, 1)]
    public void OneCycle_ShortOrOneSided_StaysFinite(int steps, double pctStart)
    {
        var cycle = new OneCycle(1, steps, pctStart);
        Assert.All(Enumerable.Range(0, steps), step => Assert.InRange(cycle.At(step), 0, 1 + 1e-12));
    }

    [Fact]
    public void OneCycle_BeyondItsEnd_IsRefused()
    {
        var failure = Assert.Throws<ArgumentOutOfRangeException>(() => new OneCycle(1, 20).At(20));
        Assert.Contains("20 steps", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void CosineAnnealing_AfterItsSteps_StaysAtTheMinimum() => Assert.Equal(0.01, new CosineAnnealing(1, 10, 0.01).At(15), 12);

    [Fact]
    public void LinearWarmUp_RisesToTheOtherSchedule_WhichStartsAtItsOwnZero()
    {
        var schedule = new LinearWarmUp(4, new ExponentialLr(0.8, 0.5));
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 0.8, 0.4, 0.2], Enumerable.Range(0, 7).Select(step => Math.Round(schedule.At(step), 12)));
    }

    [Fact]
    public void LambdaLr_MultipliesTheRate() => Assert.Equal(0.05, new LambdaLr(0.1, step => 1.0 / step).At(2), 12);

    [Fact]
    public void Schedule_NegativeStep_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => new ConstantRate(1).At(-1));

    [Fact]
    public void MultiStepLr_MilestonesOutOfOrder_AreRefused()
    {
        var failure = Assert.Throws<ArgumentException>(() => new MultiStepLr(1, [5, 3]));
        Assert.Contains("3 follows 5", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ReduceOnPlateau_ResumedFromItsState_GoesOnAlike()
    {
        GoldenCase golden = GoldenCases.Get("schedulers", "plateau-max-cooldown");
        double[] metrics = golden.Inputs["metrics"].Data;
        ReduceOnPlateau first = GoldenTraining.CreatePlateau(golden), resumed = GoldenTraining.CreatePlateau(golden);
        foreach (double metric in metrics[..7])
            first.Step(metric);
        resumed.State = first.State;
        Assert.All(metrics[7..], metric => Assert.Equal(first.Step(metric), resumed.Step(metric)));
    }

    [Fact]
    public void ReduceOnPlateau_NaN_CountsAsBad()
    {
        var plateau = new ReduceOnPlateau(1, new PlateauOptions { Patience = 0 });
        Assert.Equal(1, plateau.Step(0.5));
        Assert.Equal(0.1, plateau.Step(double.NaN), 12);
        Assert.Equal(0.5, plateau.State.Best);
    }
}
