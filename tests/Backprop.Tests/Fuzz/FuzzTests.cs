using System.Text;
using Backprop.Fuzz;

namespace Backprop.Tests;

/// <summary>The short run of the fuzzer, and whether it sees what it is there to see.</summary>
public class FuzzTests
{
    private const int Count = 1500; // files a format: some tenths of a second

    public static TheoryData<string> Formats => [.. FuzzedFormats.All.Select(format => format.Name)];

    [Theory, MemberData(nameof(Formats))]
    public void Reader_OfChangedFiles_ReadsOrRefusesThem(string name)
    {
        FuzzRun run = FuzzRun.Start(FuzzedFormats.Find(name)!, seed: 1, Count);
        Assert.True(run.Problems.Count == 0, string.Join(Environment.NewLine, run.Problems));
        Assert.Equal(Count, run.Files);
        Assert.InRange(run.Accepted, Count / 20, Count - Count / 20); // changes that all are refused at once, or that nobody sees, try nothing
    }

    [Theory, MemberData(nameof(Formats))]
    public void File_OfASeed_IsTheSameEachTime(string name)
    {
        FuzzedFormat format = FuzzedFormats.Find(name)!;
        int sound = 0;
        for (int seed = 1; seed <= 200; seed++)
        {
            Assert.Equal(FuzzRun.File(format, seed, out bool isSound), FuzzRun.File(format, seed, out _));
            if (isSound) sound++;
        }
        Assert.InRange(sound, 4, 30);
    }

    [Fact]
    public void Run_SeesWhatAReaderDoesWrong()
    {
        Assert.Empty(Problems(_ => { }, 40));
        Assert.Contains("IndexOutOfRangeException", Problems(file => _ = file[1000])[0], StringComparison.Ordinal);
        Assert.Contains("bytes allocated, 32", Problems(_ => GC.KeepAlive(new byte[100_000]))[0], StringComparison.Ordinal);
        Assert.Contains(" s for ", Problems(_ => Thread.Sleep(1100))[0], StringComparison.Ordinal);
        Assert.Contains("lies outside of the file", Problems(_ => throw new DataFormatException("wrong", 99, "no"))[0], StringComparison.Ordinal);
        Assert.Contains("does not begin with file and byte", Problems(_ => throw new DataFormatException("other", 0, "no"))[0], StringComparison.Ordinal);
        Assert.NotEmpty(Problems(_ => throw new DataFormatException("wrong", 0, "no"), 100));
        Assert.All(Problems(_ => throw new DataFormatException("wrong", 0, "no"), 100), problem => Assert.Contains("a sound file is refused: wrong, byte 0: no", problem, StringComparison.Ordinal));

        static List<string> Problems(Action<byte[]> read, int count = 1) => FuzzRun.Start(new WrongFormat(read), seed: 1, count).Problems;
    }

    /// <summary>Four letters, and a reader with something wrong.</summary>
    private sealed class WrongFormat(Action<byte[]> read) : FuzzedFormat
    {
        public override string Name => "wrong";

        public override Part Make(RandomSource random) => new Text("abcd");

        public override void Read(byte[] file, string name) => read(Encoding.ASCII.GetBytes("abcd"));
    }
}
