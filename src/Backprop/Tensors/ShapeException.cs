using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace Backprop;

/// <summary>Shapes that do not fit. The message names the operation, the shapes, what is needed, and the layer on the way to it.</summary>
[StackTraceHidden]
public sealed class ShapeException : ArgumentException
{
    private readonly List<string> _layers = [];

    /// <summary>Says in which way shapes do not fit.</summary>
    /// <param name="message">The whole message: operation, shapes, rule, remedy.</param>
    public ShapeException(string message) : base(message) { }

    /// <summary>What happened, and in which layer.</summary>
    public override string Message => _layers.Count == 0 ? base.Message : $"{base.Message}{Environment.NewLine}  in     {string.Join(" of ", _layers)}";

    /// <summary>Adds the layer that the exception passes on its way up, for example <c>conv1 (Conv2d)</c>; inner ones come first.</summary>
    public void AddLayer(string layer) => _layers.Add(layer);

    /// <summary>The error for shapes that break a rule, one shape a line.</summary>
    [DoesNotReturn]
    internal static void Throw(string operation, string problem, string needs, params ReadOnlySpan<(string Name, Shape Shape)> shapes)
    {
        string lines = "";
        foreach ((string name, Shape shape) in shapes) lines += $"{Environment.NewLine}  {name,-6} {shape}";
        throw new ShapeException($"{operation}: {problem}.{lines}{Environment.NewLine}  needs  {needs}");
    }

    [DoesNotReturn]
    internal static int ThrowAxis(string operation, int axis, Shape shape) => throw new ShapeException(
        $"{operation}: there is no axis {axis} in {shape}; axes go from {-shape.Rank} to {shape.Rank - 1}.");
}
