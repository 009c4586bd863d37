namespace Backprop;

/// <summary>What a layer made of its input.</summary>
/// <param name="Path">The layer's name within the module that was asked, as its parameters' begin there: <c>block1.body.conv1</c>; empty for that module itself.</param>
/// <param name="Layer">The layer.</param>
/// <param name="Input">What it was given.</param>
/// <param name="Output">What it made.</param>
public readonly record struct LayerOutput(string Path, Module Layer, Tensor Input, Tensor Output);

/// <summary>Shows what each layer makes.</summary>
internal class LayerWatch(Action<LayerOutput> watch) : LayerTrace
{
    /// <summary>Names count from the module that was asked, whatever that is part of.</summary>
    public override void Enter(string? layer) => base.Enter(IsOutside ? null : layer);

    public virtual void Computed(Module layer, Tensor x, Tensor y) => watch(new LayerOutput(Path, layer, x.Shown(), y.Shown()));
}
