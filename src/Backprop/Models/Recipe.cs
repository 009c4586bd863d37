namespace Backprop;

/// <summary>How a named model is trained.</summary>
/// <param name="Loss">The loss.</param>
/// <param name="Optimizer">The optimizer; what is not said here is its default.</param>
/// <param name="LearningRate">The learning rate.</param>
/// <param name="BatchSize">Examples a step.</param>
/// <param name="Epochs">Passes over the data.</param>
/// <param name="Momentum">Of SGD.</param>
/// <param name="WeightDecay">On all parameters.</param>
/// <param name="CosineDecay">Whether the learning rate falls to 0 along half a cosine over the whole training; otherwise it stays.</param>
public sealed record Recipe(
    LossKind Loss, OptimizerKind Optimizer, double LearningRate, int BatchSize, int Epochs, double Momentum = 0, double WeightDecay = 0, bool CosineDecay = false)
{
    /// <summary>The loss as a function of prediction and target.</summary>
    public Func<Tensor, Tensor, Tensor> LossFunction => Loss == LossKind.Mse ? Losses.Mse : Losses.CrossEntropy;

    /// <summary>The learning rate over a training of so many steps.</summary>
    public Schedule CreateSchedule(long steps) => CosineDecay ? new CosineAnnealing(LearningRate, steps) : new ConstantRate(LearningRate);

    /// <summary>A new optimizer of these parameters.</summary>
    public Optimizer CreateOptimizer(IEnumerable<Parameter> parameters) => Optimizer == OptimizerKind.Adam
        ? new Adam(parameters, LearningRate, weightDecay: WeightDecay)
        : new Sgd(parameters, LearningRate, Momentum, weightDecay: WeightDecay);
}

/// <summary>The losses that recipes name.</summary>
public enum LossKind
{
    /// <summary><see cref="Losses.CrossEntropy(Tensor, Tensor)"/> of logits and class numbers.</summary>
    CrossEntropy,

    /// <summary><see cref="Losses.Mse(Tensor, Tensor)"/>.</summary>
    Mse,
}

/// <summary>The optimizers that recipes name.</summary>
public enum OptimizerKind
{
    /// <summary><see cref="Backprop.Sgd"/>.</summary>
    Sgd,

    /// <summary><see cref="Backprop.Adam"/>.</summary>
    Adam,
}
