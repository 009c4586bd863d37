using System.Numerics.Tensors;

namespace Backprop;

/// <summary>Where the parts of one tensor's gradient are added up.</summary>
internal struct GradientSlot
{
    private bool _owned; // whether the sum's elements are this slot's own to write into

    public Tensor? Sum { get; private set; }

    /// <summary>Adds a part. It may be another tensor's gradient as well (<c>a + b</c> passes one tensor on twice); only once that has gone is it written into.</summary>
    public void Add(Tensor part)
    {
        if (Sum is null)
        {
            Sum = part;
            part.Hold();
        }
        else
        {
            Tensor sum = _owned ? Sum : Operation.Overwritten(Sum);
            Add(Sum, part, sum);
            _owned = true;
            if (ReferenceEquals(sum, Sum)) return;
            Sum.Discard();
            Sum.Release();
            sum.Hold();
            Sum = sum;
        }
    }

    /// <summary>Takes the sum out; its elements may go once nobody else holds them.</summary>
    public Tensor? Take()
    {
        Tensor? sum = Sum;
        this = default;
        return sum;
    }

    private static void Add(Tensor a, Tensor b, Tensor sum)
    {
        if (sum.DType == DType.Float32) TensorPrimitives.Add(a.AsSpan<float>(), b.AsSpan<float>(), sum.AsSpan<float>());
        else TensorPrimitives.Add(a.AsSpan<double>(), b.AsSpan<double>(), sum.AsSpan<double>());
    }
}
