using Microsoft.Playwright;

namespace Backprop.Tests;

/// <summary>A Chromium without a window, one for all tests.</summary>
public sealed class Browser : IAsyncLifetime
{
    private const string Variable = "BACKPROP_BROWSER";
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    // It tests pages on this disk: it is not to ask the network for anything, and root can't have its sandbox.
    private static readonly string[] s_arguments =
        ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>Why tests with a browser are skipped; null where they are not.</summary>
    internal static string? WhyNot { get; } = Executable is null ? $"There is no Chromium here: install it, or set {Variable} to the path of one." : null;

    /// <summary>The browser's program; one that was asked for is taken as it is, so that its absence is seen.</summary>
    private static string? Executable => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } asked
        ? asked
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).SelectMany(_ => s_names, Path.Combine).FirstOrDefault(File.Exists);

    /// <inheritdoc/>
    public async Task InitializeAsync()
    {
        if (WhyNot is not null) return;
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = Executable, Args = s_arguments });
    }

    /// <inheritdoc/>
    public async Task DisposeAsync()
    {
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
    }

    /// <summary>Opens a file, in a window of its own.</summary>
    internal async Task<OpenPage> Open(string file, int width = 1400, int height = 900, ColorScheme colors = ColorScheme.Light)
    {
        IPage page = await _browser!.NewPageAsync(new BrowserNewPageOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = colors,
            ReducedMotion = ReducedMotion.Reduce,
        });
        var opened = new OpenPage(page);
        await page.GotoAsync(new Uri(Path.GetFullPath(file)).AbsoluteUri);
        return opened;
    }
}

/// <summary>The tests that share the browser; one at a time, for it takes the processors.</summary>
[CollectionDefinition(nameof(Browser), DisableParallelization = true)]
public sealed class BrowserCollection : ICollectionFixture<Browser>;
