using System.Globalization;

namespace Backprop;

/// <summary>The labels of a table on their way to class numbers: what they are is known when all have been seen.</summary>
internal sealed class CsvClasses(IReadOnlyList<string>? known, int maximumClasses)
{
    private readonly Dictionary<string, int> _places = Places(known ?? []); // of each text in _texts
    private readonly List<string> _texts = [.. known ?? []];
    private readonly List<int> _labels = []; // places

    public void Add(CsvReader line, int column)
    {
        string text = line.Text(column);
        if (!_places.TryGetValue(text, out int place))
        {
            if (known is not null) throw line.Error(column, $"found '{text}' where one of the {known.Count} classes must stand: {string.Join(", ", known.Take(20))}{(known.Count > 20 ? ", ..." : "")}.");
            if (text.Length == 0) throw line.Error(column, "the class is missing.");
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !IsClassNumber(text, out _))
            {
                throw line.Error(column, $"found '{text}' where a class number from 0 to {maximumClasses - 1} or a name must stand. Choose the column of the class, or read values.");
            }
            place = _texts.Count;
            _places.Add(text, place);
            _texts.Add(text);
        }
        _labels.Add(place);
    }

    /// <summary>The class number of each label, and the classes.</summary>
    public (Tensor Targets, IReadOnlyList<string> Names) Finish()
    {
        IReadOnlyList<string> names = known ?? Names();
        int[] numbers = new int[_texts.Count]; // of each place
        Dictionary<string, int> byName = Places(names);
        for (int place = 0; place < numbers.Length; place++) numbers[place] = byName[_texts[place]];
        return (Tensor.From<int>([.. _labels.Select(place => numbers[place])]), names);
    }

    private IReadOnlyList<string> Names()
    {
        int count = 0;
        foreach (string text in _texts)
        {
            if (!IsClassNumber(text, out int number)) return [.. _texts.Order(StringComparer.Ordinal)];
            count = Math.Max(count, number + 1);
        }
        return [.. Enumerable.Range(0, count).Select(number => number.ToString(CultureInfo.InvariantCulture))];
    }

    // written as numbers are: 7, not 07
    private bool IsClassNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < maximumClasses && (text[0] != '0' || text.Length == 1);

    private static Dictionary<string, int> Places(IReadOnlyList<string> names)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++) places.Add(names[i], i);
        return places;
    }
}
