namespace Backprop;

/// <summary>Adam whose weight decay shrinks the parameters themselves: <c>θ ← θ(1 − ηλ)</c>, then Adam's step.</summary>
/// <remarks>
/// In <see cref="Adam"/> the decay joins the gradient and is divided by its size, so that it hardly reaches parameters with large gradients; here it reaches
/// all alike. Remembers what Adam does.
/// Source: I. Loshchilov, F. Hutter, "Decoupled weight decay regularization" (2019), algorithm 2. Defaults are PyTorch's, λ = 0.01 among them.
/// </remarks>
public sealed class AdamW : Adam
{
    /// <summary>An optimizer of these parameters.</summary>
    /// <exception cref="ArgumentException">No parameters.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A setting is out of range.</exception>
    public AdamW(IEnumerable<Parameter> parameters, double learningRate = 1e-3, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8,
        double weightDecay = 1e-2, bool amsGrad = false)
        : base(parameters, learningRate, beta1, beta2, epsilon, weightDecay, amsGrad) { }

    private protected override bool DecouplesDecay => true;
}
