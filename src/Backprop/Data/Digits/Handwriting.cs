using System.Numerics;

namespace Backprop;

/// <summary>A hand that writes a digit differently each time.</summary>
internal static class Handwriting
{
    /// <summary>The most points of a path: a form has at most 32 points.</summary>
    public const int MaximumLength = 32 * PenPath.Pieces;

    // All are standard deviations, lengths in heights of the digit. Larger ones teach more about strange hands, and let more digits be mistaken for others.
    private const float Offset = 0.035f, Overshoot = 0.15f, Tremor = 0.013f, Elasticity = 0.065f, Curvature = 0.2f, Slant = 0.27f, Turn = 0.14f, Narrowness = 0.1f;
    private const float PenWidth = 0.1f, Pressure = 0.1f, PressureDrift = 0.006f, Roughness = 0.06f;
    private const float MeanSlant = 0.08f, MeanTurn = 0.02f, MeanRadius = 0.078f;

    /// <summary>Writes a <paramref name="digit"/>.</summary>
    /// <param name="random">What decides about form and movement.</param>
    /// <param name="digit">0 to 9.</param>
    /// <param name="path">Receives the pen's path, about 1 high: <see cref="MaximumLength"/> points or more.</param>
    /// <returns>The number of points written.</returns>
    public static int Write(RandomSource random, int digit, Span<PenPoint> path)
    {
        DigitForm form = Choose(random, DigitStrokes.Of(digit));
        Span<Vector2> points = stackalloc Vector2[form.Ends.Length];
        form.Mix(random, points);
        Tremble(random, points, form.Ends);
        path = path[..PenPath.Trace(points, form.Ends, path)];
        Distort(random, path);
        Press(random, path);
        return path.Length;
    }

    private static DigitForm Choose(RandomSource random, ReadOnlySpan<DigitForm> forms)
    {
        double total = 0;
        foreach (DigitForm form in forms) total += form.Weight;
        double at = random.NextDouble() * total;
        foreach (DigitForm form in forms)
        {
            if ((at -= form.Weight) < 0) return form;
        }
        return forms[^1]; // rounding may leave a crumb
    }

    /// <summary>Puts each point a little off, later strokes off as a whole, and ends strokes too late or too early.</summary>
    private static void Tremble(RandomSource random, Span<Vector2> points, ReadOnlySpan<StrokeEnd> ends)
    {
        for (int first = 0, last = 0; last < points.Length; last++)
        {
            if (ends[last] != StrokeEnd.PenUp) continue;
            Vector2 offset = first == 0 ? Vector2.Zero : random.NextAround(Vector2.Zero, Offset);
            points[first] += (points[first] - points[first + 1]) * random.NextAround(0, Overshoot);
            points[last] += (points[last] - points[last - 1]) * random.NextAround(0, Overshoot);
            for (int i = first; i <= last; i++) points[i] = random.NextAround(points[i] + offset, Tremor);
            first = last + 1;
        }
    }

    /// <summary>Moves the curve by an elastic, then a quadratic (how large is each half, how far does it lean), then a linear map (slant, turn, aspect).</summary>
    private static void Distort(RandomSource random, Span<PenPoint> path)
    {
        var elastic = new ElasticDistortion(random, Elasticity, stackalloc Vector2[ElasticDistortion.KnotCount]);
        Vector2 xx = random.NextAround(Vector2.Zero, Curvature), xy = random.NextAround(Vector2.Zero, Curvature), yy = random.NextAround(Vector2.Zero, Curvature);
        float slant = random.NextAround(MeanSlant, Slant), turn = random.NextAround(MeanTurn, Turn), narrowness = random.NextAround(0, Narrowness);
        float aspect = (1 - narrowness) / (1 + narrowness);
        foreach (ref PenPoint point in path)
        {
            Vector2 p = elastic.Move(point.Position) - new Vector2(0.5f);
            p += xx * (p.X * p.X) + xy * (p.X * p.Y) + yy * (p.Y * p.Y);
            point = point with { Position = new Vector2(aspect * p.X - slant * p.Y, p.Y - turn * p.X) };
        }
    }

    /// <summary>Chooses a pen, and how hard it is pressed along each stroke.</summary>
    private static void Press(RandomSource random, Span<PenPoint> path)
    {
        float width = random.NextAround(0, PenWidth), radius = MeanRadius * (1 + width) / (1 - width);
        float pressure = 1, drift = 0;
        for (int i = 0; i < path.Length; i++)
        {
            if (i == 0 || path[i - 1].PenUp) (pressure, drift) = (random.NextAround(1, Pressure), random.NextAround(0, PressureDrift));
            pressure += drift;
            path[i] = path[i] with { Radius = radius * Math.Clamp(random.NextAround(pressure, Roughness), 0.6f, 1.4f) };
        }
    }
}
