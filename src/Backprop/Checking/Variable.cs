namespace Backprop;

/// <summary>A tensor whose gradient is checked, float64, and its name in the report.</summary>
internal readonly record struct Variable(string Name, Tensor Tensor)
{
    /// <summary>A copy that the check may write into: float64 for floating-point numbers, the tensor itself for all else.</summary>
    public static Tensor Float64Copy(Tensor tensor)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return tensor.DType.IsFloatingPoint ? Tensor.Generate(tensor.Shape, DType.Float64, tensor.ElementAt) : tensor;
    }
}
