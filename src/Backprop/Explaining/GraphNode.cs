namespace Backprop;

/// <summary>A node of an explained graph: an operation with its result, or a leaf.</summary>
internal sealed class GraphNode(int id, Tensor value, Operation? operation, string name)
{
    public int Id { get; } = id;

    /// <summary>What an operation made, or the leaf itself.</summary>
    public Tensor Value { get; } = value;

    /// <summary>Null for a leaf.</summary>
    public Operation? Operation { get; } = operation;

    /// <summary>An operation's formula, as it is before the graph may be consumed.</summary>
    public OperationFormula? Formula { get; } = operation?.Formula;

    /// <summary>An operation's name, or the leaf's.</summary>
    public string Name { get; } = name;

    /// <summary>The path of the layer an operation belongs to; null outside of all layers.</summary>
    public string? Layer { get; set; }

    /// <summary>∂L/∂value; null where no gradient passes.</summary>
    public Tensor? Gradient { get; set; }

    /// <summary>What an operation was applied to.</summary>
    public List<GraphInput> Inputs { get; } = [];

    /// <summary>The operations that use the value, each with the number of the input.</summary>
    public List<(GraphNode Operation, int Input)> Uses { get; } = [];

    public bool IsParameter => Value is Parameter;
}

/// <summary>An input of an operation.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Gradient">What the operation's backward adds to ∂L/∂(the input); null where it is not needed.</param>
/// <param name="Slope">∂(the operation's result)/∂(the input), where that is a number or one for each element.</param>
internal sealed record GraphInput(GraphNode Source, Tensor? Gradient, Tensor? Slope);
