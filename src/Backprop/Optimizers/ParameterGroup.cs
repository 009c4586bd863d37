namespace Backprop;

/// <summary>Parameters that an optimizer treats alike, and what is different about them.</summary>
/// <param name="parameters">The parameters; none may be in another group of the same optimizer.</param>
public sealed class ParameterGroup(IEnumerable<Parameter> parameters)
{
    /// <summary>The parameters, in the order in which they are updated.</summary>
    public IReadOnlyList<Parameter> Parameters { get; } = [.. parameters];

    /// <summary>
    /// The group's learning rate as a multiple of the optimizer's, so that schedules reach every group; 0 stands still.
    /// (PyTorch gives each group a rate of its own.)
    /// </summary>
    public double LearningRateScale { get; set; } = 1;

    /// <summary>The group's weight decay; null means the optimizer's. Biases and the scales of normalizations are often given 0.</summary>
    public double? WeightDecay { get; set; }
}
