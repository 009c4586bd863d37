namespace Backprop;

/// <summary>A layer in a <see cref="ModelSummary"/>: what it has, makes and costs in one forward pass.</summary>
/// <param name="Path">Its name within the model, as its parameters' begin there: <c>block1.body.conv1</c>; empty for the model itself.</param>
/// <param name="Layer">The layer. One that is used in several places has a row for each.</param>
/// <param name="Inputs">The rows whose results it takes, by their numbers; −1 is the input of the model.</param>
/// <param name="OutputShape">The shape of its result, with the batch; null for a layer that has parameters and is never called.</param>
/// <param name="Parameters">The elements of its own parameters, each parameter counted where it is met first.</param>
/// <param name="TrainableParameters">Of those, the elements that gradients are computed for.</param>
/// <param name="Buffers">The elements of its own buffers, such as running means.</param>
/// <param name="MultiplyAdds">The products its operations add up, see <see cref="Operation.MultiplyAdds"/>; without those of its parts.</param>
/// <param name="ActivationBytes">The memory of what its operations make; a view of its input, as <c>Flatten</c> gives, takes none. Without that of its parts.</param>
public sealed record LayerSummary(
    string Path, Module Layer, IReadOnlyList<int> Inputs, Shape? OutputShape, long Parameters, long TrainableParameters, long Buffers, long MultiplyAdds, long ActivationBytes)
{
    /// <summary>The constructor call that makes another like it: <c>Conv2d(1, 30, kernelSize: 5)</c>.</summary>
    public string Description => Layer.Description.ToString();
}
