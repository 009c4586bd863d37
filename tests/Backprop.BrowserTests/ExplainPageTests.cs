using System.Globalization;
using Microsoft.Playwright;

namespace Backprop.Tests;

[Collection(nameof(Browser))]
public sealed class ExplainPageTests(Browser browser) : IDisposable
{
    private const string ShownTexts = ".picture text", PageTexts = "h1, h2, h3, p, td, th, small, b, button, output, .legend span";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserFact]
    public async Task Keys_PlayTheBasketToItsEnd_WithTheRightNumbers()
    {
        await using OpenPage page = await Demo("apple");
        Assert.Equal(["100", "2", "150", "3", "1.1"], await Shown(page, "value"));
        Assert.Empty(await Shown(page, "gradient"));
        Assert.Equal("step 0 of 10", await Step(page));

        await Press(page, "ArrowRight", 4);
        Assert.Equal(["1.1", "2", "3", "100", "150", "200", "450", "650", "715"], Sorted(await Shown(page, "value")));
        Assert.Contains("715 = 650 · 1.1", await Panel(page));

        await Press(page, "ArrowRight", 1);
        Assert.Equal(["1"], await Shown(page, "gradient"));
        Assert.Contains("∂price/∂price = 1", await Panel(page));

        await Press(page, "ArrowRight", 4);
        Assert.Contains("∂z/∂x = y = 2", await Panel(page));
        Assert.Contains("2.2 = 1 · 1.1 · 1 · 2", await Panel(page));

        await Press(page, "ArrowRight", 3); // further than there are steps
        Assert.Equal("step 10 of 10", await Step(page));
        Assert.Equal(["1", "1.1", "1.1", "1.1", "2.2", "3.3", "110", "165", "650"], Sorted(await Shown(page, "gradient")));
        Assert.Contains("110 = 1 · 1.1 · 1 · 100", await Panel(page));

        await Press(page, "Home", 1);
        Assert.Empty(await Shown(page, "gradient"));
        await Press(page, "End", 1);
        await Press(page, "ArrowLeft", 1);
        Assert.Equal("step 9 of 10", await Step(page));
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task Buttons_PlayTheFirstLesson_WithTheRightNumbers()
    {
        Tensor apple = Leaf(100), count = Leaf(2), tax = Leaf(1.1);
        Tensor price = apple * count * tax;
        price.Explain([apple, count, tax]).SaveHtml(_folder["price.html"]);
        await using OpenPage page = await browser.Open(_folder["price.html"]);
        ILocator next = page.Page.GetByRole(AriaRole.Button, new() { Name = "Next step" });
        int clicks = 0;
        for (; await next.IsEnabledAsync(); clicks++) await next.ClickAsync();
        Assert.Equal(6, clicks); // two operations there, the turn, two back, and what came of it
        Assert.Equal(["1", "1.1", "2.2", "110", "200"], Sorted(await Shown(page, "gradient")));
        string table = await Panel(page);
        Assert.Contains("2.2 = 1 · 1.1 · 2", table);
        Assert.Contains("110 = 1 · 1.1 · 100", table);
        Assert.Contains("200 = 1 · 200", table);

        await page.Page.GetByRole(AriaRole.Button, new() { Name = "First step" }).ClickAsync();
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync();
        await page.Page.WaitForFunctionAsync("() => document.querySelector('output').textContent !== 'step 0 of 6'");
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Play" }).ClickAsync(); // holds it
        Assert.Equal("Play", (await page.Page.Locator("[data-go=play]").TextContentAsync())![2..]);
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task Slider_AndClicksOnBoxes_GoToTheirStep()
    {
        await using OpenPage page = await Demo("neuron");
        await page.Page.GetByRole(AriaRole.Slider).FillAsync("12");
        Assert.Equal("step 12 of 12", await Step(page));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Sigmoid" }).ClickAsync();
        Assert.Contains("∂y/∂x = y · (1 − y) = 0.204", await Panel(page));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "w", Exact = true }).FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.StartsWith("w", await Panel(page));
        Assert.Empty(page.Problems);
    }

    public static TheoryData<string, int, ColorScheme> Views
    {
        get
        {
            var views = new TheoryData<string, int, ColorScheme>();
            foreach (string name in (string[])["apple", "neuron", "three-neurons", "fit", "resnet20"])
            {
                foreach (int width in (int[])[360, 800, 1400]) views.Add(name, width, width == 800 ? ColorScheme.Dark : ColorScheme.Light);
            }
            views.Add("fit", 360, ColorScheme.Dark);
            views.Add("resnet20", 1400, ColorScheme.Dark);
            return views;
        }
    }

    [BrowserTheory, MemberData(nameof(Views))]
    public async Task Page_AtAnyWidth_IsReadableAtEachStep(string name, int width, ColorScheme colors)
    {
        await using OpenPage page = name == "resnet20" ? await browser.Open(Resnet(), width, colors: colors) : await Demo(name, width, colors);
        int last = await page.Page.EvaluateAsync<int>("() => Number(document.querySelector('input').max)");
        foreach (int step in (int[])[0, last / 3, 2 * last / 3, last])
        {
            await page.Page.GetByRole(AriaRole.Slider).FillAsync(step.ToString(CultureInfo.InvariantCulture));
            Assert.Equal(0, await page.Overflow());
            Assert.Empty(await page.Overlaps(ShownTexts));
            Assert.Empty(await page.Overlaps("h1, h2, h3, .card p, td, .tensor small, .player button, output, .legend span"));
            Assert.Empty(await page.FaintTexts(PageTexts));
            Assert.Empty(await FaintInPicture(page));
            Assert.Empty(await TextsOutsideOfTheirBoxes(page));
        }
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task Folds_OpenAndClose_AndPlayInside()
    {
        await using OpenPage page = await browser.Open(Resnet());
        ILocator folds = page.Page.Locator(".box.fold");
        Assert.Equal(9, await folds.CountAsync());
        await folds.Nth(3).ClickAsync();
        Assert.Equal("block4", await page.Page.Locator("nav b").TextContentAsync());
        Assert.Equal(["+", "BatchNorm", "BatchNorm", "BatchNorm", "Conv2d", "Conv2d", "Conv2d", "Relu"], (await page.Page.Locator(".box.operation text:first-of-type").AllTextContentsAsync()).Order(StringComparer.Ordinal));
        await Press(page, "End", 1);
        Assert.Contains("∂loss/∂body.conv1.weight", await Panel(page));
        Assert.True(await page.Page.Locator(".picture image").CountAsync() > 20);

        await Press(page, "Escape", 1);
        Assert.Equal(9, await folds.CountAsync());
        await folds.First.FocusAsync();
        await page.Page.Keyboard.PressAsync("Enter");
        Assert.Equal("block1", await page.Page.Locator("nav b").TextContentAsync());
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "whole network" }).ClickAsync();
        Assert.Equal(9, await folds.CountAsync());

        // The player goes over a fold as over one operation, and its button opens it too.
        await Press(page, "ArrowRight", 4);
        Assert.Contains("6 operations, 4,672 parameters", await Panel(page));
        await page.Page.GetByRole(AriaRole.Button, new() { Name = "Open block1", Exact = true }).ClickAsync();
        Assert.Equal("block1", await page.Page.Locator("nav b").TextContentAsync());
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task HeatMap_TellsTheElementUnderThePointer()
    {
        Tensor x = Tensor.From([0.0, 1.0, 2.0, -3.0], [2, 2]).RequireGradient(), y = x.Pow(2).Sum();
        y.Explain([x]).SaveHtml(_folder["heat.html"]);
        await using OpenPage page = await browser.Open(_folder["heat.html"]);
        ILocator map = page.Page.Locator(".picture image").First;
        LocatorBoundingBoxResult box = (await map.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + box.Width * 0.75f, box.Y + box.Height * 0.75f);
        Assert.Equal("2×2, −3 … 2 · [1, 1]: −3", await page.Page.Locator(".tip").TextContentAsync());

        await Press(page, "ArrowRight", 5);
        Assert.Contains("∂y/∂x = 2 · x", await Panel(page));
        box = (await page.Page.Locator(".equation canvas").Last.BoundingBoxAsync())!;
        await page.Page.Mouse.MoveAsync(box.X + box.Width * 0.25f, box.Y + box.Height * 0.75f);
        Assert.Equal("[1, 0]: 1 · 4 = 4", await page.Page.Locator(".readout").TextContentAsync());
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task WaysThatMeet_AreWrittenOutAsASum()
    {
        Tensor x = Leaf(3), y = x * x + x;
        y.Explain([x]).SaveHtml(_folder["sum.html"]);
        await using OpenPage page = await browser.Open(_folder["sum.html"]);
        await Press(page, "ArrowRight", 5);
        Assert.Contains("x is used 3 times: ∂y/∂x = 3 + 3 + 1 = 7", await Panel(page));
        Assert.Empty(page.Problems);
    }

    [BrowserFact]
    public async Task WhereNoGradientPasses_AndNoPictureIs_ThePagePlaysToItsEnd()
    {
        var frozen = new Sequential([.. Enumerable.Range(0, 13).Select(_ => (Module)new Tanh())]);
        var model = new Sequential { { "frozen", frozen }, { "stop", new StopGradient() }, { "last", new Linear(1, 1, random: new RandomSource(1)) } };
        Explanation.Of(model, Tensor.Ones([1, 1]), Tensor.Zeros([1, 1]), Losses.Mse).SaveHtml(_folder["stop.html"]);
        await using OpenPage page = await browser.Open(_folder["stop.html"]);
        await PlayToItsEnd(page);
        await page.Page.Locator(".box.fold").ClickAsync();
        await PlayToItsEnd(page);

        model = new Sequential(new Linear(5, 5, random: new RandomSource(1)), new Relu(), new Linear(5, 5, random: new RandomSource(2)));
        using (new StepMemory().Begin()) Losses.CrossEntropy(model.Forward(Tensor.Ones([2, 5])), Tensor.Zeros([2], DType.Int32)).Explain().SaveHtml(_folder["step.html"]);
        await using OpenPage step = await browser.Open(_folder["step.html"]);
        Assert.Contains("2×5, not kept", await Shown(step, "value", isKnown: false));
        await PlayToItsEnd(step);

        Tensor x = Tensor.Zeros([0, 3]).RequireGradient(), y = (x * 2).Sum();
        y.Explain([x]).SaveHtml(_folder["empty.html"]);
        await using OpenPage empty = await browser.Open(_folder["empty.html"]);
        await PlayToItsEnd(empty);
        Assert.Contains("0×3", await Panel(empty));
    }

    private static async Task PlayToItsEnd(OpenPage page)
    {
        int last = await page.Page.EvaluateAsync<int>("() => Number(document.querySelector('input').max)");
        await Press(page, "ArrowRight", last);
        Assert.Equal($"step {last} of {last}", await Step(page));
        Assert.Empty(page.Problems);
    }

    private async Task<OpenPage> Demo(string name, int width = 1400, ColorScheme colors = ColorScheme.Light)
    {
        Assert.Equal(0, CommandRun.Of("explain", "--demo", name, "--output", _folder["demo.html"]).Code);
        return await browser.Open(_folder["demo.html"], width, colors: colors);
    }

    private string Resnet()
    {
        Module model = NamedModels.Get("resnet20").Build(new RandomSource(1));
        model.Evaluate();
        Explanation.Of(model, Tensor.Normal([1, 3, 32, 32], new RandomSource(2)), Tensor.From([3], [1]), Losses.CrossEntropy).SaveHtml(_folder["resnet.html"]);
        return _folder["resnet.html"];
    }

    private static Tensor Leaf(double value) => Tensor.Scalar(value, DType.Float64).RequireGradient();

    private static async Task Press(OpenPage page, string key, int times)
    {
        for (int i = 0; i < times; i++) await page.Page.Keyboard.PressAsync(key);
    }

    private static async Task<string> Step(OpenPage page) => await page.Page.Locator("output").TextContentAsync() ?? "";

    private static async Task<string> Panel(OpenPage page) => await page.Page.Locator(".panel").InnerTextAsync();

    /// <summary>What stands on the arrows and can be seen, or will be.</summary>
    private static Task<string[]> Shown(OpenPage page, string css, bool isKnown = true) => page.Page.EvaluateAsync<string[]>(
        "([css, isKnown]) => [...document.querySelectorAll(`.picture .${css}`)].filter(g => !isKnown || getComputedStyle(g).opacity === '1').map(g => g.textContent)", new object[] { css, isKnown });

    private static string[] Sorted(string[] numbers) => [.. numbers.OrderBy(text => double.Parse(text, CultureInfo.InvariantCulture))];

    /// <summary>Texts in the picture that contrast with what they stand on, box or ground, by less than 4.5 to 1.</summary>
    private static Task<string[]> FaintInPicture(OpenPage page) => page.Page.EvaluateAsync<string[]>(
        """
        () => {
          const rgb = text => text.match(/[\d.]+/g).slice(0, 3).map(Number);
          const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const page = rgb(getComputedStyle(document.body).backgroundColor);
          return [...document.querySelectorAll('.picture text')].flatMap(text => {
            const rect = text.closest('.box')?.querySelector('rect:last-of-type'), on = light(rect ? rgb(getComputedStyle(rect).fill) : page), own = light(rgb(getComputedStyle(text).fill));
            const contrast = (Math.max(on, own) + 0.05) / (Math.min(on, own) + 0.05);
            return contrast < 4.5 ? [`"${text.textContent}" ${contrast.toFixed(2)}`] : [];
          });
        }
        """);

    /// <summary>Boxes that are too narrow for what is written in them.</summary>
    private static Task<string[]> TextsOutsideOfTheirBoxes(OpenPage page) => page.Page.EvaluateAsync<string[]>(
        """
        () => [...document.querySelectorAll('.picture .box')].flatMap(box => {
          const rect = [...box.querySelectorAll('rect')].at(-1).getBoundingClientRect();
          return [...box.querySelectorAll('text')].filter(text => { const t = text.getBoundingClientRect(); return t.left < rect.left || t.right > rect.right; }).map(text => text.textContent);
        })
        """);

    /// <summary>A module whose operation lets no gradient pass.</summary>
    private sealed class StopGradient : Module
    {
        protected override Tensor Compute(Tensor x) => new StopGradientOperation().Apply(x);
    }

    private sealed class StopGradientOperation : NaryOperation
    {
        protected override Tensor Forward(ReadOnlySpan<Tensor> inputs) => inputs[0] * 1;

        protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients) { }
    }
}
