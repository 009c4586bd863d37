using System.Collections;
using System.Globalization;

namespace Backprop;

/// <summary>The labels of a table on their way to class numbers: what they are is known when all have been seen.</summary>
internal sealed class CsvClasses(IReadOnlyList<string>? known, int maximumClasses)
{
    private const int LongestName = 1000; // bytes

    private readonly Dictionary<string, int> _places = Places(known ?? []); // of each text in _texts
    private readonly List<string> _texts = [.. known ?? []];
    private int[] _labels = []; // places
    private int _count;

    /// <summary>So many labels will come.</summary>
    public void Prepare(int rows) => _labels = new int[rows];

    /// <summary>Takes the field that the reader is at.</summary>
    public void Add(CsvReader line)
    {
        if (line.Field.Length > LongestName) throw line.ErrorHere($"found '{line.Excerpt}', {line.Field.Length} bytes, where a class must stand; its name has {LongestName} at most. Choose the column of the class.");
        string text = line.Text;
        if (!_places.TryGetValue(text, out int place))
        {
            if (known is not null) throw line.ErrorHere($"found '{line.Excerpt}' where one of the {known.Count} classes must stand: {string.Join(", ", known.Take(20))}{(known.Count > 20 ? ", ..." : "")}.");
            if (text.Length == 0) throw line.ErrorHere("the class is missing.");
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) && !IsClassNumber(text, out _))
            {
                throw line.ErrorHere($"found '{line.Excerpt}' where a class number from 0 to {maximumClasses - 1} or a name must stand. Choose the column of the class, or read values.");
            }
            place = _texts.Count;
            _places.Add(text, place);
            _texts.Add(text);
        }
        _labels[_count++] = place;
    }

    /// <summary>The class number of each label, and the classes.</summary>
    public (Tensor Targets, IReadOnlyList<string> Names) Finish()
    {
        int[] numbers = new int[_texts.Count]; // of each place
        IReadOnlyList<string> names = known ?? Names(numbers);
        for (int i = 0; known is null && i < _labels.Length; i++) _labels[i] = numbers[_labels[i]];
        return (Tensor.From<int>(_labels), names);
    }

    private IReadOnlyList<string> Names(int[] numbers)
    {
        int count = 0;
        for (int place = 0; place < numbers.Length; place++)
        {
            if (!IsClassNumber(_texts[place], out numbers[place])) return NamesInOrder(numbers);
            count = Math.Max(count, numbers[place] + 1);
        }
        return new NumberedClasses(count);
    }

    private string[] NamesInOrder(int[] numbers)
    {
        string[] names = [.. _texts];
        int[] places = [.. Enumerable.Range(0, names.Length)];
        Array.Sort(names, places, StringComparer.Ordinal);
        for (int number = 0; number < names.Length; number++) numbers[places[number]] = number;
        return names;
    }

    // written as numbers are: 7, not 07
    private bool IsClassNumber(string text, out int number) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number < maximumClasses && (text[0] != '0' || text.Length == 1)
        && char.IsAsciiDigit(text[^1]); // .NET passes over zero characters at the end of a number

    private static Dictionary<string, int> Places(IReadOnlyList<string> names)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++) places.Add(names[i], i);
        return places;
    }
}

/// <summary>The names "0" to "count − 1", made when they are asked for: a line with a great number does not justify all those before it.</summary>
internal sealed class NumberedClasses(int count) : IReadOnlyList<string>
{
    public int Count => count;

    public string this[int index] => (uint)index < (uint)count ? index.ToString(CultureInfo.InvariantCulture) : throw new ArgumentOutOfRangeException(nameof(index), index, $"There are {count} classes, numbered from 0.");

    public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, count).Select(number => this[number]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
