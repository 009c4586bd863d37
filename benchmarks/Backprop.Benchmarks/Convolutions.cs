using Backprop.Kernels;
using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>A convolution of the networks: channels in and out, the kernel's side, the image's side, stride and padding.</summary>
public readonly record struct ConvolutionSize(int In, int Out, int Kernel, int Image, int Stride = 1, int Padding = 0)
{
    /// <inheritdoc/>
    public override string ToString() => $"{In}→{Out} {Kernel}×{Kernel}{(Stride > 1 ? $"/{Stride}" : "")} of {Image}×{Image}";
}

/// <summary>Convolution forward and both its gradients on a batch of 16 images.</summary>
public class Convolutions : Benchmark
{
    private const int Batch = 16;

    private ConvolutionShape _shape;
    private float[] _x = [], _weight = [], _bias = [], _y = [], _dx = [], _dweight = [];

    /// <summary>Of seed-cnn, simple-convnet, deep-convnet (four) and resnet20 (three).</summary>
    public static IEnumerable<ConvolutionSize> Sizes =>
    [
        new(1, 8, 3, 28), new(1, 30, 5, 28),
        new(1, 16, 3, 28, Padding: 1), new(16, 16, 3, 28, Padding: 1), new(32, 32, 3, 14, Padding: 2), new(64, 64, 3, 8, Padding: 1),
        new(16, 16, 3, 32, Padding: 1), new(16, 32, 3, 32, Stride: 2, Padding: 1), new(16, 32, 1, 32, Stride: 2),
    ];

    /// <summary>Which layer.</summary>
    [ParamsSource(nameof(Sizes))]
    public ConvolutionSize Size { get; set; }

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        _shape = new ConvolutionShape(Batch, Size.In, Size.Image, Size.Image, Size.Out, Size.Kernel, Size.Kernel, Size.Stride, Size.Stride, Size.Padding, Size.Padding);
        (_x, _weight, _bias, _y) = (Numbers(_shape.InputLength, random), Numbers(_shape.WeightLength, random), Numbers(Size.Out, random), Numbers(_shape.OutputLength, random));
        (_dx, _dweight) = (new float[_x.Length], new float[_weight.Length]);
    }

    /// <summary>The definition, forward: one loop for each index.</summary>
    [Benchmark(Baseline = true)]
    public void Loops()
    {
        int y = 0;
        for (int n = 0; n < Batch; n++)
        {
            for (int o = 0; o < Size.Out; o++)
            {
                for (int i = 0; i < _shape.OutHeight; i++)
                {
                    for (int j = 0; j < _shape.OutWidth; j++) _y[y++] = _bias[o] + Window(n, o, i * Size.Stride - Size.Padding, j * Size.Stride - Size.Padding);
                }
            }
        }
    }

    /// <summary>The kernel of the library, forward with a bias.</summary>
    [Benchmark]
    public void Forward() => ConvolutionKernel.Forward<float>(_x, _weight, _bias, _y, _shape);

    /// <summary>∂L/∂x.</summary>
    [Benchmark]
    public void InputGradient() => ConvolutionKernel.BackwardInput<float>(_y, _weight, _dx, _shape);

    /// <summary>∂L/∂weight.</summary>
    [Benchmark]
    public void WeightGradient() => ConvolutionKernel.BackwardWeight<float>(_x, _y, _dweight, _shape);

    private float Window(int n, int o, int top, int left)
    {
        float sum = 0;
        for (int c = 0; c < Size.In; c++)
        {
            for (int i = Math.Max(0, -top); i < Math.Min(Size.Kernel, Size.Image - top); i++)
            {
                int x = ((n * Size.In + c) * Size.Image + top + i) * Size.Image + left, w = ((o * Size.In + c) * Size.Kernel + i) * Size.Kernel;
                for (int j = Math.Max(0, -left); j < Math.Min(Size.Kernel, Size.Image - left); j++) sum += _x[x + j] * _weight[w + j];
            }
        }
        return sum;
    }
}
