using Backprop.Cli;
using Backprop.Cli.Screen;

namespace Backprop.Tests;

/// <summary>What a user sees of a training, on a terminal that is not there, by a clock that stands still until it is set.</summary>
public sealed class TrainingScreenTests
{
    private const int Steps = 100;

    private readonly FakeClock _clock = new();

    [Fact]
    public void Terminal_IsRefreshedTenTimesASecond_HoweverManyStepsThereAre()
    {
        var screen = new FakeScreen(100);
        TrainingScreen shown = Screen(screen, 100);
        var run = Start(shown, epochs: 10);
        for (int epoch = 1; epoch <= 10; epoch++)
        {
            for (int step = 1; step <= Steps; step++) Step(shown, run, epoch, step, milliseconds: 3.1); // 3.1 s in all
        }
        Assert.InRange(screen.Refreshes, 25, 31);
    }

    [Theory]
    [InlineData(100)]
    [InlineData(60)]
    [InlineData(40)]
    public void Terminal_OfAnyWidth_NothingWraps_AndEachEpochLeavesARow(int width)
    {
        var screen = new FakeScreen(width);
        TrainingScreen shown = Screen(screen, width, plot: true);
        Train(shown, epochs: 12, validationLosses: [3, 2, 1, 1.5, 1, 0.5, 0.7, 0.8, 0.9, 1, 1.1, 1.2]);
        Assert.Equal(0, screen.Wrapped);
        string[] rows = [.. screen.Lines.Where(line => line.Contains("/12 ", StringComparison.Ordinal))];
        Assert.Equal(12, rows.Length);
        Assert.Equal([1, 2, 3, 6], Enumerable.Range(1, 12).Where(epoch => rows[epoch - 1].EndsWith('*'))); // 5 is as good as 3, not better
        Assert.Contains("* best: epoch 6, val loss 0.5000", screen.Lines);
        Assert.DoesNotContain(screen.Lines, line => line.Contains("ETA", StringComparison.Ordinal)); // it has been taken away
        Assert.Single(screen.Lines, line => line.Contains("o val", StringComparison.Ordinal)); // and the chart is there once
    }

    [Fact]
    public void Table_OnATerminal_HasColumnsThatStayWhereTheyAre()
    {
        var screen = new FakeScreen(100);
        Train(Screen(screen, 100), epochs: 2, validationLosses: [12.5, 0.25]);
        string[] expected =
        [
            "epoch     loss     acc  val loss  val acc         time  images/s",
            "  1/2   1.0000  0.9000   12.5000   0.8000        1.0 s    10,000 *",
            "  2/2   0.5000  0.9000    0.2500   0.8000        1.0 s    10,000 *",
        ];
        Assert.Equal(expected, screen.Lines[..3]);
        Assert.Equal(expected[0].IndexOf("loss", StringComparison.Ordinal) + "loss".Length, expected[1].IndexOf("1.0000", StringComparison.Ordinal) + "1.0000".Length);
    }

    [Fact]
    public void Line_HasStepLossMetricSpeedAndTimeLeft_AndDropsTheLeastWhereItIsNarrow()
    {
        var accuracy = new Accuracy();
        accuracy.Add(Tensor.From<float>([0, 1, 1, 0], [2, 2]), Tensor.From<int>([1, 1]));
        var progress = new TrainingProgress(3, 10, 312, 600, 0.2183, [accuracy], 0.1);
        Assert.Equal("epoch 3/10  ████████░░░░░░░░  312/600  41 ms/step  loss 0.2183  acc 0.5000  2,439 images/s  ETA 12 s", Line(110));
        Assert.Equal("epoch 3/10  ████████░░░░░░░░  312/600  loss 0.2183  acc 0.5000  2,439 images/s  ETA 12 s", Line(99));
        Assert.Equal("epoch 3/10  312/600  loss 0.2183  acc 0.5000  ETA 12 s", Line(60));
        Assert.Equal("epoch 3/10  312/600  loss 0.2183", Line(40));
        Assert.Equal("epoch 3/10  [########........]  312/600  loss 0.2183  acc 0.5000  2,439 images/s  ETA 12 s", ProgressLine.Of(progress, 0.041, 100, 12, 100, unicode: false));

        string Line(int width) => ProgressLine.Of(progress, 0.041, 100, 12.3, width, unicode: true);
    }

    [Fact]
    public void Speed_IsOfThisEpoch_AndTimeLeft_OfWhatThisProcessHasDone()
    {
        var screen = new FakeScreen(120);
        TrainingScreen shown = Screen(screen, 120);
        var run = Start(shown, epochs: 2);
        for (int step = 51; step <= Steps; step++) Step(shown, run, 2, step, 20); // resumed in the midst of its last epoch
        Assert.Contains("96/100  20 ms/step", screen.Lines[^1]);
        Assert.Contains("500 images/s  ETA 80 ms", screen.Lines[^1]);
        Assert.Contains("ETA 1.0 s", screen.ToString().Split('\r')[1]); // 49 steps of 20 ms
    }

    [Fact]
    public void Redirected_IsOneLineAnEpoch_ThenTheChart_WithoutEscapeCodes()
    {
        var error = new StringWriter();
        Train(Screen(error, 100, isTerminal: false, plot: true), epochs: 3, validationLosses: [1, 0.9, 0.8]);
        string[] lines = error.ToString().TrimEnd().ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(["epoch 1/3  loss 1.0000  acc 0.9000  val loss 1.0000  acc 0.8000  1.0 s  10000 images/s"], lines[..1]);
        Assert.Equal(3, lines.Count(line => line.StartsWith("epoch ", StringComparison.Ordinal)));
        Assert.Single(lines, line => line.Contains("⠤⠤ training   o validation", StringComparison.Ordinal));
        Assert.DoesNotContain('\e', error.ToString());
        Assert.DoesNotContain('\r', error.ToString().ReplaceLineEndings("\n"));
    }

    [Theory]
    [InlineData("Auto", true, true)]
    [InlineData("Auto", false, false)] // as under NO_COLOR
    [InlineData("Never", true, false)]
    [InlineData("Always", false, true)]
    public void Colors_AreThoseThatWereAskedFor(string choice, bool may, bool expected)
    {
        var screen = new FakeScreen(100);
        TrainingScreen shown = Screen(screen, 100, plot: true, may: may, choice: Enum.Parse<ColorChoice>(choice));
        Train(shown, epochs: 2, validationLosses: [1, 2]);
        Assert.Equal(expected, screen.ToString().Contains("\e[36m", StringComparison.Ordinal));
        Assert.Equal(expected, screen.ToString().Contains("\e[32m", StringComparison.Ordinal));
    }

    [Fact]
    public void Quiet_ShowsNothing()
    {
        var screen = new FakeScreen(100);
        Train(Screen(screen, 100, plot: true, quiet: true), epochs: 2, validationLosses: [1, 2]);
        Assert.Empty(screen.ToString());
    }

    [Fact]
    public void WhatIsSaidInBetween_StandsAlone_AndTheLinesComeBackBelow()
    {
        var screen = new FakeScreen(100);
        TrainingScreen shown = Screen(screen, 100, plot: true);
        var run = Start(shown, epochs: 2);
        for (int step = 1; step <= 20; step++) Step(shown, run, 1, step, 50);
        shown.Clear();
        screen.WriteLine("Warning: the disk is full.");
        for (int step = 21; step <= 40; step++) Step(shown, run, 1, step, 50);
        Assert.Equal("Warning: the disk is full.", screen.Lines[0]);
        Assert.StartsWith("epoch 1/2", screen.Lines[^1]);
        Assert.Single(screen.Lines, line => line.StartsWith("epoch ", StringComparison.Ordinal));
    }

    [Fact]
    public void LongLine_OnATerminal_IsBrokenBetweenWords()
    {
        var screen = new FakeScreen(60);
        var terminal = new Terminal { Out = screen, Error = screen, ErrorIsTerminal = true, Window = () => (60, 20) };
        terminal.Say(string.Join(' ', Enumerable.Repeat("words", 30)));
        Assert.Equal(0, screen.Wrapped);
        Assert.All(screen.Lines[..^1], line => Assert.EndsWith("words", line));
    }

    private TrainingScreen Screen(TextWriter error, int width, bool isTerminal = true, bool plot = false, bool quiet = false, bool may = true, ColorChoice choice = ColorChoice.Auto) =>
        new(new Terminal { Out = error, Error = error, ErrorIsTerminal = isTerminal, MayColor = may && isTerminal, Quiet = quiet, Color = choice, Window = () => (width, 24) },
            batchSize: 10, plot ? new LossChart() : null, _clock);

    private static TrainingRun Start(TrainingScreen shown, int epochs)
    {
        var model = new Sequential(new Linear(1, 1));
        var run = new TrainingRun(model, new Sgd(model.Parameters, 0.1), epochs, [shown]);
        shown.TrainingStarts(run);
        return run;
    }

    private void Step(TrainingScreen shown, TrainingRun run, int epoch, int step, double milliseconds)
    {
        _clock.Now += TimeSpan.FromMilliseconds(milliseconds);
        run.Loss = 3 * Math.Exp(-(epoch + step / 100.0)) + 0.1 * Math.Cos(step);
        shown.StepEnds(run);
        shown.Report(new TrainingProgress(epoch, run.Epochs, step, Steps, run.Loss, [], 0.1));
    }

    private void Train(TrainingScreen shown, int epochs, double[] validationLosses)
    {
        TrainingRun run = Start(shown, epochs);
        for (int epoch = 1; epoch <= epochs; epoch++)
        {
            for (int step = 1; step <= Steps; step++) Step(shown, run, epoch, step, 10);
            var record = new EpochRecord(epoch, new Scores(1.0 / epoch, Accuracy(0.9), 10_000), new Scores(validationLosses[epoch - 1], Accuracy(0.8), 100), 0.1, 1, 0.2);
            shown.EpochEnds(run, record);
        }
        shown.TrainingEnds(run);

        static Dictionary<string, double> Accuracy(double value) => new() { ["accuracy"] = value };
    }
}
