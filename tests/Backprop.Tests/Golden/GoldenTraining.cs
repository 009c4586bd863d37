using System.Text.Json;

namespace Backprop.Tests;

/// <summary>Runs the golden cases of what training needs besides a network: optimizers, schedules, clipping, initializers.</summary>
internal static class GoldenTraining
{
    /// <summary>The parameters after every step.</summary>
    public static void Optimizer(GoldenCase golden)
    {
        Train(golden, DType.Float64, GoldenCases.Float64ToleranceAfterSteps);
        Train(golden, DType.Float32, GoldenCases.Float32ToleranceAfterSteps);
    }

    /// <summary>The rate in every step.</summary>
    public static void Schedule(GoldenCase golden)
    {
        GoldenTensor expected = golden.Outputs["lr"];
        double[] rates = golden.Attribute<string>("scheduler") == "plateau"
            ? PlateauRates(golden)
            : [.. Enumerable.Range(0, expected.Data.Length).Select(step => CreateSchedule(golden).At(step))];
        expected.AssertClose<double>(rates, GoldenCases.Float64Tolerance, $"{golden}");
    }

    public static void Clipping(GoldenCase golden)
    {
        Clip<double>(golden, DType.Float64, GoldenCases.Float64Tolerance);
        Clip<float>(golden, DType.Float32, GoldenCases.Float32Tolerance);
    }

    /// <summary>The distribution of many samples.</summary>
    public static void Initializer(GoldenCase golden)
    {
        Tensor parameter = Tensor.Zeros(Shape.Create(golden.Attribute<int[]>("shape")), DType.Float64);
        CreateInitializer(golden)(parameter, new RandomSource(1));
        double[] values = parameter.ToArray<double>();
        double mean = values.Average(), deviation = Math.Sqrt(values.Average(x => (x - mean) * (x - mean))), expected = golden.Outputs["standard_deviation"].Data[0];
        double noise = expected / Math.Sqrt(values.Length); // of the mean; that of the deviation is smaller
        Assert.InRange(mean, -4 * noise, 4 * noise);
        Assert.InRange(deviation, expected - 4 * noise, expected + 4 * noise);
        if (golden.Outputs.TryGetValue("bound", out GoldenTensor? bound))
        {
            Assert.InRange(values.Max(), 0.98 * bound.Data[0], bound.Data[0]);
            Assert.InRange(values.Min(), -bound.Data[0], -0.98 * bound.Data[0]);
        }
        else
        {
            Assert.True(values.Max() > 2 * expected, "A normal distribution has a tail.");
        }
    }

    private static Initializer CreateInitializer(GoldenCase golden)
    {
        double gain = golden.Attribute("gain", 1.0), slope = golden.Attribute("a", 0.0);
        FanMode mode = golden.Attribute("mode", "fan_in") == "fan_in" ? FanMode.FanIn : FanMode.FanOut;
        Nonlinearity nonlinearity = golden.Attribute("nonlinearity", "leaky_relu") == "relu" ? Nonlinearity.Relu : Nonlinearity.LeakyRelu;
        return golden.Attribute<string>("initializer") switch
        {
            "xavier_uniform" => Initializers.XavierUniform(gain),
            "xavier_normal" => Initializers.XavierNormal(gain),
            "kaiming_uniform" => Initializers.KaimingUniform(slope, mode, nonlinearity),
            _ => Initializers.KaimingNormal(slope, mode, nonlinearity),
        };
    }

    private static void Clip<T>(GoldenCase golden, DType dtype, double tolerance) where T : unmanaged, System.Numerics.INumber<T>
    {
        var gradients = new Gradients();
        Dictionary<string, Tensor> parameters = golden.Inputs.ToDictionary(input => input.Key, input => Tensor.Zeros([.. input.Value.Shape], dtype));
        foreach ((string key, Tensor parameter) in parameters) gradients.Set(parameter, golden.Inputs[key].ToTensor(dtype));

        if (golden.Attribute<string>("op") == "norm")
        {
            NormType normType = golden.Attribute("norm_type", absent: "2") == "inf" ? NormType.Infinity : NormType.L2;
            double norm = GradientClipping.ByNorm(gradients, golden.Attribute<double>("max_norm"), normType);
            golden.Outputs["norm"].AssertClose<double>([norm], tolerance, $"{golden} norm");
        }
        else
        {
            GradientClipping.ByValue(gradients, golden.Attribute<double>("clip_value"));
        }
        foreach ((string key, Tensor parameter) in parameters) golden.Outputs[key].AssertClose<T>(gradients[parameter].AsSpan<T>(), tolerance, $"{golden} {key}");
    }

    private static void Train(GoldenCase golden, DType dtype, double tolerance)
    {
        Parameter[] parameters = Parameters(golden, dtype);
        Optimizer optimizer = CreateOptimizer(golden, parameters);
        int number = 0;
        foreach (JsonElement step in golden.Json("steps").EnumerateArray())
        {
            optimizer.Step(GradientsOf(step, parameters));
            number++;
            foreach (Parameter parameter in parameters)
            {
                GoldenTensor expected = GoldenTensor.Read(step.GetProperty("parameters").GetProperty(parameter.Name));
                string what = $"{golden}, step {number}, {parameter.Name}";
                if (dtype == DType.Float32) expected.AssertClose<float>(parameter.AsSpan<float>(), tolerance, what);
                else expected.AssertClose<double>(parameter.AsSpan<double>(), tolerance, what);
            }
        }
        Assert.True(number >= 5, $"{golden}: only {number} steps");
    }

    public static Optimizer CreateOptimizer(GoldenCase golden, Parameter[] parameters)
    {
        double rate = Setting("lr"), decay = Setting("weight_decay"), epsilon = golden.Attribute("eps", absent: 0.0);
        double[] betas = golden.Attribute<double[]>("betas", absent: []);
        return golden.Attribute<string>("optimizer") switch
        {
            "sgd" => new Sgd(parameters, rate, Setting("momentum"), Setting("dampening"), decay, golden.Attribute<bool>("nesterov")),
            "adagrad" => new Adagrad(parameters, rate, Setting("lr_decay"), decay, Setting("initial_accumulator_value"), epsilon),
            "rmsprop" => new RmsProp(parameters, rate, Setting("alpha"), epsilon, decay, Setting("momentum"), golden.Attribute("centered", absent: false)),
            "adadelta" => new Adadelta(parameters, rate, Setting("rho"), epsilon, decay),
            "adam" => new Adam(parameters, rate, betas[0], betas[1], epsilon, decay, golden.Attribute("amsgrad", absent: false)),
            "adamw" => new AdamW(parameters, rate, betas[0], betas[1], epsilon, decay),
            "nadam" => new NAdam(parameters, rate, betas[0], betas[1], epsilon, decay, Setting("momentum_decay")),
            "radam" => new RAdam(parameters, rate, betas[0], betas[1], epsilon, decay),
            string other => throw new NotSupportedException(other),
        };

        double Setting(string name) => golden.Attribute<double>(name);
    }

    public static Parameter[] Parameters(GoldenCase golden, DType dtype) =>
        [.. golden.Inputs.Select(input => new Parameter(input.Value.ToTensor(dtype), input.Key))];

    public static Gradients GradientsOf(JsonElement step, Parameter[] parameters)
    {
        var gradients = new Gradients();
        foreach (Parameter parameter in parameters)
            gradients.Set(parameter, GoldenTensor.Read(step.GetProperty("gradients").GetProperty(parameter.Name)).ToTensor(parameter.DType));
        return gradients;
    }

    private static Schedule CreateSchedule(GoldenCase golden)
    {
        double rate = golden.Attribute("lr", absent: double.NaN);
        return golden.Attribute<string>("scheduler") switch
        {
            "step" => new StepLr(rate, golden.Attribute<long>("step_size"), golden.Attribute<double>("gamma")),
            "multistep" => new MultiStepLr(rate, golden.Attribute<long[]>("milestones"), golden.Attribute<double>("gamma")),
            "exponential" => new ExponentialLr(rate, golden.Attribute<double>("gamma")),
            "cosine" => new CosineAnnealing(rate, golden.Attribute<long>("T_max"), golden.Attribute<double>("eta_min")),
            "linear_warmup" => new LinearLr(rate, golden.Attribute<double>("start_factor"), golden.Attribute<double>("end_factor"),
                golden.Attribute<long>("total_iters")),
            "one_cycle" => new OneCycle(golden.Attribute<double>("max_lr"), golden.Attribute<long>("total_steps"), golden.Attribute<double>("pct_start"),
                golden.Attribute<string>("anneal_strategy") == "cos" ? AnnealStrategy.Cosine : AnnealStrategy.Linear,
                golden.Attribute<double>("div_factor"), golden.Attribute<double>("final_div_factor")),
            string other => throw new NotSupportedException(other),
        };
    }

    public static ReduceOnPlateau CreatePlateau(GoldenCase golden) => new(golden.Attribute<double>("lr"), new PlateauOptions
    {
        Mode = golden.Attribute<string>("mode") == "min" ? PlateauMode.Min : PlateauMode.Max,
        Factor = golden.Attribute<double>("factor"),
        Patience = golden.Attribute<int>("patience"),
        Threshold = golden.Attribute<double>("threshold"),
        ThresholdMode = golden.Attribute<string>("threshold_mode") == "rel" ? ThresholdMode.Relative : ThresholdMode.Absolute,
        Cooldown = golden.Attribute<int>("cooldown"),
        Minimum = golden.Attribute<double>("min_lr"),
    });

    /// <summary>The rate in force in each step; the metric is heard after it.</summary>
    private static double[] PlateauRates(GoldenCase golden)
    {
        ReduceOnPlateau plateau = CreatePlateau(golden);
        return [.. golden.Inputs["metrics"].Data.Select(metric =>
        {
            double inForce = plateau.LearningRate;
            plateau.Step(metric);
            return inForce;
        })];
    }
}
