namespace Backprop.Examples.ByHand;

/// <summary>
/// y = γ · x̂ + β with x̂ = (x − μ) / √(v + ε), where μ and v are mean and variance over the batch, in evaluation the running ones.
/// Backward goes the same way back, one local derivative a line.
/// </summary>
/// <remarks>
/// The book's variant: an x of four axes is flattened, so that each <i>activation</i> has its own μ, v, γ and β, and not each channel; ε is 1e-6; momentum 0.9 is the
/// part of the running values that is kept; the running variance divides by n.
/// </remarks>
/// <param name="runningMean">Of each activation; changed in training.</param>
/// <param name="runningVariance">Likewise.</param>
/// <param name="training">Whether μ and v are the batch's.</param>
/// <param name="momentum">How much of the running values is kept.</param>
public sealed class BatchNormalizationOperation(Tensor runningMean, Tensor runningVariance, bool training, double momentum = 0.9) : NaryOperation
{
    private const double Epsilon = 1e-6;

    private Tensor _centred = null!, _deviation = null!, _normal = null!, _gamma = null!;

    /// <inheritdoc/>
    protected override Tensor Forward(ReadOnlySpan<Tensor> inputs)
    {
        Tensor x = inputs[0].Reshape(inputs[0].Shape[0], -1), mean = runningMean, variance = runningVariance;
        if (training)
        {
            mean = x.Mean(axis: 0);
            variance = (x - mean).Pow(2).Mean(axis: 0);
            runningMean.CopyFrom(momentum * runningMean + (1 - momentum) * mean);
            runningVariance.CopyFrom(momentum * runningVariance + (1 - momentum) * variance);
        }
        _centred = Save(x - mean);
        _deviation = Save((variance + Epsilon).Sqrt());
        _normal = Save(_centred / _deviation);
        _gamma = Save(inputs[1]);
        return (_gamma * _normal + inputs[2]).Reshape(inputs[0].Shape.AsSpan());
    }

    /// <inheritdoc/>
    protected override void Backward(Tensor gradient, Span<Tensor?> inputGradients)
    {
        Tensor dy = gradient.Reshape(gradient.Shape[0], -1);
        inputGradients[1] = (dy * _normal).Sum(axis: 0);                            // y = γ x̂ + β: ∂y/∂γ = x̂
        inputGradients[2] = dy.Sum(axis: 0);                                        //                ∂y/∂β = 1
        Tensor dNormal = dy * _gamma;                                               //                ∂y/∂x̂ = γ
        Tensor dCentred = dNormal / _deviation;                                     // x̂ = c / s:    ∂x̂/∂c = 1 / s
        if (training)
        {
            double n = dy.Shape[0];
            Tensor dDeviation = -(dNormal * _centred).Sum(axis: 0) / _deviation.Pow(2); //            ∂x̂/∂s = −c / s²
            Tensor dVariance = dDeviation / (2 * _deviation);                       // s = √(v + ε):  ∂s/∂v = 1 / 2s
            dCentred += dVariance * 2 / n * _centred;                               // v = Σ c² / n:  ∂v/∂c = 2c / n
            dCentred -= dCentred.Sum(axis: 0) / n;                                  // c = x − Σ x / n: each x moves the mean of all
        }
        inputGradients[0] = dCentred.Reshape(gradient.Shape.AsSpan());
    }
}
