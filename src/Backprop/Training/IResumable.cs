using System.Diagnostics.CodeAnalysis;

namespace Backprop;

/// <summary>Something that remembers while a model is trained, a callback or a metric, and whose memory belongs into a checkpoint.</summary>
/// <remarks>
/// Numbers are kept as tensors, as everything in a checkpoint is:
/// <code>
/// public IEnumerable&lt;KeyValuePair&lt;string, Tensor&gt;&gt; State => [new("best", Tensor.Scalar(_best, DType.Float64))];
/// public void LoadState(IReadOnlyDictionary&lt;string, Tensor&gt; state) => _best = state["best"].Item();
/// </code>
/// </remarks>
public interface IResumable
{
    /// <summary>What is remembered, by name.</summary>
    IEnumerable<KeyValuePair<string, Tensor>> State { get; }

    /// <summary>Takes over what <see cref="State"/> gave, to go on as if training had never stopped. A callback's comes after its <see cref="ICallback.TrainingStarts"/>.</summary>
    void LoadState(IReadOnlyDictionary<string, Tensor> state);
}

/// <summary>Numbers as a checkpoint keeps them, by name.</summary>
internal static class Kept
{
    public static KeyValuePair<string, Tensor> Number(string name, double value) => new(name, Tensor.Scalar(value, DType.Float64));

    public static KeyValuePair<string, Tensor> Integer(string name, long value) => Integers(name, value);

    public static KeyValuePair<string, Tensor> Integers(string name, params ReadOnlySpan<long> values) => new(name, Tensor.From(values));

    /// <summary>The same tensors with something in front of their names.</summary>
    public static IEnumerable<KeyValuePair<string, Tensor>> Under(string prefix, IEnumerable<KeyValuePair<string, Tensor>> state) =>
        state.Select(named => KeyValuePair.Create(prefix + named.Key, named.Value));

    extension(IReadOnlyDictionary<string, Tensor> state)
    {
        public double Number(string name) => state.Elements<double>(name, [])[0];

        public long Integer(string name) => state.Elements<long>(name, [1])[0];

        public ReadOnlySpan<T> Elements<T>(string name, Shape shape) where T : unmanaged => state.Fitting(name, shape, DTypes.Of<T>()).AsSpan<T>();

        /// <summary>A tensor that must be there, and of this kind.</summary>
        /// <exception cref="ArgumentException">It is not.</exception>
        public Tensor Fitting(string name, Shape shape, DType dtype)
        {
            if (!state.TryGetValue(name, out Tensor? tensor)) Refuse($"'{name}' is missing, {dtype} {shape}");
            if (tensor.Shape != shape || tensor.DType != dtype) Refuse($"'{name}' is {tensor.DType} {tensor.Shape}, where {dtype} {shape} is needed");
            return tensor;
        }

        /// <summary>The tensors whose names begin so, without that beginning.</summary>
        public IReadOnlyDictionary<string, Tensor> Under(string prefix) =>
            state.Where(named => named.Key.StartsWith(prefix, StringComparison.Ordinal)).ToDictionary(named => named.Key[prefix.Length..], named => named.Value);
    }

    [DoesNotReturn]
    private static void Refuse(string problem) => throw new ArgumentException(problem);
}
