namespace Backprop;

/// <summary>What <see cref="Trainer.Fit"/> does about NaN and infinity. Either way the step is repeated with tracing on, to tell which operation of which layer they come from.</summary>
public enum NonFinite
{
    /// <summary>Looks at each step's loss, and stops with the weights before the step. Costs nothing to speak of.</summary>
    StopAtLoss,

    /// <summary>Looks at each step's gradients too, so that no weight ever becomes NaN. Costs one pass over the gradients a step.</summary>
    StopAtGradient,

    /// <summary>Looks at loss and gradients, leaves the step out, and goes on; stops if no step of an epoch is left.</summary>
    Skip,
}
