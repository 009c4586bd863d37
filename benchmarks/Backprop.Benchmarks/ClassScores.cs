using BenchmarkDotNet.Attributes;

namespace Backprop.Benchmarks;

/// <summary>What is done with the scores of classes: softmax, and the cross-entropy with its gradient.</summary>
public class ClassScores : Benchmark
{
    private const int Rows = 128;

    private Tensor _x = Tensor.Scalar(0), _tracked = Tensor.Scalar(0), _labels = Tensor.Scalar(0);
    private float[] _numbers = [], _softmax = [];

    /// <summary>Scores in each of 128 rows.</summary>
    [Params(10, 1000)]
    public int Classes { get; set; }

    /// <inheritdoc/>
    protected override void Prepare(RandomSource random)
    {
        (_x, _tracked) = (Tensor.Normal([Rows, Classes], random), Tensor.Normal([Rows, Classes], random).RequireGradient());
        _labels = Tensor.Generate([Rows], DType.Int32, _ => random.Next(Classes));
        (_numbers, _softmax) = (_x.ToArray<float>(), new float[_x.ElementCount]);
    }

    /// <summary>Softmax in three loops over each row.</summary>
    [Benchmark(Baseline = true)]
    public void Loops()
    {
        for (int row = 0; row < Rows; row++)
        {
            ReadOnlySpan<float> x = _numbers.AsSpan(row * Classes, Classes);
            Span<float> y = _softmax.AsSpan(row * Classes, Classes);
            float greatest = float.NegativeInfinity, sum = 0;
            foreach (float value in x) greatest = Math.Max(greatest, value);
            for (int i = 0; i < x.Length; i++) sum += y[i] = MathF.Exp(x[i] - greatest);
            for (int i = 0; i < y.Length; i++) y[i] /= sum;
        }
    }

    /// <summary>Softmax along the rows.</summary>
    [Benchmark]
    public void Softmax()
    {
        using StepScope step = Step();
        _x.Softmax(1);
    }

    /// <summary>Its logarithm.</summary>
    [Benchmark]
    public void LogSoftmax()
    {
        using StepScope step = Step();
        _x.LogSoftmax(1);
    }

    /// <summary>Mean cross-entropy, and the gradient of the scores.</summary>
    [Benchmark]
    public void CrossEntropyAndGradient()
    {
        using StepScope step = Step();
        Losses.CrossEntropy(_tracked, _labels).Backward();
    }
}
