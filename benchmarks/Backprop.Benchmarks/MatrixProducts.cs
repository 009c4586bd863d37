using Backprop.Kernels;
using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>The sizes of a product: c [m, n] = a [m, k] · b [k, n].</summary>
public readonly record struct ProductSize(int M, int N, int K)
{
    /// <inheritdoc/>
    public override string ToString() => $"{M}×{N}×{K}";
}

/// <summary>The matrix product, square and as the linear layers of the networks ask for it, in each layout.</summary>
public class MatrixProducts : Benchmark
{
    private float[] _a = [], _b = [], _c = [];

    /// <summary>Square ones, then those of mlp, batchnorm-mlp, simple-convnet and mlp-wide.</summary>
    public static IEnumerable<ProductSize> Sizes =>
    [
        new(64, 64, 64), new(256, 256, 256), new(1024, 1024, 1024),
        new(100, 50, 784), new(100, 100, 100), new(100, 100, 4320), new(128, 1024, 1024),
    ];

    /// <summary>m×n×k; 2·m·n·k floating-point operations.</summary>
    [ParamsSource(nameof(Sizes))]
    public ProductSize Size { get; set; }

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        (_a, _b) = (Numbers(Size.M * Size.K, random), Numbers(Size.K * Size.N, random));
        _c = new float[Size.M * Size.N];
    }

    /// <summary>Three loops, the innermost along rows of b and c.</summary>
    [Benchmark(Baseline = true)]
    public void Loops()
    {
        (int m, int n, int k) = Size;
        Array.Clear(_c);
        for (int i = 0; i < m; i++)
        {
            Span<float> row = _c.AsSpan(i * n, n);
            for (int p = 0; p < k; p++)
            {
                float factor = _a[i * k + p];
                ReadOnlySpan<float> b = _b.AsSpan(p * n, n);
                for (int j = 0; j < b.Length; j++) row[j] += factor * b[j];
            }
        }
    }

    /// <summary>a·b, both by rows.</summary>
    [Benchmark]
    public void Plain() => MatMulKernel.Multiply<float>(_a, false, _b, false, _c, Size.M, Size.N, Size.K);

    /// <summary>a stored [k, m]: a linear layer's weight gradient.</summary>
    [Benchmark]
    public void LeftTransposed() => MatMulKernel.Multiply<float>(_a, true, _b, false, _c, Size.M, Size.N, Size.K);

    /// <summary>b stored [n, k]: a linear layer forward.</summary>
    [Benchmark]
    public void RightTransposed() => MatMulKernel.Multiply<float>(_a, false, _b, true, _c, Size.M, Size.N, Size.K);
}
