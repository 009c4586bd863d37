using System.Numerics;
using Backprop.Kernels;

namespace Backprop;

/// <summary><c>(x − t)²</c>.</summary>
internal readonly struct SquaredError<T> : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static string Name => "Mse";
    public static string Formula => "(x − t)²";
    public static (string Input, string Target) Derivatives => ("2 · (x − t)", "2 · (t − x)");
    public Vector<T> Value(Vector<T> x, Vector<T> t) => (x - t) * (x - t);
    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => x - t + (x - t);
    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => t - x + (t - x);
}

/// <summary><c>|x − t|</c>; slope 0 at 0.</summary>
internal readonly struct AbsoluteError<T> : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static string Name => "L1";
    public static string Formula => "|x − t|";
    public static (string Input, string Target) Derivatives => ("sign(x − t)", "sign(t − x)");
    public Vector<T> Value(Vector<T> x, Vector<T> t) => Vector.Abs(x - t);
    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => Sign(x - t);
    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => Sign(t - x);

    /// <summary>−1, 0 or 1.</summary>
    internal static Vector<T> Sign(Vector<T> d) => Vector.ConditionalSelect(
        Vector.GreaterThan(d, Vector<T>.Zero), Vector<T>.One, Vector.ConditionalSelect(Vector.LessThan(d, Vector<T>.Zero), -Vector<T>.One, Vector<T>.Zero));
}

/// <summary><c>d² / 2β</c> where d = |x − t| &lt; β, else <c>d − β/2</c>; β = 0 is L1.</summary>
internal readonly struct SmoothAbsoluteError<T>(T beta) : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector<T> _beta = new(beta), _half = new(T.CreateTruncating(0.5));

    public static string Name => "SmoothL1";
    public static string Formula => "d² / 2β where d = |x − t| < β, else d − β/2";
    public static (string Input, string Target) Derivatives => ("(x − t) / β where |x − t| < β, else sign(x − t)", "(t − x) / β where |x − t| < β, else sign(t − x)");

    public Vector<T> Value(Vector<T> x, Vector<T> t)
    {
        Vector<T> d = Vector.Abs(x - t);
        return Vector.ConditionalSelect(Vector.LessThan(d, _beta), d * d * _half / _beta, d - _half * _beta);
    }

    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) =>
        Vector.ConditionalSelect(Vector.GreaterThanOrEqual(Vector.Abs(x - t), _beta), AbsoluteError<T>.Sign(x - t), (x - t) / _beta); // NaN stays NaN

    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => InputSlope(t, x);
}

/// <summary><c>d²/2</c> where d = |x − t| ≤ δ, else <c>δ(d − δ/2)</c>.</summary>
internal readonly struct HuberError<T>(T delta) : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector<T> _delta = new(delta), _half = new(T.CreateTruncating(0.5));

    public static string Name => "Huber";
    public static string Formula => "d² / 2 where d = |x − t| ≤ δ, else δ · (d − δ/2)";
    public static (string Input, string Target) Derivatives => ("x − t, limited to [−δ, δ]", "t − x, limited to [−δ, δ]");

    public Vector<T> Value(Vector<T> x, Vector<T> t)
    {
        Vector<T> d = Vector.Abs(x - t), bounded = Vector.Min(d, _delta);
        return bounded * (d - _half * bounded); // d²/2 and δ(d − δ/2) in one
    }

    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => Vector.Max(-_delta, Vector.Min(x - t, _delta));

    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => InputSlope(t, x);
}

/// <summary><c>−(t log x + (1 − t) log(1 − x))</c>, logarithms not below −100, as PyTorch's.</summary>
internal readonly struct BinaryCrossEntropy<T>() : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector<T> _floor = new(T.CreateTruncating(-100)), _leastVariance = new(T.CreateTruncating(1e-12));

    public static string Name => "Bce";
    public static string Formula => "−(t · ln x + (1 − t) · ln(1 − x))";
    public static (string Input, string Target) Derivatives => ("(x − t) / (x · (1 − x))", "ln(1 − x) − ln x");

    public Vector<T> Value(Vector<T> x, Vector<T> t) => (t - Vector<T>.One) * Log(Vector<T>.One - x) - t * Log(x);

    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => (x - t) / Vector.Max(x * (Vector<T>.One - x), _leastVariance);

    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => Log(Vector<T>.One - x) - Log(x);

    private Vector<T> Log(Vector<T> x) => Vector.Max(VectorMath.Log(x), _floor);
}

/// <summary><c>max(x, 0) − x·t + log(1 + e^−|x|)</c>: binary cross-entropy of σ(x), which never overflows.</summary>
internal readonly struct BinaryCrossEntropyOfLogits<T> : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static string Name => "BceWithLogits";
    public static string Formula => "−(t · ln σ(x) + (1 − t) · ln(1 − σ(x)))";
    public static (string Input, string Target) Derivatives => ("σ(x) − t", "−x");
    public Vector<T> Value(Vector<T> x, Vector<T> t) => Vector.Max(x, Vector<T>.Zero) - x * t + VectorMath.Log1P(VectorMath.Exp(-Vector.Abs(x)));
    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => Vector<T>.One / (Vector<T>.One + VectorMath.Exp(-x)) - t;
    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => -x;
}

/// <summary><c>t (log t − x)</c>, x being a log-probability; 0 where t = 0, and so are its slopes.</summary>
internal readonly struct Divergence<T> : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static string Name => "KlDiv";
    public static string Formula => "t · (ln t − x)";
    public static (string Input, string Target) Derivatives => ("−t", "ln t + 1 − x");
    public Vector<T> Value(Vector<T> x, Vector<T> t) => WherePositive(t, t * (VectorMath.Log(t) - x));
    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => WherePositive(t, -t);
    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => WherePositive(t, VectorMath.Log(t) + Vector<T>.One - x);

    private static Vector<T> WherePositive(Vector<T> t, Vector<T> value) => Vector.ConditionalSelect(Vector.LessThanOrEqual(t, Vector<T>.Zero), Vector<T>.Zero, value);
}

/// <summary><c>eᵗ (t − x)</c>: the same with t a log-probability too.</summary>
internal readonly struct DivergenceOfLogs<T> : IPointwiseLoss<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public static string Name => "KlDiv";
    public static string Formula => "eᵗ · (t − x)";
    public static (string Input, string Target) Derivatives => ("−eᵗ", "eᵗ · (t − x + 1)");
    public Vector<T> Value(Vector<T> x, Vector<T> t) => WherePossible(t, VectorMath.Exp(t) * (t - x));
    public Vector<T> InputSlope(Vector<T> x, Vector<T> t) => -VectorMath.Exp(t);
    public Vector<T> TargetSlope(Vector<T> x, Vector<T> t) => WherePossible(t, VectorMath.Exp(t) * (t - x + Vector<T>.One));

    private static Vector<T> WherePossible(Vector<T> t, Vector<T> value) => // e^−∞ · −∞ is 0 here: the impossible costs nothing
        Vector.ConditionalSelect(Vector.Equals(t, new Vector<T>(T.NegativeInfinity)), Vector<T>.Zero, value);
}
