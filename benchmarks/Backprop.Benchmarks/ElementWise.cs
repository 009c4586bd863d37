using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>Functions of single elements. The shorter length stays in the caches, the longer one is read from memory.</summary>
public class ElementWise : Benchmark
{
    private Tensor _x = Tensor.Scalar(0), _other = Tensor.Scalar(0), _row = Tensor.Scalar(0), _tracked = Tensor.Scalar(0);
    private float[] _numbers = [], _result = [];

    /// <summary>Elements, in rows of 64.</summary>
    [Params(1 << 12, 1 << 22)]
    public int Length { get; set; }

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        Shape shape = [Length / 64, 64];
        (_x, _other, _row) = (Tensor.Normal(shape, random), Tensor.Normal(shape, random), Tensor.Normal([64], random));
        _tracked = Tensor.Normal(shape, random).RequireGradient();
        (_numbers, _result) = (_x.ToArray<float>(), new float[Length]);
    }

    /// <summary>e to the power of each, one after the other.</summary>
    [Benchmark(Baseline = true)]
    public void ExpLoop()
    {
        for (int i = 0; i < _numbers.Length; i++) _result[i] = MathF.Exp(_numbers[i]);
    }

    /// <summary>e to the power of each.</summary>
    [Benchmark]
    public void Exp()
    {
        using StepScope step = Step();
        _x.Exp();
    }

    /// <summary>A sum of two tensors of one shape.</summary>
    [Benchmark]
    public void Add()
    {
        using StepScope step = Step();
        _ = _x + _other;
    }

    /// <summary>A row added to each row.</summary>
    [Benchmark]
    public void AddRow()
    {
        using StepScope step = Step();
        _ = _x + _row;
    }

    /// <summary>max(x, 0).</summary>
    [Benchmark]
    public void Relu()
    {
        using StepScope step = Step();
        _x.Relu();
    }

    /// <summary>max(x, 0), and its gradient.</summary>
    [Benchmark]
    public void ReluAndGradient()
    {
        using StepScope step = Step();
        _tracked.Relu().Backward(_other);
    }

    /// <summary>The logistic function.</summary>
    [Benchmark]
    public void Sigmoid()
    {
        using StepScope step = Step();
        _x.Sigmoid();
    }

    /// <summary>The hyperbolic tangent.</summary>
    [Benchmark]
    public void Tanh()
    {
        using StepScope step = Step();
        _x.Tanh();
    }

    /// <summary>x · Φ(x), by the error function.</summary>
    [Benchmark]
    public void Gelu()
    {
        using StepScope step = Step();
        _x.Gelu(GeluForm.Exact);
    }
}
