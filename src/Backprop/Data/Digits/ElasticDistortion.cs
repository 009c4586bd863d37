using System.Numerics;

namespace Backprop;

/// <summary>A random smooth displacement of the plane: what makes two drawings of one shape differ as two strokes of one hand do.</summary>
/// <remarks>
/// The knots of a 4×4 grid over the unit box move at random, and between the knots the displacement is interpolated smoothly; outside the box it is that of the edge.
/// Idea: P. Simard, D. Steinkraus, J. Platt, "Best practices for convolutional neural networks applied to visual document analysis" (2003), who distort pixels; here it is
/// the pen's path that is distorted, so strokes keep their thickness.
/// </remarks>
internal readonly ref struct ElasticDistortion
{
    /// <summary>The number of knots that <see cref="ElasticDistortion(RandomSource, float, Span{Vector2})"/> keeps.</summary>
    public const int KnotCount = Side * Side;
    private const int Side = 4;
    private readonly ReadOnlySpan<Vector2> _knots;

    /// <summary>Moves the knots: both coordinates with the standard deviation <paramref name="deviation"/>.</summary>
    /// <param name="random">Where the displacements come from.</param>
    /// <param name="deviation">In sides of the box.</param>
    /// <param name="knots">Where they are kept: <see cref="KnotCount"/> elements.</param>
    public ElasticDistortion(RandomSource random, float deviation, Span<Vector2> knots)
    {
        foreach (ref Vector2 knot in knots) knot = random.NextAround(Vector2.Zero, deviation);
        _knots = knots;
    }

    /// <summary>Where <paramref name="point"/> goes.</summary>
    public Vector2 Move(Vector2 point)
    {
        (int column, float x) = Locate(point.X);
        (int row, float y) = Locate(point.Y);
        ReadOnlySpan<Vector2> above = _knots.Slice(row * Side + column), below = above[Side..];
        return point + (above[0] * (1 - x) + above[1] * x) * (1 - y) + (below[0] * (1 - x) + below[1] * x) * y;
    }

    /// <summary>The cell of a coordinate, and the share of its far knot: 3t² − 2t³, which has no kink where cells meet.</summary>
    private static (int Cell, float Share) Locate(float coordinate)
    {
        float at = Math.Clamp(coordinate, 0, 1) * (Side - 1);
        int cell = Math.Min((int)at, Side - 2);
        float t = at - cell;
        return (cell, t * t * (3 - 2 * t));
    }
}
