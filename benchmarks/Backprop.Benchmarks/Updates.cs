using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>One step of an optimizer on one parameter, all of whose gradients are 1.</summary>
public class Updates : Benchmark
{
    private Optimizer? _sgd, _momentum, _adam;
    private Gradients? _gradients;
    private float[] _weights = [], _slopes = [], _means = [], _squares = [];
    private int _steps;

    /// <summary>Numbers in the parameter: the hidden layer of mlp, and one of mlp-wide.</summary>
    [Params(784 * 50, 1024 * 1024)]
    public int Length { get; set; }

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        var parameter = new Parameter(Tensor.Normal([Length], random), "weight");
        (_sgd, _momentum, _adam) = (new Sgd([parameter], 1e-9), new Sgd([parameter], 1e-9, momentum: 0.9), new Adam([parameter], 1e-9));
        _gradients = parameter.Sum().Backward();
        (_weights, _slopes) = (Numbers(Length, random), Numbers(Length, random));
        (_means, _squares) = (new float[Length], new float[Length]);
    }

    /// <summary>Adam as its paper writes it, one number after the other.</summary>
    [Benchmark(Baseline = true)]
    public void AdamLoop()
    {
        const float Beta1 = 0.9f, Beta2 = 0.999f;
        _steps++;
        float correction1 = 1 - MathF.Pow(Beta1, _steps), correction2 = 1 - MathF.Pow(Beta2, _steps);
        for (int i = 0; i < _weights.Length; i++)
        {
            float slope = _slopes[i];
            _means[i] = Beta1 * _means[i] + (1 - Beta1) * slope;
            _squares[i] = Beta2 * _squares[i] + (1 - Beta2) * slope * slope;
            _weights[i] -= 1e-9f * (_means[i] / correction1) / (MathF.Sqrt(_squares[i] / correction2) + 1e-8f);
        }
    }

    /// <summary>The library's Adam.</summary>
    [Benchmark]
    public void Adam() => _adam!.Step(_gradients!);

    /// <summary>Gradient descent.</summary>
    [Benchmark]
    public void Sgd() => _sgd!.Step(_gradients!);

    /// <summary>Gradient descent with momentum.</summary>
    [Benchmark]
    public void SgdMomentum() => _momentum!.Step(_gradients!);
}
