using System.Globalization;
using System.Reflection;

namespace Backprop.Tests;

/// <summary>Every layer, loss, optimizer, schedule and initializer with its optional arguments: what they are if nothing is said is what PyTorch has.</summary>
/// <remarks>
/// null stands for 1 in strides and dilations, 0 in paddings, the kernel size in strides of pools, <c>RandomSource.Current</c> for random, and none elsewhere. Newer than PyTorch 1.13, where these
/// are required: the learning rate of Sgd (2.x). PyTorch has no order of its own for <c>Softmax</c>'s axis, which is deprecated without one; ours is the last.
/// </remarks>
public class DefaultsTests
{
    private static readonly string[] s_defaults =
    [
        "DataLoader(dataset, batchSize, shuffle = False, random = null, dropLast = False, readAhead = False)",
        "LeakyRelu(negativeSlope = 0.01)",
        "Elu(alpha = 1)",
        "Gelu(form = Exact)",
        "Softplus(beta = 1)",
        "Softmax(axis = -1)",
        "LogSoftmax(axis = -1)",
        "BatchNorm1d(features, epsilon = 1E-05, momentum = 0.1, affine = True, trackRunningStatistics = True)",
        "BatchNorm2d(channels, epsilon = 1E-05, momentum = 0.1, affine = True, trackRunningStatistics = True)",
        "Conv2d(inputChannels, outputChannels, kernelSize, stride = null, padding = null, dilation = null, groups = 1, bias = True, random = null)",
        "Conv1d(inputChannels, outputChannels, kernelSize, stride = 1, padding = 0, dilation = 1, groups = 1, bias = True, random = null)",
        "ConvTranspose2d(inputChannels, outputChannels, kernelSize, stride = null, padding = null, outputPadding = null, groups = 1, bias = True, dilation = null, random = null)",
        "Dropout(p = 0.5, random = null)",
        "Embedding(count, width, paddingIndex = null, random = null)",
        "Flatten(startAxis = 1)",
        "GroupNorm(groups, channels, epsilon = 1E-05, affine = True)",
        "Initializers.Gain(nonlinearity, slope = 0.01)",
        "Initializers.Uniform(low = 0, high = 1)",
        "Initializers.Normal(mean = 0, standardDeviation = 1)",
        "Initializers.TruncatedNormal(mean = 0, standardDeviation = 1, low = -2, high = 2)",
        "Initializers.XavierUniform(gain = 1)",
        "Initializers.XavierNormal(gain = 1)",
        "Initializers.KaimingUniform(slope = 0, mode = FanIn, nonlinearity = LeakyRelu)",
        "Initializers.KaimingNormal(slope = 0, mode = FanIn, nonlinearity = LeakyRelu)",
        "LayerNorm(features, epsilon = 1E-05, affine = True)",
        "LayerNorm(normalizedShape, epsilon = 1E-05, affine = True)",
        "Linear(inputs, outputs, bias = True, random = null)",
        "MaxPool2d(kernelSize, stride = null, padding = null, dilation = null, ceilMode = False)",
        "MaxPool1d(kernelSize, stride = null, padding = 0, dilation = 1, ceilMode = False)",
        "AvgPool2d(kernelSize, stride = null, padding = null, ceilMode = False, countIncludePad = True)",
        "AvgPool1d(kernelSize, stride = null, padding = 0, ceilMode = False, countIncludePad = True)",
        "Losses.Bce(input, target, weight = null, reduction = Mean)",
        "Losses.BceWithLogits(input, target, weight = null, positiveWeight = null, reduction = Mean)",
        "Losses.CrossEntropy(logits, target, classWeights = null, ignoreIndex = -100, labelSmoothing = 0, reduction = Mean)",
        "Losses.Huber(input, target, delta, reduction = Mean)",
        "Losses.KlDiv(input, target, logTarget, reduction = Mean)",
        "Losses.Nll(input, target, classWeights = null, ignoreIndex = -100, reduction = Mean)",
        "Losses.SmoothL1(input, target, beta, reduction = Mean)",
        "Adadelta(parameters, learningRate = 1, rho = 0.9, epsilon = 1E-06, weightDecay = 0)",
        "Adagrad(parameters, learningRate = 0.01, learningRateDecay = 0, weightDecay = 0, initialAccumulatorValue = 0, epsilon = 1E-10)",
        "Adam(parameters, learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1E-08, weightDecay = 0, amsGrad = False)",
        "AdamW(parameters, learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1E-08, weightDecay = 0.01, amsGrad = False)",
        "GradientClipping.ByNorm(gradients, maxNorm, normType = L2)",
        "NAdam(parameters, learningRate = 0.002, beta1 = 0.9, beta2 = 0.999, epsilon = 1E-08, weightDecay = 0, momentumDecay = 0.004)",
        "RAdam(parameters, learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1E-08, weightDecay = 0)",
        "RmsProp(parameters, learningRate = 0.01, alpha = 0.99, epsilon = 1E-08, weightDecay = 0, momentum = 0, centered = False)",
        "CosineAnnealing(learningRate, steps, minimum = 0)",
        "LinearLr(learningRate, startFactor = 0.3333333333333333, endFactor = 1, steps = 5)",
        "PolynomialLr(learningRate, steps = 5, power = 1)",
        "OneCycle(maxLearningRate, totalSteps, pctStart = 0.3, annealStrategy = Cosine, divFactor = 25, finalDivFactor = 10000, baseMomentum = 0.85, maxMomentum = 0.95)",
        "ReduceOnPlateau(learningRate, options = null)",
        "StepLr(learningRate, stepSize, gamma = 0.1)",
        "MultiStepLr(learningRate, milestones, gamma = 0.1)",
        "Sgd(parameters, learningRate = 0.001, momentum = 0, dampening = 0, weightDecay = 0, nesterov = False)",
    ];

    [Fact]
    public void EveryConstructorAndFactory_WithoutOptionalArguments_IsPyTorchs()
    {
        Type[] types = typeof(Tensor).Assembly.GetExportedTypes();
        IEnumerable<MethodBase> constructors = types.Where(type => typeof(Module).IsAssignableFrom(type) || typeof(Optimizer).IsAssignableFrom(type) || typeof(Schedule).IsAssignableFrom(type)
            || type == typeof(ReduceOnPlateau) || type == typeof(DataLoader)).Where(type => type != typeof(Residual)).SelectMany(type => type.GetConstructors());
        IEnumerable<MethodBase> factories = new[] { typeof(Losses), typeof(Initializers), typeof(GradientClipping) }.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static));
        string[] actual = [.. constructors.Concat(factories).Where(method => method.GetParameters().Any(parameter => parameter.HasDefaultValue)).Select(Signature)];
        Assert.Equal(s_defaults.Order(StringComparer.Ordinal), actual.Order(StringComparer.Ordinal));

        static string Signature(MethodBase method)
        {
            string name = method.IsConstructor ? method.DeclaringType!.Name : $"{method.DeclaringType!.Name}.{method.Name}";
            return $"{name}({string.Join(", ", method.GetParameters().Select(parameter => parameter.HasDefaultValue ? $"{parameter.Name} = {Text(parameter.DefaultValue)}" : parameter.Name))})";
        }

        static string Text(object? value) => value is null ? "null" : Convert.ToString(value, CultureInfo.InvariantCulture)!;
    }

    [Fact]
    public void ReduceOnPlateau_WithoutOptions_IsPyTorchs() => Assert.Equal(
        new PlateauOptions
        {
            Mode = PlateauMode.Min,
            Factor = 0.1,
            Patience = 10,
            Threshold = 1e-4,
            ThresholdMode = ThresholdMode.Relative,
            Cooldown = 0,
            Minimum = 0,
            Epsilon = 1e-8,
        },
        new PlateauOptions());
}
