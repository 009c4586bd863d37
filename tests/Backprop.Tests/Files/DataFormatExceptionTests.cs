namespace Backprop.Tests;

public class DataFormatExceptionTests
{
    [Fact]
    public void Message_NamesFileAndByte_AndGivesATerminalNothingToObey()
    {
        string message = new DataFormatException("a.png", 7, "found '\u001b[2J\u0000\u0085', needs\na name.").Message;
        Assert.Equal("a.npz(\uFFFD.npy), byte 1: no", new DataFormatException("a.npz(\u001b.npy)", 1, "no").Message); // an entry of the file has its own name
        Assert.Equal("a.png, byte 7: found '\uFFFD[2J\uFFFD\uFFFD', needs\na name.", message);
    }

    [Fact]
    public void Message_WithAllOfAFile_IsCutInItsMiddle()
    {
        string message = new DataFormatException("a.csv", 7, $"found '{new string('x', 100_000)}', needs a name.").Message;
        Assert.InRange(message.Length, 900, 1100);
        Assert.StartsWith("a.csv, byte 7: found 'xxx", message, StringComparison.Ordinal);
        Assert.EndsWith("xxx', needs a name.", message, StringComparison.Ordinal);
    }
}
