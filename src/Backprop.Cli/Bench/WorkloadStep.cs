namespace Backprop.Cli.Bench;

/// <summary>A step to be timed, always on the same numbers in memory.</summary>
/// <param name="Run">Does it once.</param>
/// <param name="Operations">Counts the floating-point operations of the plain algorithm, see <see cref="OperationCount"/>; null where they are not counted.</param>
internal sealed record WorkloadStep(Action Run, Func<double?> Operations)
{
    private const int ChannelsOfImages = 16, SideOfChannels = 14;

    /// <summary>Makes the step of <paramref name="workload"/>: the model, the inputs, the optimizer.</summary>
    public static WorkloadStep Of(Workload workload)
    {
        var random = new RandomSource(1);
        int batch = workload.Batch ?? 1;
        switch (workload.Subject)
        {
            case Workload.Peak:
                return new WorkloadStep(() => FmaPeak.Run(Threads.Count), () => FmaPeak.Operations * Threads.Count);
            case Workload.Gemm:
                int n = workload.Size;
                return Product(Tensor.Uniform([n, n], random), Tensor.Uniform([n, n], random));
            case Workload.Linear:
                return Layer(new Linear(workload.Size, workload.Size, random: random), [batch, workload.Size], random);
            case Workload.ConvImage:
                return Convolution(ChannelsOfImages, workload.Size, batch, random);
            case Workload.ConvChannels:
                return Convolution(workload.Size, SideOfChannels, batch, random);
        }
        NamedModel named = NamedModels.Get(workload.Subject);
        Module model = named.Build(random);
        Tensor inputs = Tensor.Normal(Shape.Create(batch).Concat(named.InputShape), random);
        return workload.Deed switch
        {
            "train" => Training(named, model, inputs, random),
            "infer" => Inference(named, model, inputs, random),
            _ => NumericalGradient(named, model, inputs, random),
        };
    }

    private static WorkloadStep Product(Tensor a, Tensor b)
    {
        var memory = new StepMemory(); // the product lies in the same array each time
        return new WorkloadStep(Run, () => 2.0 * a.Shape[0] * a.Shape[1] * b.Shape[1]);

        void Run()
        {
            using StepScope step = memory.Begin();
            a.MatMul(b);
        }
    }

    private static WorkloadStep Convolution(int channels, int side, int batch, RandomSource random) =>
        Layer(new Conv2d(channels, channels, kernelSize: 3, padding: 1, random: random), [batch, channels, side, side], random);

    /// <summary>A layer within a network: forward, and the gradients of input, weight and bias.</summary>
    private static WorkloadStep Layer(Module layer, Shape shape, RandomSource random)
    {
        Tensor x = Tensor.Normal(shape, random).RequireGradient(), upstream = Tensor.Normal(shape, random);
        var memory = new StepMemory();
        return new WorkloadStep(() => Run(null), () => Run(OperationCount.OfTraining));

        double Run(Func<Tensor, double>? count)
        {
            using StepScope step = memory.Begin();
            Tensor y = layer.Forward(x);
            double counted = count?.Invoke(y) ?? 0;
            y.Backward(upstream);
            return counted;
        }
    }

    private static WorkloadStep Training(NamedModel named, Module model, Tensor inputs, RandomSource random)
    {
        Tensor targets = Targets(named, inputs.Shape[0], random);
        Func<Tensor, Tensor, Tensor> lossFunction = named.Recipe.LossFunction;
        Optimizer optimizer = named.Recipe.CreateOptimizer(model.Parameters);
        var memory = new StepMemory();
        return new WorkloadStep(() => Run(null), () => Run(OperationCount.OfTraining));

        double Run(Func<Tensor, double>? count)
        {
            using StepScope step = memory.Begin();
            Tensor loss = lossFunction(model.Forward(inputs), targets);
            double counted = count?.Invoke(loss) ?? 0;
            optimizer.Step(loss.Backward());
            return counted;
        }
    }

    /// <summary>A check of every parameter's every element: two forward passes each, and one backward.</summary>
    private static WorkloadStep NumericalGradient(NamedModel named, Module model, Tensor inputs, RandomSource random)
    {
        Tensor targets = Targets(named, inputs.Shape[0], random);
        var options = new GradientCheckOptions { IncludeInput = false };
        return new WorkloadStep(() => GradientCheck.AssertCorrect(model, inputs, targets, named.Recipe.LossFunction, options), () => null);
    }

    /// <summary>Made-up targets of the kind that the model learns.</summary>
    public static Tensor Targets(NamedModel named, int batch, RandomSource random) => named.Recipe.Loss == LossKind.Mse
        ? Tensor.Uniform([batch, named.Classes], random)
        : Tensor.Generate([batch], DType.Int32, _ => random.Next(named.Classes));

    private static WorkloadStep Inference(NamedModel named, Module model, Tensor inputs, RandomSource random)
    {
        model.Evaluate();
        Tensor one = Tensor.Normal(Shape.Create(1).Concat(named.InputShape), random); // recording keeps all activations: those of one example, as the step keeps none
        var memory = new StepMemory();
        return new WorkloadStep(Run, () => OperationCount.OfForward(model.Forward(one)) * inputs.Shape[0]);

        void Run()
        {
            using StepScope step = memory.Begin();
            model.Predict(inputs);
        }
    }
}
