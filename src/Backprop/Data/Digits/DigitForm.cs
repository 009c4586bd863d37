using System.Globalization;
using System.Numerics;

namespace Backprop;

/// <summary>One way to write a digit, as drawings that have the same strokes and points: a random mixture of them is one writer's shape.</summary>
internal sealed class DigitForm
{
    private readonly Vector2[][] _drawings;

    /// <summary>Reads drawings in the notation of <see cref="DigitStrokes"/>.</summary>
    /// <param name="name">What marks this form.</param>
    /// <param name="weight">How often it is written, relative to the other forms of its digit.</param>
    /// <param name="drawings">At least one, all with the same strokes, points and corners.</param>
    /// <exception cref="FormatException">A drawing differs from the first one in more than the places of its points.</exception>
    public DigitForm(string name, double weight, params string[] drawings)
    {
        Weight = weight;
        _drawings = new Vector2[drawings.Length][];
        for (int i = 0; i < drawings.Length; i++)
        {
            (Vector2[] points, StrokeEnd[] ends) = Read(drawings[i]);
            if (i == 0)
                Ends = ends;
            else if (!ends.AsSpan().SequenceEqual(Ends))
                throw new FormatException($"Form '{name}': drawing {i} has other strokes, points or corners than drawing 0.");
            _drawings[i] = points;
        }
    }

    /// <summary>How often it is written, relative to the other forms of its digit.</summary>
    public double Weight { get; }

    /// <summary>For each point, whether a smooth piece or the whole stroke ends there.</summary>
    public StrokeEnd[] Ends { get; } = [];

    /// <summary>Writes the points of a random mixture of the drawings, in a box of side 1.</summary>
    public void Mix(RandomSource random, Span<Vector2> points)
    {
        points.Clear();
        Span<float> shares = stackalloc float[_drawings.Length];
        float total = 0;
        foreach (ref float share in shares)
        {
            // squares favour shapes near one drawing over the bland average of all
            float u = (float)random.NextDouble();
            total += share = u * u + 1e-3f;
        }
        for (int i = 0; i < shares.Length; i++)
        {
            for (int p = 0; p < points.Length; p++) points[p] += _drawings[i][p] * (shares[i] / total);
        }
    }

    private static (Vector2[] Points, StrokeEnd[] Ends) Read(string drawing)
    {
        List<Vector2> points = [];
        List<StrokeEnd> ends = [];
        foreach (string stroke in drawing.Split('|'))
        {
            foreach (string point in stroke.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                string[] xy = point.TrimEnd('!').Split(',');
                points.Add(new Vector2(float.Parse(xy[0], CultureInfo.InvariantCulture), float.Parse(xy[1], CultureInfo.InvariantCulture)) / 100);
                ends.Add(point.EndsWith('!') ? StrokeEnd.Corner : StrokeEnd.None);
            }
            ends[^1] = StrokeEnd.PenUp;
        }
        return ([.. points], [.. ends]);
    }
}

/// <summary>What happens to the pen at a point.</summary>
internal enum StrokeEnd : byte
{
    /// <summary>It goes on smoothly.</summary>
    None,

    /// <summary>It turns sharply.</summary>
    Corner,

    /// <summary>It leaves the paper.</summary>
    PenUp,
}
