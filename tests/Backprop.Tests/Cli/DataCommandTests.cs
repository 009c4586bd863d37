using Backprop.Cli;

namespace Backprop.Tests;

/// <summary>Pictures in the terminal, and pictures from elsewhere.</summary>
public sealed class DataCommandTests
{
    [Fact]
    public void Show_WithoutColour_DrawsWithCharacters()
    {
        CommandRun run = CommandRun.Of("data", "show", "--count", "4");
        Assert.Equal(0, run.Code);
        Assert.DoesNotContain('\e', run.Out);
        Assert.Contains('@', run.Out);
        string[] lines = run.Out.Split(Environment.NewLine);
        Assert.Equal(2 * (14 + 1 + 1) + 1, lines.Length); // 100 columns hold three pictures of 28; two pixels above one another share a line
        Assert.Matches(@"^0: \d +1: \d +2: \d$", lines[14]);
    }

    [Fact]
    public void Show_Colour_OnATerminalOrWhereAskedFor()
    {
        Assert.Contains("\e[38;2;", CommandRun.Of("data", "show", "--count", "1", "--color", "always").Out);
        Assert.Contains("\e[38;2;", CommandRun.Of(["data", "show", "--count", "1"], default, terminal: true).Out);
        Assert.DoesNotContain('\e', CommandRun.Of(["data", "show", "--count", "1", "--color", "never"], default, terminal: true).Out);
    }

    [Fact]
    public void Picture_RowsOfColours_ByHand()
    {
        var output = new StringWriter();
        var picture = new Picture(3, 2, "x", (row, column) => row == 1 && column == 1 ? ((byte)255, (byte)255, (byte)255) : default);
        PictureStrip.Write(new Terminal { Out = output, Error = output }, [picture]);
        Assert.Equal([" =", "", "x", "", ""], output.ToString().Split(Environment.NewLine)); // half of a cell is white: the middle of the scale
    }

    [Fact]
    public void Fit_LargeBlackOnWhite_BecomesAFramedDigit()
    {
        byte[] page = new byte[100 * 80];
        Array.Fill(page, (byte)255);
        for (int row = 20; row < 60; row++) page.AsSpan(row * 80 + 30, 10).Clear(); // a bar of 10 × 40, off the centre
        var said = new List<string>();
        Image fitted = ImageFitting.Fit(new Image(80, 100, 1, page), [1, 28, 28], PictureFit.Ink, said.Add);
        Assert.Equal(2, said.Count);
        int[] inked = [.. Enumerable.Range(0, 784).Where(i => fitted.Pixels[i] > 0)];
        Assert.Equal((4, 23), (inked.Min(i => i / 28), inked.Max(i => i / 28))); // 20 rows high, in the middle
        Assert.Equal((12, 16), (inked.Min(i => i % 28), inked.Max(i => i % 28)));
        Assert.All(inked, i => Assert.Equal(255, fitted.Pixels[i]));
    }

    [Fact]
    public void Fit_EmptyPage_IsRefused() =>
        Assert.StartsWith("The picture is empty", Assert.Throws<InvalidDataException>(() => ImageFitting.Fit(new Image(9, 9, 1, new byte[81]), [1, 28, 28], PictureFit.Ink, _ => { })).Message);

    [Fact]
    public void Fit_Photograph_IsScaledByArea()
    {
        Image fitted = ImageFitting.Fit(new Image(4, 2, 1, [0, 100, 50, 50, 100, 200, 50, 50]), [3, 1, 2], PictureFit.Whole, _ => { });
        Assert.Equal([100, 50, 100, 50, 100, 50], fitted.Pixels.ToArray());
    }
}
