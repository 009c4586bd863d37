using System.Diagnostics;
using System.Globalization;

namespace Backprop;

/// <summary>Finds, while a step is repeated, the operation that makes NaN or infinity of finite numbers; and where there is none, the first that makes NaN.</summary>
internal sealed class NonFiniteTrace : LayerTrace
{
    private readonly Dictionary<Operation, string?> _callers = new(ReferenceEqualityComparer.Instance);
    private NonFiniteOrigin? _fromFinite, _firstNaN;

    /// <summary>What was found.</summary>
    public NonFiniteOrigin? Origin => _fromFinite ?? _firstNaN;

    public override void Note(Operation operation)
    {
        base.Note(operation);
        _callers[operation] = Caller();
        Look(operation, isBackward: false, operation.Inputs, operation.Output);
    }

    public override void Pulled(Operation operation, Tensor gradient, ReadOnlySpan<Tensor?> parts)
    {
        foreach (Tensor? part in parts)
        {
            if (part is not null) Look(operation, isBackward: true, [gradient, .. operation.Inputs], part);
        }
    }

    private void Look(Operation operation, bool isBackward, IReadOnlyList<Tensor> inputs, Tensor result)
    {
        if (_fromFinite is not null || result.IsFinite) return;
        bool fromFinite = inputs.All(input => input.IsFinite);
        if (!fromFinite && (_firstNaN is not null || inputs.Any(HasNaN) || !HasNaN(result))) return;
        var origin = new NonFiniteOrigin(PathOf(operation), operation.Name, isBackward, [.. inputs.Select(TensorRange.Of)], TensorRange.Of(result), _callers.GetValueOrDefault(operation));
        if (fromFinite) _fromFinite = origin;
        else _firstNaN = origin;
    }

    private static bool HasNaN(Tensor tensor) => TensorRange.Of(tensor).NaNs > 0;

    /// <summary>The innermost line that is not the library's; null where the program has no line numbers with it.</summary>
    private static string? Caller()
    {
        string library = typeof(Operation).Assembly.GetName().Name!;
        foreach (StackFrame frame in new StackTrace(fNeedFileInfo: true).GetFrames())
        {
            if (DiagnosticMethodInfo.Create(frame) is not { } method || method.DeclaringAssemblyName.Split(',')[0] == library) continue;
            return frame.GetFileLineNumber() > 0 ? string.Create(CultureInfo.InvariantCulture, $"{System.IO.Path.GetFileName(frame.GetFileName())}:{frame.GetFileLineNumber()}") : null;
        }
        return null;
    }
}

/// <summary>Where NaN or infinity came from.</summary>
/// <param name="Layer">The layer's path, as <c>block1.body.conv1</c>; null outside of all layers, as in the loss.</param>
/// <param name="Operation">The operation's name.</param>
/// <param name="IsBackward">Whether it was its backward pass; then the first of the inputs is the gradient that arrived.</param>
/// <param name="Inputs">What it was given.</param>
/// <param name="Result">What it made.</param>
/// <param name="Caller">The file and line that called for it, if known.</param>
public sealed record NonFiniteOrigin(string? Layer, string Operation, bool IsBackward, IReadOnlyList<TensorRange> Inputs, TensorRange Result, string? Caller)
{
    /// <summary>One sentence.</summary>
    public override string ToString() =>
        $"{Operation}{(IsBackward ? "'s backward" : "")} {(Layer is null ? "outside of all layers" : $"in layer {Layer}")}{(Caller is null ? "" : $", called for in {Caller},")} " +
        $"makes {Result} of {string.Join(" and ", Inputs)}";
}

/// <summary>The numbers in a tensor, in short.</summary>
/// <param name="Shape">Its shape.</param>
/// <param name="Minimum">The smallest number that is finite; NaN if none is.</param>
/// <param name="Maximum">The greatest number that is finite; NaN if none is.</param>
/// <param name="NaNs">How many elements are NaN.</param>
/// <param name="Infinities">How many elements are infinite.</param>
public readonly record struct TensorRange(Shape Shape, double Minimum, double Maximum, int NaNs, int Infinities)
{
    internal static TensorRange Of(Tensor tensor)
    {
        (double minimum, double maximum, int nans, int infinities) = (double.NaN, double.NaN, 0, 0);
        for (int i = 0; i < tensor.ElementCount; i++)
        {
            double value = tensor.ElementAt(i);
            if (double.IsNaN(value)) nans++;
            else if (double.IsInfinity(value)) infinities++;
            else (minimum, maximum) = (double.MinNumber(minimum, value), double.MaxNumber(maximum, value));
        }
        return new TensorRange(tensor.Shape, minimum, maximum, nans, infinities);
    }

    /// <summary>For example <c>[100, 10] from -3.1 to 2.4</c>.</summary>
    public override string ToString()
    {
        string text = double.IsNaN(Minimum) ? $"{Shape}" : string.Create(CultureInfo.InvariantCulture, $"{Shape} from {Minimum:G4} to {Maximum:G4}");
        if (NaNs > 0) text += string.Create(CultureInfo.InvariantCulture, $", {NaNs} NaN");
        if (Infinities > 0) text += string.Create(CultureInfo.InvariantCulture, $", {Infinities} infinite");
        return text;
    }
}
