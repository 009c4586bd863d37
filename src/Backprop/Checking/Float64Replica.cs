namespace Backprop;

/// <summary>Gives a module's parameters and buffers elements of their own, the floating-point ones in float64, until it is disposed; then they are what they were, bit for bit.</summary>
internal sealed class Float64Replica : IDisposable
{
    private readonly List<(Tensor Tensor, DType DType, Storage Storage)> _originals = [];

    public Float64Replica(Module model)
    {
        foreach ((_, Tensor tensor) in model.State)
        {
            _originals.Add((tensor, tensor.DType, tensor.Storage));
            tensor.Convert(tensor.DType.IsFloatingPoint ? DType.Float64 : tensor.DType);
        }
    }

    public void Dispose()
    {
        foreach ((Tensor tensor, DType dtype, Storage storage) in _originals) tensor.Use(dtype, storage);
    }
}
