using System.Numerics;

namespace Backprop;

/// <summary>A point of the pen's path: where it is, how wide it writes, and whether it leaves the paper there.</summary>
internal readonly record struct PenPoint(Vector2 Position, float Radius, bool PenUp);

/// <summary>Turns a pen's path into grey values.</summary>
internal static class StrokeRasterizer
{
    /// <summary>Writes how much ink covers each pixel, 0 to 1.</summary>
    /// <remarks>
    /// Depth of a pixel's centre = the largest (radius − distance to the path), over the path's pieces, the radius changing linearly along a piece.
    /// Ink = ½ + depth / <paramref name="softness"/>, cut to [0, 1]: the edge of a stroke fades over <paramref name="softness"/> pixels.
    /// </remarks>
    /// <param name="path">In pixels; the centre of the pixel in row i, column j is at (j, i).</param>
    /// <param name="softness">The width of the fading edge, in pixels.</param>
    /// <param name="side">The number of rows and of columns of the image.</param>
    /// <param name="ink">side² values, overwritten.</param>
    public static void Draw(ReadOnlySpan<PenPoint> path, float softness, int side, Span<float> ink)
    {
        ink.Fill(float.NegativeInfinity);
        for (int i = 0; i + 1 < path.Length; i++)
        {
            if (!path[i].PenUp) Deepen(path[i], path[i + 1], softness / 2, side, ink);
        }
        foreach (ref float value in ink) value = Math.Clamp(0.5f + value / softness, 0, 1);
    }

    private static void Deepen(PenPoint a, PenPoint b, float margin, int side, Span<float> depth)
    {
        Vector2 along = b.Position - a.Position;
        float widening = b.Radius - a.Radius, reach = Math.Max(a.Radius, b.Radius) + margin;
        float inverse = 1 / Math.Max(along.X * along.X + along.Y * along.Y, 1e-9f);
        int left = Math.Max(0, (int)(Math.Min(a.Position.X, b.Position.X) - reach + 1)), right = Math.Min(side - 1, (int)(Math.Max(a.Position.X, b.Position.X) + reach));
        int top = Math.Max(0, (int)(Math.Min(a.Position.Y, b.Position.Y) - reach + 1)), bottom = Math.Min(side - 1, (int)(Math.Max(a.Position.Y, b.Position.Y) + reach));
        for (int row = top; row <= bottom; row++)
        {
            float y = row - a.Position.Y;
            for (int column = left; column <= right; column++)
            {
                float x = column - a.Position.X;
                float t = Math.Clamp((x * along.X + y * along.Y) * inverse, 0, 1);
                float dx = x - t * along.X, dy = y - t * along.Y;
                ref float value = ref depth[row * side + column];
                value = Math.Max(value, a.Radius + t * widening - MathF.Sqrt(dx * dx + dy * dy));
            }
        }
    }
}
