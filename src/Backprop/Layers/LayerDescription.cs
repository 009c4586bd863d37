using System.Globalization;

namespace Backprop;

/// <summary>What a module is: the name of its type and the arguments of the constructor call that makes another like it.</summary>
/// <remarks>
/// The text of a module and its entry in a model file are both made from this. A module of one's own that takes arguments gives them in <c>Describe</c>:
/// <code>
/// protected override LayerDescription Describe() => new LayerDescription(nameof(Scale)).With("factor", _factor).With("bias", _hasBias, @default: true);
/// </code>
/// Values are <see cref="bool"/>, <see cref="int"/>, <see cref="double"/>, <see cref="string"/>, an enum, <see cref="Size2d"/>, <see cref="Shape"/>, or null.
/// </remarks>
/// <param name="type">The name of the module's type.</param>
public sealed class LayerDescription(string type)
{
    private readonly List<LayerArgument> _arguments = [];

    /// <summary>The name of the module's type.</summary>
    public string Type { get; } = type ?? throw new ArgumentNullException(nameof(type));

    /// <summary>The constructor's arguments, all of them, in order.</summary>
    public IReadOnlyList<LayerArgument> Arguments => _arguments;

    /// <summary>Adds an argument that the text always shows, by its value alone.</summary>
    /// <exception cref="ArgumentException">The name is there already, or the value is of no permitted type.</exception>
    public LayerDescription With<T>(string name, T value) => Add(new LayerArgument(name, value, LayerArgumentKind.Positional));

    /// <summary>Adds an argument that the text shows, by its name, where it is not at its default.</summary>
    /// <inheritdoc cref="With{T}(string, T)" path="/exception"/>
    public LayerDescription With<T>(string name, T value, T @default) =>
        Add(new LayerArgument(name, value, EqualityComparer<T>.Default.Equals(value, @default) ? LayerArgumentKind.Default : LayerArgumentKind.Named));

    /// <summary>The constructor call, for example <c>Linear(784, 50, bias: false)</c>.</summary>
    public override string ToString()
    {
        string text = "";
        foreach (LayerArgument argument in _arguments)
        {
            if (argument.Kind != LayerArgumentKind.Default) text += $", {argument}";
        }
        return text.Length == 0 ? Type : $"{Type}({text[2..]})";
    }

    private LayerDescription Add(LayerArgument argument)
    {
        if (_arguments.Exists(known => known.Name == argument.Name)) throw new ArgumentException($"{Type}: the argument \"{argument.Name}\" is described twice.");
        if (argument.Value is not (null or bool or int or double or string or Enum or Size2d or Shape))
        {
            throw new ArgumentException($"{Type}: the argument \"{argument.Name}\" is of type {argument.Value.GetType().Name}; a description has bool, int, double, string, enum, Size2d, Shape or null.");
        }
        _arguments.Add(argument);
        return this;
    }
}

/// <summary>An argument of a <see cref="LayerDescription"/>.</summary>
/// <param name="Name">The constructor's name for it.</param>
/// <param name="Value">What was given.</param>
/// <param name="Kind">How the text shows it.</param>
public sealed record LayerArgument(string Name, object? Value, LayerArgumentKind Kind)
{
    /// <summary>For example <c>784</c>, or <c>bias: false</c>.</summary>
    public override string ToString()
    {
        string value = Value switch
        {
            null => "null",
            bool truth => truth ? "true" : "false",
            _ => Convert.ToString(Value, CultureInfo.InvariantCulture)!,
        };
        return Kind == LayerArgumentKind.Positional ? value : $"{Name}: {value}";
    }
}

/// <summary>How the text of a layer shows an argument.</summary>
public enum LayerArgumentKind
{
    /// <summary>By its value.</summary>
    Positional,

    /// <summary>By name and value.</summary>
    Named,

    /// <summary>Not at all: it has its default.</summary>
    Default,
}
