namespace Backprop.Tests;

/// <summary>A fact about a page as a browser shows it, skipped where there is no browser.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Browser.WhyNot;
}

/// <summary>A theory about a page as a browser shows it, skipped where there is no browser.</summary>
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    public BrowserTheoryAttribute() => Skip = Browser.WhyNot;
}
