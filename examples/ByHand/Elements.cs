namespace Backprop.Examples.ByHand;

internal static class Elements
{
    extension(Tensor x)
    {
        /// <summary>The elements as numbers to compute with, row-major, whatever the dtype.</summary>
        public double[] ToDoubles() => x.To(DType.Float64).ToArray<double>();
    }
}
