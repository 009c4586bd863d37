namespace Backprop;

/// <summary>The description of a module in a file, for those who make the module: what its <see cref="LayerDescription"/> said when it was saved.</summary>
public sealed class LayerArguments
{
    // No layer comes near; what a file makes a loop count stays small.
    private const int LargestLength = 1 << 28, LargestWindow = 1 << 20, LargestSide = 1 << 12;

    private static readonly HashSet<string> s_windows = ["kernelSize", "stride", "padding", "dilation"]; // along one axis; along two they are a Size2d

    private readonly ArchitectureReader _reader;
    private readonly JsonPlace _entry;
    private readonly string _path;
    private readonly int _depth;
    private readonly OrderedDictionary<string, JsonPlace>? _arguments, _modules;
    private readonly HashSet<string> _read = [];

    internal LayerArguments(ArchitectureReader reader, JsonPlace entry, string path, int depth)
    {
        (_reader, _entry, _path, _depth) = (reader, entry, path, depth);
        Type = entry.Get("type").Text();
        (_arguments, _modules) = (entry.Find("arguments")?.Fields, entry.Find("modules")?.Fields);
    }

    /// <summary>The name of the module's type.</summary>
    public string Type { get; }

    /// <summary>The modules it was built of, made anew, by name and in order.</summary>
    /// <exception cref="DataFormatException">One of them can't be made.</exception>
    public IEnumerable<KeyValuePair<string, Module>> Modules
    {
        get
        {
            foreach ((string name, _) in _modules ?? []) yield return new(name, Module(name));
        }
    }

    /// <summary>One of the modules it was built of, made anew.</summary>
    /// <exception cref="DataFormatException">There is none of this name, or it can't be made.</exception>
    public Module Module(string name) => ModuleOrNull(name) ?? throw _entry.Bad($"has no module \"{name}\", which a {Type} needs");

    /// <summary>One of the modules it was built of, made anew; null if there is none of this name.</summary>
    /// <exception cref="DataFormatException">It can't be made.</exception>
    public Module? ModuleOrNull(string name)
    {
        if (_modules is null || !_modules.TryGetValue(name, out JsonPlace? place)) return null;
        _read.Add(name);
        return _reader.Build(place, _path.Length == 0 ? name : $"{_path}.{name}", _depth + 1);
    }

    /// <summary>An argument: a <see cref="bool"/>, <see cref="int"/>, <see cref="double"/>, <see cref="string"/>, <see cref="Size2d"/> or <see cref="Shape"/>, or one of the first three that may be null.</summary>
    /// <exception cref="DataFormatException">There is none of this name, or it is of another type.</exception>
    /// <exception cref="NotSupportedException">No argument is of type <typeparamref name="T"/>.</exception>
    public T Get<T>(string name)
    {
        JsonPlace place = Argument(name);
        object? value =
            typeof(T) == typeof(int) ? Whole(place, Most(name))
            : typeof(T) == typeof(double) ? place.Double()
            : typeof(T) == typeof(bool) ? place.Boolean()
            : typeof(T) == typeof(string) ? place.Text()
            : typeof(T) == typeof(Size2d) ? Size(place)
            : typeof(T) == typeof(Shape) ? place.Shape()
            : typeof(T) == typeof(int?) ? (place.IsNull ? null : Whole(place, Most(name)))
            : typeof(T) == typeof(double?) ? (place.IsNull ? null : place.Double())
            : typeof(T) == typeof(bool?) ? (place.IsNull ? null : place.Boolean())
            : throw new NotSupportedException($"{Type}: no argument is of type {typeof(T)}; ask for an enum by Enum<T>.");
        return (T)value!;
    }

    /// <summary>An argument that may be missing because it came into the world later than the file.</summary>
    /// <inheritdoc cref="Get{T}(string)"/>
    /// <param name="name">The argument.</param>
    /// <param name="default">What stands for it.</param>
    public T Get<T>(string name, T @default) => _arguments is not null && _arguments.ContainsKey(name) ? Get<T>(name) : @default;

    /// <summary>An argument that is one of an enum's values.</summary>
    /// <exception cref="DataFormatException">There is none of this name, or it names no value.</exception>
    public T Enum<T>(string name) where T : struct, Enum => Argument(name).Enum<T>();

    /// <summary>Whether a file may have an argument of this name and value: its numbers are not so large that they would be refused when it is read.</summary>
    internal static bool MayHave(LayerArgument argument) => argument.Value switch
    {
        int number => Math.Abs((long)number) <= Most(argument.Name),
        Size2d size => Math.Abs((long)size.Height) <= LargestSide && Math.Abs((long)size.Width) <= LargestSide,
        _ => true,
    };

    private static int Most(string name) => s_windows.Contains(name) ? LargestWindow : LargestLength;

    /// <summary>Refuses arguments and modules that the layer does not know: it would be another one without them.</summary>
    internal void CheckAllRead()
    {
        CheckRead(_arguments);
        CheckRead(_modules);
    }

    private void CheckRead(OrderedDictionary<string, JsonPlace>? fields)
    {
        foreach ((string name, JsonPlace place) in fields ?? [])
        {
            if (!_read.Contains(name)) throw place.Bad($"is nothing that a {Type} of this version of the library has; a newer one may have it");
        }
    }

    private JsonPlace Argument(string name)
    {
        if (_arguments is null || !_arguments.TryGetValue(name, out JsonPlace? place)) throw _entry.Bad($"has no argument \"{name}\", which a {Type} needs");
        _read.Add(name);
        return place;
    }

    private static int Whole(JsonPlace place, int most) => Math.Abs((long)place.Int32()) <= most ? place.Int32() : throw place.Bad($"is beyond ±{most}");

    private static Size2d Size(JsonPlace place)
    {
        JsonPlace[] both = place.Items(2, "a height and a width");
        return both.Length == 2 ? (Whole(both[0], LargestSide), Whole(both[1], LargestSide)) : throw place.Bad("must be a height and a width");
    }
}
