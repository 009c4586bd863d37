namespace Backprop.Cli.Proof;

/// <summary>What is claimed of one operation, and where. <see cref="OperationProof"/> proves it.</summary>
/// <param name="Name">The operation's name, and what is special about this case.</param>
/// <param name="Function">Applies it.</param>
internal sealed record OperationCase(string Name, Func<IReadOnlyList<Tensor>, Tensor> Function)
{
    /// <summary>The shapes of the inputs on which the slopes are checked, one row for each check: ordinary ones first, then those to be broadcast, then sizes 1 and 0.</summary>
    public required Shape[][] Shapes { get; init; }

    /// <summary>Between what their elements are drawn.</summary>
    public (double Low, double High) Domain { get; init; } = (-2, 2);

    /// <summary>Results and gradients that are known: by hand for a small case, and what comes of ±10⁴, ±∞, NaN, subnormal numbers and −0.</summary>
    public required Stated[] Stated { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>A known result.</summary>
/// <param name="Inputs">What the operation is applied to.</param>
/// <param name="Result">The result, row-major.</param>
/// <param name="Gradients">The gradient of each input, row-major, under the upstream gradient; null for an input that has none.</param>
internal sealed record Stated(Tensor[] Inputs, double[] Result, params double[]?[] Gradients)
{
    /// <summary>The upstream gradient; ones if nothing is said.</summary>
    public double[]? Upstream { get; init; }
}
