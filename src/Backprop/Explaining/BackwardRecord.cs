namespace Backprop;

/// <summary>Follows a forward and a backward pass: in which layer each operation was applied, and what its backward was given and made.</summary>
internal sealed class BackwardRecord : LayerTrace
{
    private readonly Dictionary<Operation, Pull> _pulls = new(ReferenceEqualityComparer.Instance);

    /// <summary>What an operation's backward was given and made.</summary>
    /// <param name="Gradient">∂L/∂(its result).</param>
    /// <param name="Parts">What it adds to ∂L/∂(each input); null where that is not needed.</param>
    /// <param name="Slopes">∂(its result)/∂(each input) where that is a number, or one for each element of the input; else null.</param>
    public sealed record Pull(Tensor Gradient, Tensor?[] Parts, Tensor?[] Slopes);

    /// <summary>The backward of an operation; null if the pass did not come to it.</summary>
    public Pull? Of(Operation operation) => _pulls.GetValueOrDefault(operation);

    public override void Pulled(Operation operation, Tensor gradient, ReadOnlySpan<Tensor?> parts) =>
        _pulls[operation] = new Pull(gradient, parts.ToArray(), Slopes(operation, parts.Length));

    /// <summary>The slopes are what the operation's own backward makes of ones.</summary>
    private static Tensor?[] Slopes(Operation operation, int count)
    {
        var slopes = new Tensor?[count];
        if (!Enumerable.Range(0, count).Any(HasSlope)) return slopes;
        operation.Pull(Tensor.Ones(operation.Output.Shape, operation.Output.DType), slopes);
        for (int i = 0; i < count; i++)
        {
            if (!HasSlope(i)) slopes[i] = null;
        }
        return slopes;

        bool HasSlope(int input) => operation.Output.ElementCount == 1
            || (operation.Formula is { } formula && input < formula.Derivatives.Count && formula.IsSlope(input) && operation.Input(input).Shape == operation.Output.Shape);
    }
}
