using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>Pooling 2×2 with stride 2 of 100 images of 16 channels, alone and with its gradient.</summary>
public class Poolings : Benchmark
{
    private Tensor _x = Tensor.Scalar(0), _tracked = Tensor.Scalar(0), _upstream = Tensor.Scalar(0);
    private float[] _numbers = [], _pooled = [];

    /// <summary>The side of an image.</summary>
    [Params(14, 28)]
    public int Image { get; set; }

    private Shape Images => [100, 16, Image, Image];

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        (_x, _tracked) = (Tensor.Normal(Images, random), Tensor.Normal(Images, random).RequireGradient());
        _upstream = Tensor.Normal([100, 16, Image / 2, Image / 2], random);
        _numbers = _x.ToArray<float>();
        _pooled = new float[_numbers.Length / 4];
    }

    /// <summary>The greatest of four, one after the other.</summary>
    [Benchmark(Baseline = true)]
    public void Loops()
    {
        for (int row = 0, y = 0; row < _numbers.Length / Image; row += 2)
        {
            ReadOnlySpan<float> upper = _numbers.AsSpan(row * Image, Image), lower = _numbers.AsSpan((row + 1) * Image, Image);
            for (int j = 0; j < Image; j += 2) _pooled[y++] = Math.Max(Math.Max(upper[j], upper[j + 1]), Math.Max(lower[j], lower[j + 1]));
        }
    }

    /// <summary>Maximum.</summary>
    [Benchmark]
    public void Max()
    {
        using StepScope step = Step();
        _x.MaxPool2d(2);
    }

    /// <summary>Maximum, and the gradient of what was pooled.</summary>
    [Benchmark]
    public void MaxAndGradient()
    {
        using StepScope step = Step();
        _tracked.MaxPool2d(2).Backward(_upstream);
    }

    /// <summary>Mean.</summary>
    [Benchmark]
    public void Average()
    {
        using StepScope step = Step();
        _x.AvgPool2d(2);
    }

    /// <summary>Mean, and the gradient of what was pooled.</summary>
    [Benchmark]
    public void AverageAndGradient()
    {
        using StepScope step = Step();
        _tracked.AvgPool2d(2).Backward(_upstream);
    }
}
