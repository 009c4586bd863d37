namespace Backprop;

/// <summary>The examples that one step looks at together.</summary>
public sealed class Batch
{
    /// <summary>A batch of these tensors.</summary>
    /// <exception cref="ShapeException">The tensors do not hold equally many examples.</exception>
    public Batch(Tensor inputs, Tensor targets, int index = 0)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentNullException.ThrowIfNull(targets);
        if (inputs.Rank == 0 || targets.Rank == 0 || inputs.Shape[0] != targets.Shape[0])
        {
            ShapeException.Throw("Batch", "inputs and targets must be equally many", "inputs [n, ...], targets [n, ...]", ("inputs", inputs.Shape), ("targets", targets.Shape));
        }
        (Inputs, Targets, Index) = (inputs, targets, index);
    }

    /// <summary>What the model is given, [n, ...].</summary>
    public Tensor Inputs { get; }

    /// <summary>What it should make of them, [n, ...]; class numbers are [n].</summary>
    public Tensor Targets { get; }

    /// <summary>Which batch of its epoch this is, from 0.</summary>
    public int Index { get; }

    /// <summary>How many examples there are, n.</summary>
    public int Count => Inputs.Shape[0];

    /// <summary>Lets <c>foreach ((Tensor x, Tensor y) in loader)</c> be written.</summary>
    public void Deconstruct(out Tensor inputs, out Tensor targets) => (inputs, targets) = (Inputs, Targets);
}
