using System.Globalization;

namespace Backprop.Fuzz;

/// <summary>Tables of numbers in text, with a class or a number to be predicted in one column.</summary>
internal sealed class CsvFormat(bool values) : FuzzedFormat
{
    public override string Name => values ? "csv-values" : "csv";

    public override IReadOnlyList<string> Words { get; } = [",", "\n", "\r\n", "\"", "\"\"", "\"a,b\"", " ", "\t", ";", "label", "07", "65535", "65536", "1e38", "1e39", "-0", ".", "+1", "\ufeff", ",,,,,,,,", "\n\n\n", "\"a\"b"];

    public override Part Make(RandomSource random)
    {
        int columns = 2 + random.Next(4), rows = 1 + random.Next(5), label = random.Next(columns);
        bool names = random.Next(2) == 0, quoted = random.Next(4) == 0, classNames = !values && random.Next(2) == 0;
        string end = random.Next(2) == 0 ? "\n" : "\r\n";
        var lines = new List<Part>();
        if (names) lines.Add(Line(column => column == 0 ? "label" : $"x{column}"));
        for (int row = 0; row < rows; row++)
        {
            lines.Add(Line(column => column > 0 ? Math.Round(random.NextNormal(), random.Next(4)).ToString(CultureInfo.InvariantCulture)
                : classNames ? $"class {random.Next(3)}" : $"{random.Next(10)}"));
        }
        return new Group(lines);

        Group Line(Func<int, string> field)
        {
            var parts = new List<Part>();
            for (int column = 0; column < columns; column++)
            {
                if (column > 0) parts.Add(new Text(","));
                string text = field(column);
                parts.Add(new Text(quoted ? $"\"{text}\"" : text));
            }
            return new Group([.. parts, new Text(end)]);
        }
    }

    public override void Read(byte[] file, string name)
    {
        TensorDataset read = values ? CsvFile.ReadValues(file, name, 0) : CsvFile.ReadClasses(file, name, 0);
        Batch all = read.Read([.. Enumerable.Range(0, Math.Min(read.Count, 3))]);
        Use(all.Inputs);
        Use(all.Targets);
        Check(values || read.ClassNames.Count > 0, "there are no classes");
    }

    /// <summary>The names of classes: one a line at most.</summary>
    public override long Objects(byte[] file) => values ? 0 : 1 + file.AsSpan().Count((byte)'\n');
}
