namespace Backprop;

/// <summary>All axes from <c>startAxis</c> on made one: [n, c, h, w] → [n, c·h·w].</summary>
/// <param name="startAxis">The first axis that is taken in.</param>
public sealed class Flatten(int startAxis = 1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Flatten(startAxis);

    /// <inheritdoc/>
    protected override LayerDescription Describe() => new LayerDescription(nameof(Flatten)).With("startAxis", startAxis, 1);
}

/// <summary>Its input, unchanged: where a module is asked for and none is needed.</summary>
public sealed class Identity : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x;
}
