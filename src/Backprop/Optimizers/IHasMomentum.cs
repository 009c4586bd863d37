namespace Backprop;

/// <summary>An optimizer with a momentum that a schedule may set: μ of <c>Sgd</c> and <c>RmsProp</c>, β₁ of <c>Adam</c> and its kin.</summary>
public interface IHasMomentum
{
    /// <summary>The momentum from the next step on, in [0, 1).</summary>
    double Momentum { get; set; }
}
