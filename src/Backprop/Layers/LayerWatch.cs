namespace Backprop;

/// <summary>What a layer made of its input.</summary>
/// <param name="Path">The layer's name, as its parameters' begin: <c>block1.body.conv1</c>; empty for the module that was asked.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Input">What it was given.</param>
/// <param name="Output">What it made.</param>
public readonly record struct LayerOutput(string Path, Module Layer, Tensor Input, Tensor Output);

/// <summary>Shows what each layer makes.</summary>
internal class LayerWatch(Action<LayerOutput> watch) : LayerTrace
{
    public virtual void Computed(Module layer, Tensor x, Tensor y) => watch(new LayerOutput(Path, layer, x.Shown(), y.Shown()));
}
