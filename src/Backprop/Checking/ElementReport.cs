using System.Globalization;

namespace Backprop;

/// <summary>What a gradient check says of one element.</summary>
public enum GradientVerdict
{
    /// <summary>Backward and the central difference agree.</summary>
    Correct,

    /// <summary>The function has no single slope here, as ReLU has none at 0 and max pooling none at a tie; backward gave one of those between left and right.</summary>
    Kink,

    /// <summary>They disagree.</summary>
    Wrong,
}

/// <summary>One element's slope, as backward and as central differences have it.</summary>
/// <param name="Tensor">The tensor's name.</param>
/// <param name="Index">The element's index on each axis.</param>
/// <param name="Verdict">Whether they agree.</param>
/// <param name="Backward">The slope by error backpropagation.</param>
/// <param name="Numerical">(L(w + h) − L(w − h)) / 2h.</param>
/// <param name="Left">(L(w) − L(w − h)) / h at a kink, else the same as <paramref name="Numerical"/>.</param>
/// <param name="Right">(L(w + h) − L(w)) / h at a kink, else the same as <paramref name="Numerical"/>.</param>
/// <param name="RelativeError">|backward − numerical| / max(|backward|, |numerical|, the slope below which rounding decides).</param>
public sealed record ElementReport(string Tensor, IReadOnlyList<int> Index, GradientVerdict Verdict, double Backward, double Numerical, double Left, double Right, double RelativeError)
{
    internal string IndexText => $"[{string.Join(", ", Index)}]";

    /// <summary>The element and both slopes, one line.</summary>
    public override string ToString() => Verdict == GradientVerdict.Kink
        ? string.Create(CultureInfo.InvariantCulture, $"{Tensor}{IndexText}: {(Left.Equals(Right) ? $"kinks that cancel, slope {Numerical:G6}" : $"slope {Left:G6} to the left and {Right:G6} to the right")}; backward {Backward:G6}")
        : string.Create(CultureInfo.InvariantCulture, $"{Tensor}{IndexText}: backward {Backward:G9}, central difference {Numerical:G9}, relative error {RelativeError:0.0E-0}");
}
