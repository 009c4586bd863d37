namespace Backprop;

/// <summary>A module with a way around it: <c>y = body(x) + shortcut(x)</c>, where the shortcut is x itself unless given.</summary>
/// <remarks>
/// Children: <c>body</c>, and <c>shortcut</c> if given, which makes x fit where the body changes its shape.
/// K. He et al., "Deep residual learning for image recognition" (2016).
/// </remarks>
public sealed class Residual : Module
{
    private readonly Module _body;
    private readonly Module? _shortcut;

    /// <summary>A body and what goes around it.</summary>
    /// <param name="body">The residual function.</param>
    /// <param name="shortcut">What x passes through; null: nothing.</param>
    public Residual(Module body, Module? shortcut = null)
    {
        _body = AddModule("body", body);
        if (shortcut is not null) _shortcut = AddModule("shortcut", shortcut);
    }

    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x)
    {
        if (Predict(x, rectify: false) is { } sum) return sum;
        Tensor residual = _body.Forward(x), around = _shortcut is null ? x : _shortcut.Forward(x);
        if (residual.Shape != around.Shape)
        {
            ShapeException.Throw("Residual", "the body changes the shape", "equal shapes: give a shortcut that makes the same change, for example Conv2d(in, out, kernelSize: 1, stride)",
                ("body", residual.Shape), (_shortcut is null ? "x" : "around", around.Shape));
        }
        Tensor y = residual + around;
        if (residual.Storage != x.Storage) residual.Discard(); // nobody outside can see the two parts
        if (around.Storage != x.Storage) around.Discard();
        return y;
    }

    /// <summary>In prediction a convolution that ends the body takes the addition along, and a ReLU behind it, which saves the sum's way through memory; null where it can't, or x does not fit.</summary>
    internal Tensor? Predict(Tensor x, bool rectify)
    {
        try
        {
            return LayerTrace.Current is null && !Autograd.IsRecording && _body is Sequential body ? body.PredictSum(x, _shortcut, rectify) : null;
        }
        catch (ShapeException)
        {
            return null; // computed one by one, the layers tell by name what does not fit
        }
    }
}
