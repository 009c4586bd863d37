using Microsoft.Playwright;

namespace Backprop.Tests;

/// <summary>Holds that the judges of a page see what is wrong with one, so that their silence means something.</summary>
[Collection(nameof(Browser))]
public sealed class OpenPageTests(Browser browser) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [BrowserFact]
    public async Task GoodPage_HasNoProblem()
    {
        await using OpenPage page = await Open("<p>Left</p><p style='color: #333; background: #eee'>Below</p>");
        Assert.Empty(page.Problems);
        Assert.Empty(await page.Overlaps("p"));
        Assert.Empty(await page.FaintTexts("p"));
        Assert.Equal(0, await page.Overflow());
    }

    [BrowserFact]
    public async Task ErrorsAndRequests_AreProblems()
    {
        await using OpenPage page = await Open("<script>console.error('first'); fetch('http://127.0.0.1:9/').catch(() => {}); throw new Error('second')</script>");
        await page.Page.WaitForTimeoutAsync(200);
        Assert.Contains(page.Problems, problem => problem == "first");
        Assert.Contains(page.Problems, problem => problem.Contains("second", StringComparison.Ordinal));
        Assert.Contains(page.Problems, problem => problem == "asks for http://127.0.0.1:9/");
    }

    [BrowserFact]
    public async Task TextsOnOneAnother_FaintOnes_AndAWidePage_AreSeen()
    {
        await using OpenPage page = await Open(
            "<p style='position: absolute; top: 0; left: 0'>One</p><p style='position: absolute; top: 5px; left: 5px'>Two</p><p style='color: #aaa; width: 500px; margin-top: 99px'>Three</p>", width: 360);
        Assert.Equal(["\"One\" and \"Two\""], await page.Overlaps("p"));
        Assert.StartsWith("\"Three\" 2.3", Assert.Single(await page.FaintTexts("p")));
        Assert.InRange(await page.Overflow(), 140, 160);
    }

    [BrowserFact]
    public async Task DarkText_WhereThePageIsDark_IsFaint()
    {
        await using OpenPage page = await Open("<style>:root { color-scheme: light dark }</style><p style='color: #222'>Dark</p>", colors: ColorScheme.Dark);
        Assert.Single(await page.FaintTexts("p"));
    }

    private async Task<OpenPage> Open(string body, int width = 1400, ColorScheme colors = ColorScheme.Light)
    {
        string file = Path.Combine(_folder.Path, "page.html");
        await File.WriteAllTextAsync(file, $"<!doctype html><html lang='en'><meta charset='utf-8'><title>Page</title><body>{body}</body></html>");
        return await browser.Open(file, width, colors: colors);
    }
}
