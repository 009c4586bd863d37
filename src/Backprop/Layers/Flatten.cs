namespace Backprop;

/// <summary>All axes from <c>startAxis</c> on made one: [n, c, h, w] → [n, c·h·w].</summary>
public sealed class Flatten(int startAxis = 1) : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x.Flatten(startAxis);
}

/// <summary>Its input, unchanged: where a module is asked for and none is needed.</summary>
public sealed class Identity : Module
{
    /// <inheritdoc/>
    protected override Tensor Compute(Tensor x) => x;
}
