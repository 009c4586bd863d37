using Microsoft.Playwright;

namespace Backprop.Tests;

[Collection(nameof(Browser))]
public sealed class FiguresInBrowserTests(Browser browser) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserTheory]
    [InlineData("mse-tangents", 3)]
    [InlineData("activations", 22)]
    [InlineData("losses", 24)]
    [InlineData("initialization", 30)]
    [InlineData("optimizers", 30)]
    public async Task Figure_IsDrawn_AndReadable(string name, int marks)
    {
        Assert.Equal(0, CommandRun.Of("figures", name, "--output", _folder.Path).Code);
        foreach (ColorScheme colors in (ColorScheme[])[ColorScheme.Light, ColorScheme.Dark])
        {
            await using OpenPage page = await browser.Open(_folder[$"{name}.svg"], colors: colors);
            Assert.Empty(page.Problems);
            Assert.Empty(await page.Overlaps("text"));
            Assert.Empty(await page.FaintTexts("text"));
            int drawn = await page.Page.EvaluateAsync<int>("() => [...document.querySelectorAll('svg svg path')].filter(p => p.getBBox().width > 1).length");
            Assert.InRange(drawn, marks, 2 * marks + 40);
        }
    }

    [BrowserFact]
    public async Task Figure_OnAPhone_FitsItsWidth()
    {
        Assert.Equal(0, CommandRun.Of("figures", "activations", "--output", _folder.Path).Code);
        await using OpenPage page = await browser.Open(_folder["activations.svg"], width: 360);
        Assert.Equal(0, await page.Overflow());
    }
}
