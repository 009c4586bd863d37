using Microsoft.Playwright;

namespace Backprop.Tests;

/// <summary>A page in the browser, and what went wrong on it so far.</summary>
internal sealed class OpenPage : IAsyncDisposable
{
    private readonly List<string> _problems = [];

    public OpenPage(IPage page)
    {
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning") _problems.Add(message.Text);
        };
        page.PageError += (_, error) => _problems.Add(error);
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith("file:", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                _problems.Add($"asks for {request.Url}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console, exceptions, and requests that leave the file.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>By how many pixels the page is wider than its window.</summary>
    public Task<int> Overflow() => Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth - document.documentElement.clientWidth");

    /// <summary>Pairs of visible texts, of those that <paramref name="selector"/> finds, that lie on one another by more than a pixel.</summary>
    public Task<string[]> Overlaps(string selector) => Page.EvaluateAsync<string[]>(
        """
        selector => {
          const shown = [...document.querySelectorAll(selector)].filter(e => e.textContent.trim() && e.checkVisibility({ opacityProperty: true, visibilityProperty: true }));
          const boxes = shown.map(e => [e, e.getBoundingClientRect()]).filter(([, box]) => box.width > 0 && box.height > 0);
          const found = [];
          boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
            if (a.contains(b) || b.contains(a)) return;
            const across = Math.min(p.right, q.right) - Math.max(p.left, q.left), down = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (across > 1 && down > 1) found.push(`"${a.textContent.trim()}" and "${b.textContent.trim()}"`);
          }));
          return found;
        }
        """, selector);

    /// <summary>Texts, of those that <paramref name="selector"/> finds, whose colour is too near to what they stand on: a contrast below 4.5 to 1 (WCAG 2, AA).</summary>
    public Task<string[]> FaintTexts(string selector) => Page.EvaluateAsync<string[]>(
        """
        selector => {
          const color = text => { const m = text.match(/[\d.]+/g).map(Number); return m.length < 4 ? [...m, 1] : m; };
          const light = c => { const [r, g, b] = c.slice(0, 3).map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
          const over = (top, below) => top.slice(0, 3).map((v, i) => v * top[3] + below[i] * (1 - top[3]));
          const ground = e => {
            const layers = [];
            for (let at = e; at; at = at.parentElement) { layers.push(color(getComputedStyle(at).backgroundColor)); if (layers.at(-1)[3] === 1) break; }
            const page = matchMedia('(prefers-color-scheme: dark)').matches && getComputedStyle(document.documentElement).colorScheme.includes('dark') ? [18, 18, 18] : [255, 255, 255];
            return layers.reverse().reduce((below, layer) => over(layer, below), page);
          };
          return [...document.querySelectorAll(selector)].filter(e => e.textContent.trim() && e.checkVisibility()).flatMap(e => {
            const style = getComputedStyle(e), own = color(e instanceof SVGElement ? style.fill : style.color), on = ground(e);
            const [p, q] = [light(over(own, on)), light(on)];
            const contrast = (Math.max(p, q) + 0.05) / (Math.min(p, q) + 0.05);
            return contrast < 4.5 ? [`"${e.textContent.trim().slice(0, 40)}" ${contrast.toFixed(2)}`] : [];
          });
        }
        """, selector);

    public async ValueTask DisposeAsync() => await Page.CloseAsync();
}
