using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>Batch normalization in training, of a matrix (batchnorm-mlp) and of images (resnet20), alone and with its gradients.</summary>
public class Normalizations : Benchmark
{
    private Tensor _x = Tensor.Scalar(0), _tracked = Tensor.Scalar(0), _upstream = Tensor.Scalar(0), _gamma = Tensor.Scalar(0), _beta = Tensor.Scalar(0);
    private float[] _numbers = [], _normalized = [];

    /// <summary>100 rows of 100 features, and 100 images of 16 channels with 32×32 pixels.</summary>
    public static IEnumerable<string> Inputs => ["[100, 100]", "[100, 16, 32, 32]"];

    /// <summary>The shape of the input.</summary>
    [ParamsSource(nameof(Inputs))]
    public string Input { get; set; } = "";

    private Shape Sizes => Input == "[100, 100]" ? [100, 100] : [100, 16, 32, 32];

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        (_x, _tracked, _upstream) = (Tensor.Normal(Sizes, random), Tensor.Normal(Sizes, random).RequireGradient(), Tensor.Normal(Sizes, random));
        (_gamma, _beta) = (Tensor.Ones([Sizes[1]]).RequireGradient(), Tensor.Zeros([Sizes[1]]).RequireGradient());
        (_numbers, _normalized) = (_x.ToArray<float>(), new float[_x.ElementCount]);
    }

    /// <summary>Mean, variance and result in three loops over each channel, γ = 1 and β = 0.</summary>
    [Benchmark(Baseline = true)]
    public void Loops()
    {
        (int batch, int channels) = (Sizes[0], Sizes[1]);
        int inner = _numbers.Length / (batch * channels), count = batch * inner;
        for (int c = 0; c < channels; c++)
        {
            double mean = 0, variance = 0;
            for (int n = 0; n < batch; n++)
            {
                foreach (float value in _numbers.AsSpan((n * channels + c) * inner, inner)) mean += value;
            }
            mean /= count;
            for (int n = 0; n < batch; n++)
            {
                foreach (float value in _numbers.AsSpan((n * channels + c) * inner, inner)) variance += (value - mean) * (value - mean);
            }
            (float shift, float scale) = ((float)mean, (float)(1 / Math.Sqrt(variance / count + 1e-5)));
            for (int n = 0; n < batch; n++)
            {
                int start = (n * channels + c) * inner;
                for (int i = start; i < start + inner; i++) _normalized[i] = (_numbers[i] - shift) * scale;
            }
        }
    }

    /// <summary>Forward.</summary>
    [Benchmark]
    public void Batch()
    {
        using StepScope step = Step();
        _x.BatchNorm(null, null, _gamma, _beta, training: true);
    }

    /// <summary>Forward, and the gradients of input, γ and β.</summary>
    [Benchmark]
    public void BatchAndGradients()
    {
        using StepScope step = Step();
        _tracked.BatchNorm(null, null, _gamma, _beta, training: true).Backward(_upstream);
    }
}
