using System.Numerics;

namespace Backprop;

/// <summary>The smooth curve through the points of a drawing.</summary>
internal static class PenPath
{
    /// <summary>The number of straight pieces between two points of the drawing.</summary>
    public const int Pieces = 5;

    /// <summary>The most points that a path through <paramref name="points"/> points has.</summary>
    public static int MaximumLength(int points) => points * Pieces;

    /// <summary>
    /// Cuts the Catmull-Rom spline through each smooth run of points into straight pieces (E. Catmull, R. Rom, "A class of local interpolating splines", 1974).
    /// Where a run ends, the curve goes on as if mirrored at the end.
    /// </summary>
    /// <returns>The number of points written.</returns>
    public static int Trace(ReadOnlySpan<Vector2> points, ReadOnlySpan<StrokeEnd> ends, Span<Vector2> path, Span<bool> penUp)
    {
        int count = 0;
        for (int i = 0; i < points.Length; i++)
        {
            path[count] = points[i];
            penUp[count++] = ends[i] == StrokeEnd.PenUp;
            if (ends[i] == StrokeEnd.PenUp) continue;

            Vector2 from = points[i], to = points[i + 1];
            Vector2 before = i == 0 || ends[i - 1] == StrokeEnd.PenUp || ends[i] == StrokeEnd.Corner ? from + from - to : points[i - 1];
            Vector2 after = ends[i + 1] == StrokeEnd.None ? points[i + 2] : to + to - from;
            Vector2 leaving = (to - before) * 0.5f, arriving = (after - from) * 0.5f;
            for (int piece = 1; piece < Pieces; piece++)
            {
                float t = piece / (float)Pieces, u = 1 - t;
                path[count] = from * (u * u * (1 + 2 * t)) + leaving * (u * u * t) + to * (t * t * (1 + 2 * u)) - arriving * (t * t * u);
                penUp[count++] = false;
            }
        }
        return count;
    }
}
