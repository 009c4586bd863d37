namespace Backprop;

/// <summary>A tensor that is trained: it asks for its gradient, outlives the steps, and has the name under which files and errors know it.</summary>
public sealed class Parameter : Tensor
{
    /// <summary>A parameter with the elements of <paramref name="value"/>, which it shares.</summary>
    /// <param name="value">The first value, of a floating-point dtype.</param>
    /// <param name="name">The name, see <see cref="Name"/>.</param>
    /// <exception cref="NotSupportedException">The tensor holds integers or truth values, which have no gradient.</exception>
    public Parameter(Tensor value, string name) : base(value ?? throw new ArgumentNullException(nameof(value)))
    {
        ArgumentNullException.ThrowIfNull(name);
        Name = name;
        Keep();
        RequireGradient();
    }

    /// <summary>The name within the whole model, as PyTorch has it: <c>conv1.weight</c>.</summary>
    public string Name { get; internal set; }
}
