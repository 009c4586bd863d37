namespace Backprop;

/// <summary>Inputs that an operation may do without, such as a bias.</summary>
internal static class OptionalTensor
{
    /// <summary>The elements, or no elements where there is no tensor: how a kernel takes an optional input.</summary>
    public static ReadOnlySpan<T> SpanOrEmpty<T>(this Tensor? tensor) where T : unmanaged => tensor is null ? default : tensor.AsSpan<T>();
}
