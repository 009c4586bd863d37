using System.Numerics;

namespace Backprop;

/// <summary>The smooth curve through the points of a drawing.</summary>
internal static class PenPath
{
    /// <summary>The number of straight pieces between two points of the drawing.</summary>
    public const int Pieces = 5;

    /// <summary>
    /// Cuts the Catmull-Rom spline through each smooth run of points into straight pieces (E. Catmull, R. Rom, "A class of local interpolating splines", 1974).
    /// Where a run ends, the curve goes on as if mirrored at the end.
    /// </summary>
    /// <param name="points">The points of the drawing.</param>
    /// <param name="ends">What happens to the pen at each.</param>
    /// <param name="path">Receives the path, without radius: at most <see cref="Pieces"/> points for each point of the drawing.</param>
    /// <returns>The number of points written.</returns>
    public static int Trace(ReadOnlySpan<Vector2> points, ReadOnlySpan<StrokeEnd> ends, Span<PenPoint> path)
    {
        int count = 0;
        for (int i = 0; i < points.Length; i++)
        {
            path[count++] = new PenPoint(points[i], 0, ends[i] == StrokeEnd.PenUp);
            if (ends[i] == StrokeEnd.PenUp) continue;

            Vector2 from = points[i], to = points[i + 1];
            Vector2 before = i == 0 || ends[i - 1] == StrokeEnd.PenUp || ends[i] == StrokeEnd.Corner ? from + from - to : points[i - 1];
            Vector2 after = ends[i + 1] == StrokeEnd.None ? points[i + 2] : to + to - from;
            Vector2 leaving = (to - before) * 0.5f, arriving = (after - from) * 0.5f;
            for (int piece = 1; piece < Pieces; piece++)
            {
                float t = piece / (float)Pieces, u = 1 - t;
                Vector2 position = from * (u * u * (1 + 2 * t)) + leaving * (u * u * t) + to * (t * t * (1 + 2 * u)) - arriving * (t * t * u);
                path[count++] = new PenPoint(position, 0, PenUp: false);
            }
        }
        return count;
    }
}
