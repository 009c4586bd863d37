using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Backprop.Cli.Runs;
using Microsoft.Playwright;

namespace Backprop.Tests;

/// <summary>What a browser makes of the report of a training.</summary>
[Collection(nameof(Browser))]
public sealed class ReportPageTests(Browser browser, ReportPageTests.Trainings trainings) : IClassFixture<ReportPageTests.Trainings>
{
    private const string Texts = "h1, h2, h3, p, label, button, th, td, figcaption, li span, strong, #numbers span, code, summary, .ridges span";

    [BrowserTheory]
    [InlineData("mlp", 1400, ColorScheme.Light)]
    [InlineData("mlp", 800, ColorScheme.Dark)]
    [InlineData("mlp", 360, ColorScheme.Light)]
    [InlineData("neuron", 360, ColorScheme.Dark)]
    [InlineData("diverged", 800, ColorScheme.Light)]
    [InlineData("both", 1400, ColorScheme.Dark)]
    [InlineData("both", 360, ColorScheme.Light)]
    public async Task Page_IsSound(string name, int width, ColorScheme colors)
    {
        await using OpenPage page = await browser.Open(trainings.Page(name), width, colors: colors);
        await page.Page.ClickAsync("footer summary");
        Assert.Empty(page.Problems);
        Assert.Equal(0, await page.Overflow());
        Assert.Empty(await page.Overlaps(Texts));
        Assert.Empty(await page.FaintTexts(Texts));
        Assert.Equal(0, await page.Page.EvaluateAsync<int>("() => [...document.querySelectorAll('button, input, select')].filter(e => !e.labels?.length && !e.textContent.trim() && !e.ariaLabel).length"));
        Assert.Empty(await page.Page.EvaluateAsync<string[]>(
            "() => [...document.querySelectorAll('[aria-label]')].filter(e => e.labels?.length && !e.ariaLabel.includes(e.labels[0].textContent.trim())).map(e => e.ariaLabel)")); // who speaks to it says what is to be seen
    }

    [BrowserFact]
    public async Task Charts_HaveThePointsOfTheLog()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        JsonObject[] steps = trainings.Events("mlp", "step"), epochs = trainings.Events("mlp", "epoch");
        await page.Page.FillAsync("#smoothing", "0");
        Assert.Equal(["loss", "accuracy", "rate", "norm", "time"], await page.Page.EvaluateAsync<string[]>("() => Object.keys(charts)"));
        Assert.Equal(steps.Select(e => (double)e["step"]!), await Series(page, "loss", 0));
        AssertNear(steps.Select(e => (double)e["loss"]!), await Series(page, "loss", 1));
        AssertNear(epochs.Select(e => (double)e["validation"]!["loss"]!), await Series(page, "loss", 2));
        AssertNear(epochs.Select(e => (double)e["train"]!["accuracy"]!), await Series(page, "accuracy", 1));
        AssertNear(epochs.Select(e => (double)e["validation"]!["accuracy"]!), await Series(page, "accuracy", 2));
        AssertNear(steps.Select(e => (double)e["learning_rate"]!), await Series(page, "rate", 1));
        AssertNear(steps.Select(e => (double)e["gradient_norm"]!), await Series(page, "norm", 1));
        AssertNear(steps.Select(e => (double)e["milliseconds"]!), await Series(page, "time", 1));
        Assert.Equal("loss (nats)", await page.Page.EvaluateAsync<string>("() => charts.loss.axes[1].label"));
        Assert.Equal("step (8 an epoch)", await page.Page.EvaluateAsync<string>("() => charts.loss.axes[0].label"));
    }

    [BrowserFact]
    public async Task Smoothing_IsTheCorrectedMovingAverage()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        await page.Page.FillAsync("#smoothing", "0.9");
        Assert.Equal("0.90", await page.Page.InnerTextAsync("#smoothing-value"));
        double[] raw = await Series(page, "loss", 1), drawn = await Series(page, "loss", 2);
        double sum = 0, share = 0;
        AssertNear(raw.Select(value =>
        {
            (sum, share) = (0.9 * sum + 0.1 * value, 0.9 * share + 0.1);
            return sum / share;
        }), drawn);
        await page.Page.FillAsync("#smoothing", "0.5");
        Assert.NotEqual(drawn, await Series(page, "loss", 2));
    }

    [BrowserFact]
    public async Task Logarithmic_ChangesTheScaleOfTheLoss()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        Assert.Equal((int[])[1, 1], await Scales());
        await page.Page.CheckAsync("#log");
        Assert.Equal((int[])[3, 1], await Scales());
        Assert.Empty(page.Problems);

        Task<int[]> Scales() => page.Page.EvaluateAsync<int[]>("() => [charts.loss.scales.y.distr, charts.accuracy.scales.y.distr]");
    }

    [BrowserFact]
    public async Task Dragging_ZoomsAllCharts_UntilAllIsShown()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        LocatorBoundingBoxResult box = (await page.Page.Locator("#charts .u-over").First.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 4, box.Y + 50);
        await page.Page.Mouse.DownAsync();
        await page.Page.Mouse.MoveAsync(box.X + box.Width / 2, box.Y + 60, new MouseMoveOptions { Steps = 4 });
        await page.Page.Mouse.UpAsync();
        await page.Page.WaitForTimeoutAsync(100);
        double[] range = await Range("loss");
        Assert.InRange(range[0], 4, 8); // of steps 1 to 24
        Assert.InRange(range[1], 11, 14);
        foreach (string chart in new[] { "accuracy", "norm", "time" }) Assert.Equal(range, await Range(chart));
        Assert.Equal($"{Math.Round(range[0])}", await page.Page.InputValueAsync("#from"));

        await page.Page.FillAsync("#smoothing", "0.3"); // charts that are drawn anew keep it
        Assert.Equal(range, await Range("loss"));
        await page.Page.ClickAsync("#reset");
        Assert.Equal((double[])[1, 24], await Range("norm"));
        Assert.True(await page.Page.IsDisabledAsync("#reset"));

        await page.Page.FillAsync("#to", "9"); // without a mouse
        await page.Page.PressAsync("#to", "Enter");
        Assert.Equal((double[])[1, 9], await Range("time"));
        await page.Page.Locator("#charts .u-over").First.DblClickAsync();
        await page.Page.WaitForTimeoutAsync(100);
        Assert.Equal((double[])[1, 24], await Range("time"));
        Assert.Empty(page.Problems);

        Task<double[]> Range(string chart) => page.Page.EvaluateAsync<double[]>("chart => [charts[chart].scales.x.min, charts[chart].scales.x.max]", chart);
    }

    [BrowserFact]
    public async Task Zoom_ToTheLastStep_StaysWhenChartsAreDrawnAnew()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        await page.Page.FillAsync("#from", "5"); // before the first point of the charts of epochs, which is at step 8
        await page.Page.PressAsync("#from", "Enter");
        await page.Page.FillAsync("#smoothing", "0.3");
        await page.Page.WaitForTimeoutAsync(100);
        Assert.Equal("5 24", await page.Page.EvaluateAsync<string>("() => [...new Set(Object.values(charts).map(chart => `${chart.scales.x.min} ${chart.scales.x.max}`))].join()"));
        Assert.Equal("5", await page.Page.InputValueAsync("#from"));
        await page.Page.ReloadAsync();
        Assert.Equal("5", await page.Page.InputValueAsync("#from"));
        Assert.False(await page.Page.IsDisabledAsync("#reset"));
    }

    [BrowserFact]
    public async Task Lines_OfManyRuns_LookDifferent()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        Assert.Equal(36, await page.Page.EvaluateAsync<int>("() => new Set([...Array(36).keys()].map(i => JSON.stringify(look(i)))).size"));
    }

    [BrowserFact]
    public async Task Durations_AreRoundedBeforeTheyAreDivided()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        Assert.Equal("9.9 s, 10 s, 99 s, 1 min 40 s, 2 min 0 s, 1 h 0 min, 2 h 0 min",
            await page.Page.EvaluateAsync<string>("() => [9.94, 9.96, 99.4, 99.6, 119.7, 3599.7, 7199].map(duration).join(', ')"));
    }

    [BrowserFact]
    public async Task LineButton_HidesTheLine()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        ILocator button = page.Page.Locator("#charts .lines button", new PageLocatorOptions { HasText = "validation" }).First;
        await button.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("false", await button.GetAttributeAsync("aria-pressed"));
        Assert.False(await page.Page.EvaluateAsync<bool>("() => charts.loss.series.at(-1).show"));
        await page.Page.ReloadAsync(); // what was chosen stays
        Assert.False(await page.Page.EvaluateAsync<bool>("() => charts.loss.series.at(-1).show"));
    }

    [BrowserFact]
    public async Task Confusion_AddsUpToTheValidationSet()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        Assert.Equal(100, await page.Page.EvaluateAsync<int>(
            "() => [...document.querySelectorAll('#confusion tbody td:not(.share)')].map(cell => Number(cell.textContent.replace('·', '0'))).reduce((a, b) => a + b)"));
        JsonArray counts = trainings.Events("mlp", "epoch")[^1]["confusion"]!.AsArray();
        double recall = (double)counts[3]![3]! / counts[3]!.AsArray().Sum(count => (int)count!), precision = (double)counts[3]![3]! / counts.Sum(row => (int)row![3]!);
        Assert.Equal(Percent(recall), await page.Page.InnerTextAsync("#confusion tbody tr:nth-child(4) .share"));
        Assert.Equal(Percent(precision), await page.Page.InnerTextAsync("#confusion tfoot td:nth-child(5)") + " %");

        static string Percent(double share) => share == 1 ? "100 %" : share == 0 ? "0 %" : double.IsNaN(share) ? "–" : (100 * share).ToString("F1", CultureInfo.InvariantCulture) + " %";
    }

    [BrowserFact]
    public async Task Mistakes_ShowThePictureAndThreeClasses()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        JsonArray mistakes = trainings.Events("mlp", "epoch")[^1]["mistakes"]!.AsArray();
        await page.Page.ClickAsync("#mistakes button");
        ILocator figures = page.Page.Locator("#mistakes figure");
        Assert.Equal(mistakes.Count, await figures.CountAsync());
        for (int i = 0; i < mistakes.Count; i++)
        {
            JsonNode mistake = mistakes[i]!;
            Assert.StartsWith($"{mistake["actual"]} taken for {mistake["likeliest"]![0]}", await figures.Nth(i).Locator("figcaption").InnerTextAsync(), StringComparison.Ordinal);
            Assert.Equal(mistake["likeliest"]!.AsArray().Select(number => $"{number}"), await figures.Nth(i).Locator("li span:first-child").AllInnerTextsAsync());
            byte[] pixels = Convert.FromBase64String((string)mistake["picture"]!);
            int[] shown = await figures.Nth(i).Locator("canvas").EvaluateAsync<int[]>("canvas => [...canvas.getContext('2d').getImageData(0, 0, 28, 28).data].filter((_, i) => i % 4 === 0)");
            Assert.Equal(pixels.Select(pixel => (int)pixel), shown);
        }
    }

    [BrowserFact]
    public async Task Filters_AndHistograms_AreThoseOfTheModel()
    {
        await using OpenPage page = await browser.Open(trainings.Page("mlp"));
        Assert.Equal(50, await page.Page.Locator("#filters canvas").CountAsync());
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], await page.Page.Locator("#histograms h3").AllInnerTextsAsync());
        Assert.Equal(3, await page.Page.Locator("#histograms figure:first-child path").CountAsync()); // an epoch each
        await page.Page.CheckAsync("#kinds input[value=activation]");
        Assert.Equal(["fc1 · Linear", "2 · Relu", "fc2 · Linear"], await page.Page.Locator("#histograms h3").AllInnerTextsAsync());
        await page.Page.Keyboard.PressAsync("ArrowRight");
        Assert.Equal(["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"], await page.Page.Locator("#histograms h3").AllInnerTextsAsync());
        Assert.Equal("39,760", await page.Page.InnerTextAsync("#layers tfoot td:nth-child(2)"));
        Assert.Contains(trainings.Events("mlp", "end")[0]["weights_sha256"]!.GetValue<string>(), await page.Page.InnerTextAsync("#facts"), StringComparison.Ordinal);
        Assert.Equal((string)trainings.Events("mlp", "start")[0]["command"]!, await page.Page.InnerTextAsync("#facts code"));
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task NetworkWithoutClasses_HasNoConfusionAndNoMistakes()
    {
        await using OpenPage page = await browser.Open(trainings.Page("neuron"));
        foreach (string section in new[] { "#confusion", "#mistakes", "#filters" }) Assert.False(await page.Page.IsVisibleAsync(section));
        Assert.Equal("loss (mean squared error)", await page.Page.EvaluateAsync<string>("() => charts.loss.axes[1].label"));
        Assert.Equal(2, await page.Page.Locator("#histograms figure").CountAsync());
    }

    [BrowserFact]
    public async Task Diverged_SaysSo()
    {
        await using OpenPage page = await browser.Open(trainings.Page("diverged"));
        Assert.StartsWith("Diverged after 0 of 3 epochs", await page.Page.InnerTextAsync("#status"), StringComparison.Ordinal);
        Assert.Contains("the loss is NaN", await page.Page.InnerTextAsync("#warnings"), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task SeveralRuns_AreLaidOverOneAnother()
    {
        await using OpenPage page = await browser.Open(trainings.Page("both"));
        Assert.Equal("2 trainings", await page.Page.InnerTextAsync("h1"));
        await page.Page.FillAsync("#smoothing", "0");
        foreach (string chart in new[] { "loss", "validation", "accuracy", "rate", "norm", "time" })
        {
            Assert.Equal(["mlp", "slow"], await page.Page.EvaluateAsync<string[]>("chart => charts[chart].series.slice(1).map(line => line.label)", chart));
        }
        Assert.Equal(2, await page.Page.EvaluateAsync<int>("() => new Set(charts.loss.series.slice(1).map(line => line.stroke() + line.dash)).size"));
        AssertNear(trainings.Events("slow", "step").Select(e => (double)e["loss"]!), await Series(page, "loss", 2));
        Assert.Equal("learning rate 0.1 0.01", string.Join(' ', await page.Page.Locator("#facts tr.differs", new PageLocatorOptions { HasText = "learning rate" }).Locator("th, td").AllInnerTextsAsync()));

        string first = await page.Page.InnerTextAsync("#confusion");
        await page.Page.SelectOptionAsync("#run", "1");
        Assert.NotEqual(first, await page.Page.InnerTextAsync("#confusion"));
        Assert.Empty(page.Problems);
    }

    [BrowserTheory]
    [InlineData(0)] // before the first step
    [InlineData(1)]
    [InlineData(11)] // after the first epoch
    public async Task Unfinished_ThePageIsSound_AndLoadsItselfAgainWithWhatWasChosen(int events)
    {
        string file = Unfinished(events);
        await using OpenPage page = await browser.Open(file, height: 500);
        Assert.StartsWith($"Under way: {events / 9} of 3 epochs", await page.Page.InnerTextAsync("#status"), StringComparison.Ordinal);
        Assert.Empty(page.Problems);
        if (events < 11) return;
        await page.Page.CheckAsync("#log");
        await page.Page.EvaluateAsync("() => scrollTo(0, 700)");
        Unfinished(15, file);
        await page.Page.WaitForFunctionAsync("() => charts.loss.data[0].length > 10", null, new PageWaitForFunctionOptions { Timeout = 15_000 });
        Assert.True(await page.Page.IsCheckedAsync("#log"));
        Assert.Equal(3, await page.Page.EvaluateAsync<int>("() => charts.loss.scales.y.distr"));
        Assert.InRange(await page.Page.EvaluateAsync<double>("() => scrollY"), 650, 750);
        Assert.Equal("log", await page.Page.EvaluateAsync<string>("() => document.activeElement.id"));
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task Unfinished_ThePageDoesNotLoadItselfAgainUnderSomebodysHands()
    {
        await using OpenPage page = await browser.Open(Unfinished(12));
        await page.Page.Clock.InstallAsync();
        await page.Page.ReloadAsync();
        await page.Page.FocusAsync("#from");
        await page.Page.Keyboard.TypeAsync("7");
        Assert.False(await LoadsAgain()); // a number is being typed
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.True(await LoadsAgain());
        Assert.Equal("from", await page.Page.EvaluateAsync<string>("() => document.activeElement.id"));

        await page.Page.FocusAsync("#chart-norm .lines button:last-child");
        await page.Page.EvaluateAsync("() => dispatchEvent(new PointerEvent('pointerdown'))");
        Assert.False(await LoadsAgain());
        await page.Page.EvaluateAsync("() => dispatchEvent(new PointerEvent('pointercancel'))"); // a finger has scrolled
        Assert.True(await LoadsAgain());
        Assert.True(await page.Page.EvaluateAsync<bool>("() => document.activeElement === document.querySelector('#chart-norm .lines button:last-child')"));

        async Task<bool> LoadsAgain()
        {
            await page.Page.EvaluateAsync("() => (window.isOld = true)");
            await page.Page.Clock.FastForwardAsync(40_000);
            await page.Page.WaitForTimeoutAsync(300);
            return !await page.Page.EvaluateAsync<bool>("() => window.isOld ?? false");
        }
    }

    [BrowserFact]
    public async Task Unfinished_AfterALongSilence_ThePageSaysThatItMayHaveBeenKilled()
    {
        await using OpenPage page = await browser.Open(Unfinished(13)); // which is quiet for 5 minutes at most
        foreach ((int minutes, bool silent) in new[] { (4, false), (6, true) })
        {
            await page.Page.Clock.SetFixedTimeAsync(DateTime.UtcNow.AddMinutes(minutes));
            await page.Page.ReloadAsync();
            Assert.Equal(silent, (await page.Page.InnerTextAsync("#status")).Contains("nothing was heard of it for 6 min", StringComparison.Ordinal));
        }
    }

    /// <summary>A page of a training under way, of which so many events are told besides its start.</summary>
    private string Unfinished(int events, string? page = null)
    {
        string log = File.ReadAllText(Path.Combine(trainings.Folder("mlp"), RunFile.Name)), file = page ?? Path.Combine(trainings.Folder($"unfinished-{events}"), ReportFile.Name);
        string path = Path.Combine(Path.GetDirectoryName(file)!, RunFile.Name);
        File.WriteAllText(path, string.Concat(log.Split('\n')[..(events + 1)].Select(line => line + "\n")));
        ReportPage.Write(file, ReportPage.Of([RunFile.Open(path, "unfinished").Data], silence: TimeSpan.FromMinutes(5)));
        return file;
    }

    /// <summary>The numbers of a line, of those steps that it has one for.</summary>
    private static async Task<double[]> Series(OpenPage page, string chart, int line) =>
        JsonSerializer.Deserialize<double[]>(await page.Page.EvaluateAsync<string>("([chart, line]) => JSON.stringify([...charts[chart].data[line]].filter(y => y !== null && y !== undefined))", new object[] { chart, line }))!;

    private static void AssertNear(IEnumerable<double> expected, double[] actual)
    {
        double[] numbers = [.. expected];
        Assert.Equal(numbers.Length, actual.Length);
        for (int i = 0; i < numbers.Length; i++) Assert.InRange(actual[i], numbers[i] * (1 - 1e-3) - 1e-9, numbers[i] * (1 + 1e-3) + 1e-9); // the page has four digits
    }

    /// <summary>Small trainings, once for all tests.</summary>
    public sealed class Trainings : IDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public Trainings()
        {
            if (Browser.WhyNot is not null) return;
            Train("mlp", 0, "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--epochs", "3");
            Train("slow", 0, "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--epochs", "2", "--learning-rate", "0.01");
            Train("neuron", 0, "--model", "neuron", "--limit-train", "30", "--epochs", "2");
            Train("diverged", 1, "--model", "mlp", "--limit-train", "800", "--limit-test", "100", "--epochs", "3", "--learning-rate", "1e30");
            Assert.Equal(0, CommandRun.Of("report", Folder("mlp"), Folder("slow"), "--output", Page("both")).Code);
        }

        public string Folder(string name)
        {
            string folder = _folder[name];
            Directory.CreateDirectory(folder);
            return folder;
        }

        public string Page(string name) => Path.Combine(Folder(name), ReportFile.Name);

        internal JsonObject[] Events(string name, string kind) =>
            [.. File.ReadLines(Path.Combine(Folder(name), RunFile.Name)).Select(line => JsonNode.Parse(line)!.AsObject()).Where(e => (string)e["event"]! == kind)];

        public void Dispose() => _folder.Dispose();

        private void Train(string name, int code, params string[] options) => Assert.Equal(code, CommandRun.Of(["train", "--output", Folder(name), .. options]).Code);
    }
}
