using System.Globalization;

namespace Backprop.Cli.Bench;

/// <summary>Something to time: <c>mlp/train@100</c>, a network, what is done with it and the batch; or <c>gemm/512</c>, a product of square matrices.</summary>
/// <param name="Path">The name without the batch.</param>
/// <param name="Batch">Examples a step; none for a matrix product.</param>
internal sealed record Workload(string Path, int? Batch = null)
{
    private const string Gemm = "gemm/";

    /// <summary>All that are measured, in the order in which they are.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("neuron/train", 1), new("tiny-mlp/train", 1), new("mlp/train", 100), new("mlp-wide/train", 128), new("batchnorm-mlp/train", 100),
        new("seed-cnn/train", 1), new("seed-cnn/train", 64),
        new("simple-convnet/train", 100), new("simple-convnet/infer", 1), new("simple-convnet/infer", 100),
        new("deep-convnet/train", 100), new("deep-convnet/infer", 1), new("deep-convnet/infer", 100),
        new("resnet20/train", 128), new("resnet20/infer", 1), new("resnet20/infer", 100),
        new("mlp/numerical-gradient", 100),
        new("gemm/128"), new("gemm/256"), new("gemm/512"), new("gemm/1024"), new("gemm/2048"),
    ];

    /// <summary>The side of the matrices, where that is what is timed.</summary>
    public int? GemmSize => Path.StartsWith(Gemm, StringComparison.Ordinal) ? int.Parse(Path.AsSpan(Gemm.Length), CultureInfo.InvariantCulture) : null;

    /// <summary>Path and batch.</summary>
    public override string ToString() => Batch is null ? Path : $"{Path}@{Batch}";

    /// <summary>The step to be timed, always on the same numbers in memory.</summary>
    public Action Step()
    {
        var random = new RandomSource(1);
        if (GemmSize is { } n) return Product(Tensor.Uniform([n, n], random), Tensor.Uniform([n, n], random));
        string[] parts = Path.Split('/');
        NamedModel named = NamedModels.Get(parts[0]);
        Module model = named.Build(random);
        Tensor inputs = Tensor.Normal(Shape.Create(Batch!.Value).Concat(named.InputShape), random);
        return parts[1] switch
        {
            "train" => Training(named, model, inputs, random),
            "infer" => Inference(model, inputs),
            _ => NumericalGradient(named, model, inputs, random),
        };
    }

    private static Action Product(Tensor a, Tensor b)
    {
        var memory = new StepMemory(); // the product lies in the same array each time
        return () =>
        {
            using StepScope step = memory.Begin();
            a.MatMul(b);
        };
    }

    private static Action Training(NamedModel named, Module model, Tensor inputs, RandomSource random)
    {
        Tensor targets = Targets(named, inputs.Shape[0], random);
        Func<Tensor, Tensor, Tensor> loss = named.Recipe.LossFunction;
        Optimizer optimizer = named.Recipe.CreateOptimizer(model.Parameters);
        var memory = new StepMemory();
        return () =>
        {
            using StepScope step = memory.Begin();
            optimizer.Step(loss(model.Forward(inputs), targets).Backward());
        };
    }

    /// <summary>A check of every parameter's every element: two forward passes each, and one backward.</summary>
    private static Action NumericalGradient(NamedModel named, Module model, Tensor inputs, RandomSource random)
    {
        Tensor targets = Targets(named, inputs.Shape[0], random);
        var options = new GradientCheckOptions { IncludeInput = false };
        return () => GradientCheck.AssertCorrect(model, inputs, targets, named.Recipe.LossFunction, options);
    }

    private static Tensor Targets(NamedModel named, int batch, RandomSource random) => named.Recipe.Loss == LossKind.Mse
        ? Tensor.Uniform([batch, named.Classes], random)
        : Tensor.Generate([batch], DType.Int32, _ => random.Next(named.Classes));

    private static Action Inference(Module model, Tensor inputs)
    {
        model.Evaluate();
        var memory = new StepMemory();
        return () =>
        {
            using StepScope step = memory.Begin();
            model.Predict(inputs);
        };
    }
}
