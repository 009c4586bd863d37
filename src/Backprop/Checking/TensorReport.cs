namespace Backprop;

/// <summary>The gradient of one tensor, as backward and as central differences have it.</summary>
public sealed class TensorReport
{
    internal TensorReport(string name, Shape shape, IReadOnlyList<ElementReport> elements)
    {
        (Name, Shape, Elements) = (name, shape, elements);
        Kinks = [.. elements.Where(element => element.Verdict == GradientVerdict.Kink)];
        Wrong = [.. elements.Where(element => element.Verdict == GradientVerdict.Wrong).OrderByDescending(element => element.RelativeError)];
        Worst = elements.Where(element => element.Verdict != GradientVerdict.Kink).MaxBy(element => element.RelativeError);
        double[] differences = [.. elements.Where(element => element.Verdict != GradientVerdict.Kink).Select(element => Math.Abs(element.Backward - element.Numerical))];
        MeanAbsoluteDifference = differences.Length > 0 ? differences.Average() : 0;
        LargestAbsoluteDifference = differences.Length > 0 ? differences.Max() : 0;
    }

    /// <summary>The parameter's name, as <c>conv1.weight</c>, or <c>input</c>.</summary>
    public string Name { get; }

    /// <summary>The tensor's shape.</summary>
    public Shape Shape { get; }

    /// <summary>How many elements the tensor has.</summary>
    public int ElementCount => Shape.ElementCount;

    /// <summary>How many of them were compared.</summary>
    public int Checked => Elements.Count;

    /// <summary>What was compared, in row-major order.</summary>
    public IReadOnlyList<ElementReport> Elements { get; }

    /// <summary>The elements where backward is wrong, the worst first.</summary>
    public IReadOnlyList<ElementReport> Wrong { get; }

    /// <summary>The elements where the slopes to the left and to the right differ, and backward gave one of those between.</summary>
    public IReadOnlyList<ElementReport> Kinks { get; }

    /// <summary>The element with the largest relative error, kinks left out.</summary>
    public ElementReport? Worst { get; }

    /// <summary>The largest relative error, kinks left out.</summary>
    public double WorstRelativeError => Worst?.RelativeError ?? 0;

    /// <summary>The mean of |backward − numerical|, which tutorials print, kinks left out. A single wrong element hides in it.</summary>
    public double MeanAbsoluteDifference { get; }

    /// <summary>The largest |backward − numerical|, kinks left out.</summary>
    public double LargestAbsoluteDifference { get; }
}
