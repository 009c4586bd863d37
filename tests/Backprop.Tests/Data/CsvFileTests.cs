using System.Text;

namespace Backprop.Tests;

public class CsvFileTests
{
    [Fact]
    public void Classes_WithoutColumnNames_AreRead()
    {
        TensorDataset data = Classes("1,2.5,0\r\n-3e1, 4 ,2\n\n", -1);
        Assert.Equal([1f, 2.5f, -30, 4], data.ReadAll().Inputs.ToArray<float>());
        Assert.Equal([0, 2], data.ReadAll().Targets.ToArray<int>());
        Assert.Equal(["0", "1", "2"], data.ClassNames);
        Assert.Equal([2], data.InputShape.ToArray());
    }

    [Theory]
    [InlineData("label,a,b\n1,2,3\n0,4,5\n")]
    [InlineData("\uFEFF\"label\",\"a\",\"the \"\"b\"\", or c\"\n\"1\", \"2\" ,3\n0,4,5")]
    public void Label_ByNumberOrName_IsTheSame(string text)
    {
        foreach (CsvColumn label in new CsvColumn[] { 0, -3, "label" })
        {
            TensorDataset data = Classes(text, label);
            Assert.Equal([2f, 3, 4, 5], data.ReadAll().Inputs.ToArray<float>());
            Assert.Equal([1, 0], data.ReadAll().Targets.ToArray<int>());
        }
    }

    [Fact]
    public void Classes_Names_AreNumberedAlphabetically_OrAsKnown()
    {
        const string text = "length,kind\n1,setosa\n2,\"iris, blue\"\n3,setosa\n";
        Assert.Equal(["iris, blue", "setosa"], Classes(text, "kind").ClassNames);
        Assert.Equal([1, 0, 1], Classes(text, "kind").ReadAll().Targets.ToArray<int>());
        TensorDataset known = Classes(text, "kind", ["setosa", "virginica", "iris, blue"]);
        Assert.Equal([0, 2, 0], known.ReadAll().Targets.ToArray<int>());
        Assert.Equal(3, known.ClassCount);
        Assert.Contains("line 3, column 2: found 'iris, blue' where one of the 1 classes", Refused(() => Classes(text, "kind", ["setosa"])), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_AreAColumnOfTargets()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("table.csv", Encoding.UTF8.GetBytes("size;price\n1;2.5\n3;-4\n"));
        TensorDataset data = CsvFile.ReadValues(path, "price", ';');
        Assert.Equal([2, 1], data.ReadAll().Targets.Shape.ToArray());
        Assert.Equal([2.5f, -4], data.ReadAll().Targets.ToArray<float>());
        Assert.Empty(data.ClassNames);
    }

    [Theory]
    [InlineData("1,2,0\n1,x,0\n", "byte 8: line 2, column 2: found 'x'")]
    [InlineData("1,,0\n", "line 1, column 2: found ''")]
    [InlineData("1,2,\n", "line 1, column 3: the class is missing")]
    [InlineData("a,b,label\n1,nan,0\n", "line 2, column 2: found 'nan'")]
    [InlineData("1,1e99,0\n", "found '1e99'")]
    [InlineData("1,2,0\n1,2\n", "line 2: found 2 values, and the first line has 3")]
    [InlineData("1,2,0.5\n", "line 1, column 3: found '0.5' where a class number")]
    [InlineData("1,2,-1\n", "found '-1'")]
    [InlineData("1,2,07\n", "found '07'")]
    [InlineData("1,2,7\0\n", "found '7\uFFFD'")] // which .NET reads as 7
    [InlineData("1,2\0,7\n", "found '2\uFFFD'")]
    [InlineData("1,2,2000000000\n", "from 0 to 65535")]
    [InlineData("1;2;0\n", "is the separator right?")]
    [InlineData("a,b,c\n", "no example under the names")]
    [InlineData("\n \n", "there is no line")]
    [InlineData("\"1,2,0\n", "line 1, column 1: a quote is opened and not closed")]
    [InlineData("\"1\"x,2,0\n", "line 1, column 1: something follows the closing quote")]
    public void WrongFile_NamesLineAndColumn(string text, string says)
    {
        string message = Refused(() => Classes(text, -1));
        Assert.Contains(says, message, StringComparison.Ordinal);
        Assert.Contains("table.csv", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Label_ThatIsNotThere_ListsTheColumns()
    {
        Assert.Contains("no column 'c': found a, b", Refused(() => Classes("a,b\n1,2\n", "c")), StringComparison.Ordinal);
        Assert.Contains("no column 2: 2 were found", Refused(() => Classes("a,b\n1,2\n", 2)), StringComparison.Ordinal);
        Assert.Contains("no column -3", Refused(() => Classes("a,b\n1,2\n", -3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Separator_ThatCannotBe_IsRefused()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("table.csv", Encoding.UTF8.GetBytes("1,2\n"));
        Assert.Throws<ArgumentOutOfRangeException>(() => CsvFile.ReadValues(path, 0, '"'));
        Assert.Throws<ArgumentOutOfRangeException>(() => CsvFile.ReadValues(path, 0, '·'));
    }

    [Fact]
    public void Class_OfAGreatNumber_TakesNoMemoryForThoseBeforeIt()
    {
        byte[] file = "1,0\n2,65535\n"u8.ToArray();
        Assert.Equal(65536, CsvFile.ReadClasses(file, "table.csv", -1).ClassCount);
        long before = GC.GetAllocatedBytesForCurrentThread();
        TensorDataset data = CsvFile.ReadClasses(file, "table.csv", -1);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16_384);
        Assert.Equal("65535", data.ClassNames[^1]);
        Assert.Equal(Enumerable.Range(0, 65536).Select(number => $"{number}"), data.ClassNames);
        Assert.Throws<ArgumentOutOfRangeException>(() => data.ClassNames[65536]);
    }

    [Fact]
    public void Table_OfOneWideLine_TakesMemoryForItsNumbersAlone()
    {
        byte[] numbers = Encoding.UTF8.GetBytes(string.Join(',', Enumerable.Repeat("1", 200_000))), commas = Encoding.UTF8.GetBytes(new string(',', 400_000));
        Assert.Equal([199_999], CsvFile.ReadValues(numbers, "wide.csv", 0).InputShape.ToArray());
        Assert.InRange(Allocated(() => CsvFile.ReadValues(numbers, "wide.csv", 0)), 0, 4 * numbers.Length);
        Assert.InRange(Allocated(() => Assert.Throws<DataFormatException>(() => CsvFile.ReadValues(commas, "wide.csv", 0))), 0, 4 * commas.Length + 32_768);

        static long Allocated(Action read)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            read();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void Field_ThatIsLong_IsQuotedInItsBeginning()
    {
        string message = Refused(() => Classes($"1,2,{new string('x', 5000)}\n", 0));
        Assert.Contains($"found '{new string('x', 60)}...' where", message, StringComparison.Ordinal);
        Assert.Contains("5000 bytes, where a class must stand", Refused(() => Classes($"1,{new string('x', 5000)}\n", 1)), StringComparison.Ordinal);
    }

    private static string Refused(Action read) => Assert.Throws<DataFormatException>(read).Message;

    private static TensorDataset Classes(string text, CsvColumn label, IReadOnlyList<string>? classNames = null)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("table.csv", Encoding.UTF8.GetBytes(text));
        return CsvFile.ReadClasses(path, label, classNames);
    }
}
