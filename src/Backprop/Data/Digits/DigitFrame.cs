using System.Numerics;

namespace Backprop;

/// <summary>MNIST's framing: the ink fills a box of 20×20 pixels, whose centre of mass then goes to the middle of 28×28.</summary>
internal static class DigitFrame
{
    private const int Side = GeneratedDigits.Side, Box = 20, Middle = 14;

    /// <summary>Draws a path of any size and place.</summary>
    /// <param name="path">The path; the same span is left scaled to pixels.</param>
    /// <param name="softness">The width of the fading edge of a stroke, in pixels.</param>
    /// <param name="pixels">28² grey values, overwritten.</param>
    public static void Draw(Span<PenPoint> path, float softness, Span<byte> pixels)
    {
        Fit(path, softness);
        Span<float> ink = stackalloc float[Side * Side];
        StrokeRasterizer.Draw(path, softness, Side, ink);
        Centre(ink, pixels);
    }

    /// <summary>Into the box of the pixels 4 to 23, which reaches from 3.5 to 23.5.</summary>
    private static void Fit(Span<PenPoint> path, float softness)
    {
        Vector2 low = new(float.PositiveInfinity), high = new(float.NegativeInfinity);
        foreach (PenPoint point in path)
        {
            low = Vector2.Min(low, point.Position - new Vector2(point.Radius));
            high = Vector2.Max(high, point.Position + new Vector2(point.Radius));
        }
        Vector2 extent = high - low;
        float scale = (Box - softness) / Math.Max(extent.X, extent.Y);
        Vector2 middle = (low + high) * 0.5f;
        foreach (ref PenPoint point in path) point = point with { Position = (point.Position - middle) * scale + new Vector2(Middle - 0.5f), Radius = point.Radius * scale };
    }

    private static void Centre(ReadOnlySpan<float> ink, Span<byte> pixels)
    {
        float mass = 0, x = 0, y = 0;
        for (int i = 0; i < ink.Length; i++)
        {
            mass += ink[i];
            x += ink[i] * (i % Side);
            y += ink[i] * (i / Side);
        }
        int right = Shift(x / mass), down = Shift(y / mass);
        for (int i = 0; i < pixels.Length; i++)
        {
            int column = i % Side - right, row = i / Side - down;
            bool inside = (uint)column < Side && (uint)row < Side;
            pixels[i] = inside ? (byte)(ink[row * Side + column] * 255 + 0.5f) : (byte)0;
        }
    }

    /// <summary>Whole pixels to the middle, but no further than the box can go.</summary>
    private static int Shift(float centreOfMass) => Math.Clamp((int)MathF.Round(Middle - centreOfMass), -(Side - Box) / 2, (Side - Box) / 2);
}
