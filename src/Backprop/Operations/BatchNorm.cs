using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary>The settings of a batch normalization.</summary>
/// <param name="Affine">Which of γ and β are among the inputs, after x.</param>
/// <param name="RunningMean">Moved towards μ in training, if there is one; read in evaluation.</param>
/// <param name="RunningVariance">Moved towards v · m / (m − 1) in training; read in evaluation.</param>
/// <param name="Training">Whether μ and v are those of the batch.</param>
/// <param name="Momentum">The weight of the batch in the running values.</param>
/// <param name="Epsilon">ε.</param>
internal readonly record struct BatchNormOptions(AffineInputs Affine, Tensor? RunningMean, Tensor? RunningVariance, bool Training, double Momentum, double Epsilon);

/// <summary><c>y = (x − μ) / √(v + ε) · γ + β</c>, channel by channel: μ and v of the batch, or the running ones. Or, with the ReLU behind it, <c>y = max(z, 0)</c> of that z.</summary>
/// <remarks>
/// Shapes: x [n, channels, ...], γ, β, running mean and running variance [channels] → y as x. v divides by the number of elements of a channel, m.
/// With x̂ = (x − μ) / √(v + ε): ∂L/∂γ = Σ ∂L/∂y · x̂, ∂L/∂β = Σ ∂L/∂y, and ∂L/∂x = γ / √(v + ε) · (∂L/∂y − ∂L/∂β / m − x̂ · ∂L/∂γ / m), for μ and v depend on x;
/// the last two terms are absent where they are the running ones. With ReLU, ∂L/∂z = ∂L/∂y where z &gt; 0, else 0, takes the place of ∂L/∂y. Saves x, μ and v, γ, and with ReLU β, from which z
/// is computed anew.
/// Source: S. Ioffe, C. Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift" (2015).
/// </remarks>
/// <typeparam name="TGate">What is behind it: nothing, or ReLU.</typeparam>
/// <typeparam name="T">The elements.</typeparam>
internal sealed class BatchNormOperation<TGate, T>(in BatchNormOptions options) : NaryOperation
    where TGate : IGate
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly BatchNormOptions _options = options;
    private Tensor _x = null!, _statistics = null!;
    private Tensor? _gamma, _beta;
    private ChannelLayout _layout;

    public override OperationFormula Formula => _options.Affine.Formula(_options.Training
        ? "∂L/∂x = (g − Σ g / m − x̂ · Σ(g · x̂) / m) / √(v + ε) with g = "
        : "∂L/∂x = 1 / √(v + ε) · ", IsRectified);

    internal override int Kind => SpareOperations.Kind<BatchNormOperation<TGate, T>>.Number;

    /// <summary>One of the last step's with these settings, or a new one.</summary>
    public static BatchNormOperation<TGate, T> With(in BatchNormOptions options) =>
        Autograd.Again<BatchNormOperation<TGate, T>>() is { } again && again._options == options ? again : new BatchNormOperation<TGate, T>(options);

    private static bool IsRectified => typeof(TGate) == typeof(ReluGate);

    private Span<double> Mean => _statistics.AsSpan<double>()[.._layout.Channels];

    private Span<double> Variance => _statistics.AsSpan<double>()[_layout.Channels..];

    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        _x = Save(inputs[0]);
        (_gamma, _beta) = _options.Affine.Of(inputs);
        if (_gamma is not null) Save(_gamma);
        if (_beta is not null && IsRectified) Save(_beta);
        int channels = _x.Shape[1];
        _layout = new ChannelLayout(_x.Shape[0], channels, channels == 0 ? 1 : _x.ElementCount / Math.Max(1, _x.Shape[0] * channels));
        _statistics = Save(Tensor.Uninitialized<double>([2 * channels]));
        if (_options.Training)
        {
            BatchNormKernel.Statistics<T>(_x.AsSpan<T>(), Mean, Variance, _layout);
        }
        else
        {
            Copy(_options.RunningMean!, Mean);
            Copy(_options.RunningVariance!, Variance);
        }
        Tensor y = Tensor.Uninitialized<T>(_x.Shape);
        BatchNormKernel.Forward<TGate, T>(_x.AsSpan<T>(), y.AsSpan<T>(), _gamma.SpanOrEmpty<T>(), _beta.SpanOrEmpty<T>(), Mean, Variance, _options.Epsilon, _layout);
        if (_options.Training && _options.RunningMean is not null)
        {
            BatchNormKernel.UpdateRunning(_options.RunningMean.AsSpan<T>(), Mean, _options.Momentum);
            BatchNormKernel.UpdateRunning(_options.RunningVariance!.AsSpan<T>(), Variance, _options.Momentum, _layout.Count / (_layout.Count - 1.0));
        }
        _statistics.Discard(); // when backward has read it
        return y;
    }

    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Shape channels = [_layout.Channels];
        Tensor? dx = Needs(0) ? Overwritten(gradient) : null;
        Tensor? dgamma = _options.Affine.Gamma && Needs(AffineInputs.GammaIndex) ? Tensor.Uninitialized<T>(channels) : null;
        Tensor? dbeta = _options.Affine.Beta && Needs(_options.Affine.BetaIndex) ? Tensor.Uninitialized<T>(channels) : null;
        BatchNormKernel.Backward<TGate, T>(gradient.AsSpan<T>(), _x.AsSpan<T>(), _gamma.SpanOrEmpty<T>(), _beta.SpanOrEmpty<T>(), Mean, Variance, _options.Epsilon, _options.Training,
            dx is null ? default : dx.AsSpan<T>(), dgamma is null ? default : dgamma.AsSpan<T>(), dbeta is null ? default : dbeta.AsSpan<T>(), _layout);
        inputGradients[0] = dx;
        if (_options.Affine.Gamma) inputGradients[AffineInputs.GammaIndex] = dgamma;
        if (_options.Affine.Beta) inputGradients[_options.Affine.BetaIndex] = dbeta;
    }

    private static void Copy(Tensor running, Span<double> values)
    {
        ReadOnlySpan<T> given = running.AsSpan<T>();
        for (int i = 0; i < given.Length; i++) values[i] = double.CreateTruncating(given[i]);
    }
}

/// <summary>Which of scale γ and offset β a normalization has; they stand in this order after x.</summary>
internal readonly record struct AffineInputs(bool Gamma, bool Beta)
{
    /// <summary>The formula of a normalization with these inputs.</summary>
    /// <param name="input">∂L/∂x, up to the gradient of what is normalized; x̂ is that, and m the number of elements that share μ and v.</param>
    /// <param name="rectified">Whether ReLU is taken along.</param>
    public OperationFormula Formula(string input, bool rectified = false)
    {
        string normal = $"(x − μ) / √(v + ε){(Gamma ? " · γ" : "")}{(Beta ? " + β" : "")}", slope = rectified ? "∂L/∂y · [y > 0]" : "∂L/∂y";
        return new(
            rectified ? $"y = relu({normal})" : $"y = {normal}",
            [$"{input}{(Gamma ? "γ · " : "")}{slope}", .. Gamma ? [$"∂L/∂γ = Σ {slope} · x̂"] : (ReadOnlySpan<string>)[], .. Beta ? [$"∂L/∂β = Σ {slope}"] : (ReadOnlySpan<string>)[]]);
    }

    public const int GammaIndex = 1;

    public int BetaIndex => Gamma ? 2 : 1;

    public (Tensor? Gamma, Tensor? Beta) Of(ReadOnlySpan<Tensor> inputs) => (Gamma ? inputs[GammaIndex] : null, Beta ? inputs[BetaIndex] : null);

    /// <summary>Applies an operation to x and what there is of γ and β.</summary>
    public static Tensor Apply(NaryOperation operation, Tensor x, Tensor? gamma, Tensor? beta) => (gamma, beta) switch
    {
        (null, null) => operation.Apply(x),
        (null, _) => operation.Apply(x, beta),
        (_, null) => operation.Apply(x, gamma),
        _ => operation.Apply(x, gamma, beta),
    };
}

/// <summary>Batch normalization as a member of <see cref="Tensor"/>.</summary>
public static class BatchNormExtensions
{
    extension(Tensor x)
    {
        /// <summary>
        /// <c>(x − μ) / √(v + ε) · γ + β</c>, channel by channel (PyTorch: <c>batch_norm</c>). In training μ and v are those of the batch and the running values move towards
        /// them; otherwise they are the running values.
        /// </summary>
        /// <remarks>Shapes: x [n, channels, ...]; all others [channels]. v divides by the number of elements of a channel, what goes into the running variance by one less.</remarks>
        /// <param name="runningMean">Changed in training: <c>(1 − momentum) · running + momentum · batch</c>. None: nothing is remembered.</param>
        /// <param name="runningVariance">Likewise; both or none.</param>
        /// <param name="weight">γ, or none for 1.</param>
        /// <param name="bias">β, or none for 0.</param>
        /// <param name="training">Whether the batch's own mean and variance are used.</param>
        /// <param name="momentum">The weight of the new batch, in [0, 1] (Keras and the book name the other part, 1 − momentum).</param>
        /// <param name="epsilon">ε, added to the variance.</param>
        /// <exception cref="ShapeException">Fewer than two axes, a parameter that is not [channels], or one value a channel in training.</exception>
        /// <exception cref="ArgumentException">No running values outside of training, or only one of them.</exception>
        public Tensor BatchNorm(
            Tensor? runningMean, Tensor? runningVariance, Tensor? weight = null, Tensor? bias = null, bool training = false, double momentum = 0.1, double epsilon = 1e-5) =>
            x.BatchNorm(runningMean, runningVariance, weight, bias, training, momentum, epsilon, rectify: false);

        /// <summary>The same, and the ReLU behind it in the same pass: only in training, or where nothing is recorded.</summary>
        internal Tensor BatchNorm(Tensor? runningMean, Tensor? runningVariance, Tensor? weight, Tensor? bias, bool training, double momentum, double epsilon, bool rectify)
        {
            if (x.Rank < 2) ShapeException.Throw("BatchNorm", "channels stand on axis 1, and there is none", "[n, channels, ...]", ("input", x.Shape));
            NormalizationChecks.CheckParameter("BatchNorm", x, "weight", weight, [x.Shape[1]], "[channels]");
            NormalizationChecks.CheckParameter("BatchNorm", x, "bias", bias, [x.Shape[1]], "[channels]");
            NormalizationChecks.CheckParameter("BatchNorm", x, "running mean", runningMean, [x.Shape[1]], "[channels]");
            NormalizationChecks.CheckParameter("BatchNorm", x, "running variance", runningVariance, [x.Shape[1]], "[channels]");
            if (runningMean is null != runningVariance is null) throw new ArgumentException("BatchNorm: give both the running mean and the running variance, or neither.", nameof(runningVariance));
            if (!training && runningMean is null) throw new ArgumentException("BatchNorm: outside of training the running mean and variance are needed.", nameof(runningMean));
            if (training && x.ElementCount < 2 * x.Shape[1])
            {
                ShapeException.Throw("BatchNorm", x.ElementCount == 0 ? "there are no examples, and so no variance" : "each channel has one value, which has no variance",
                    "at least two values a channel in training: a larger batch, or Evaluate() to use the running values", ("input", x.Shape));
            }
            var options = new BatchNormOptions(new AffineInputs(weight is not null, bias is not null), runningMean, runningVariance, training, momentum, epsilon);
            return rectify ? Apply<ReluGate>(x, weight, bias, options) : Apply<OpenGate>(x, weight, bias, options);
        }
    }

    private static Tensor Apply<TGate>(Tensor x, Tensor? weight, Tensor? bias, in BatchNormOptions options) where TGate : IGate => x.DType switch
    {
        DType.Float32 => AffineInputs.Apply(BatchNormOperation<TGate, float>.With(options), x, weight, bias),
        DType.Float64 => AffineInputs.Apply(BatchNormOperation<TGate, double>.With(options), x, weight, bias),
        _ => DTypes.ThrowUnsupported("BatchNorm", x.DType),
    };

    /// <summary>A normalization by running values as a scale and a shift of what comes in before <paramref name="added"/> is added to it; not recorded.</summary>
    internal static (Tensor Scale, Tensor Shift) Fold(Tensor mean, Tensor variance, Tensor? weight, Tensor? bias, Tensor? added, double epsilon)
    {
        Tensor scale = Tensor.Uninitialized(mean.Shape, mean.DType), shift = Tensor.Uninitialized(mean.Shape, mean.DType);
        if (mean.DType == DType.Float32) Fold<float>();
        else Fold<double>();
        return (scale, shift);

        void Fold<T>() where T : unmanaged, IFloatingPointIeee754<T> =>
            BatchNormKernel.Fold(mean.AsSpan<T>(), variance.AsSpan<T>(), weight.SpanOrEmpty<T>(), bias.SpanOrEmpty<T>(), added.SpanOrEmpty<T>(), epsilon, scale.AsSpan<T>(), shift.AsSpan<T>());
    }
}
