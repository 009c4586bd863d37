namespace Backprop;

/// <summary>Slopes of a function by running it twice for each element, and what to think of one that differs from backward's.</summary>
internal sealed class CentralDifferences(Trial trial, double[] result, double[] upstream, double tolerance)
{
    private static readonly double s_step = Math.Cbrt(Math.BitIncrement(1.0) - 1); // balances the rounding of L against the third derivative
    private readonly double[] _minus = new double[result.Length], _plus = new double[result.Length];

    /// <summary>h: where the difference is taken around <paramref name="value"/>.</summary>
    public static double Step(double value) => s_step * Math.Max(1, Math.Abs(value));

    /// <summary>The slopes at an element, with steps of <paramref name="scale"/> · h.</summary>
    public Slopes At(Tensor variable, int element, double scale = 1)
    {
        double value = variable.AsSpan<double>()[element], step = scale * Step(value), above = value + step, below = value - step;
        Evaluate(above, _plus);
        Evaluate(below, _minus);
        variable.AsSpan<double>()[element] = value;
        return Slopes.Of(upstream, _minus, result, _plus, value - below, above - value); // as they are after rounding

        void Evaluate(double at, double[] y)
        {
            variable.AsSpan<double>()[element] = at;
            trial.Evaluate(y);
        }
    }

    /// <summary>
    /// Whether slopes that were not found by running the function itself are its slopes: their sum under random signs is compared with the function's own slope in that
    /// direction, by two runs with all elements moved at once. Something that the recorded graph does not know of shows here.
    /// </summary>
    public bool Confirm(Tensor variable, ReadOnlySpan<int> elements, ReadOnlySpan<Slopes> slopes, long seed)
    {
        const double Scale = 1.0 / 128, Share = 1e-2; // so small a move rarely takes an activation over a kink, and one that does changes little
        var random = new RandomSource(seed);
        double[] kept = variable.ToArray<double>();
        double expected = 0, squares = 0, step = Scale * Step(0), least = 0;
        var signs = new double[elements.Length];
        for (int i = 0; i < signs.Length; i++)
        {
            signs[i] = random.NextDouble() < 0.5 ? -1 : 1;
            expected += signs[i] * slopes[i].Central;
            squares += slopes[i].Central * slopes[i].Central;
            least += slopes[i].Noise;
        }
        Move(+step, elements, _plus);
        Move(-step, elements, _minus);
        kept.CopyTo(variable.AsSpan<double>());
        Slopes own = Slopes.Of(upstream, _minus, result, _plus, step, step);
        return Math.Abs(own.Central - expected) <= Share * Math.Sqrt(squares) + own.Noise + least;

        void Move(double by, ReadOnlySpan<int> elements, double[] y)
        {
            Span<double> values = variable.AsSpan<double>();
            for (int i = 0; i < signs.Length; i++) values[elements[i]] = kept[elements[i]] + by * signs[i];
            trial.Evaluate(y);
        }
    }

    /// <summary>Compares backward's slope with the central difference.</summary>
    /// <param name="variable">The tensor.</param>
    /// <param name="element">The element's position in it.</param>
    /// <param name="backward">Its slope by backward.</param>
    public (GradientVerdict Verdict, Slopes Slopes, double Error) Judge(Tensor variable, int element, double backward)
    {
        Slopes whole = At(variable, element);
        double error = Error(backward, whole.Central, whole.Noise);
        if (error <= tolerance) return (GradientVerdict.Correct, whole, error);
        if (double.IsFinite(whole.Left) != double.IsFinite(whole.Right)) return (GradientVerdict.Kink, whole, 0); // the edge of where the function is defined
        return whole.Spread < Math.Abs(backward - whole.Central) ? JudgeSmooth(variable, element, backward, whole) : JudgeBent(variable, element, backward, whole);
    }

    /// <summary>The error relative to the greater slope, or to the slope below which rounding could make up the tolerance.</summary>
    public double Error(double backward, double numerical, double noise)
    {
        if (backward.Equals(numerical)) return 0;
        double error = Math.Abs(backward - numerical) / Math.Max(noise / tolerance, Math.Max(Math.Abs(backward), Math.Abs(numerical)));
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }

    /// <summary>The slope does not change within the step. Rounding inside the function may be worse than its result shows: then differences over other steps scatter.</summary>
    private (GradientVerdict Verdict, Slopes Slopes, double Error) JudgeSmooth(Tensor variable, int element, double backward, Slopes whole)
    {
        double sum = whole.Central, least = whole.Central, greatest = whole.Central;
        ReadOnlySpan<double> scales = [0.64, 0.8, 1.25, 1.5625];
        foreach (double scale in scales)
        {
            double other = At(variable, element, scale).Central;
            sum += other;
            least = Math.Min(least, other);
            greatest = Math.Max(greatest, other);
        }
        Slopes mean = whole with { Central = sum / (scales.Length + 1), Noise = Math.Max(whole.Noise, greatest - least) };
        double error = Error(backward, mean.Central, mean.Noise);
        return error <= tolerance ? (GradientVerdict.Correct, mean, error) : (GradientVerdict.Wrong, whole, Error(backward, whole.Central, whole.Noise));
    }

    /// <summary>The slope changes within the step: by a kink beside the point, or at it, or by strong curvature. Smaller steps tell.</summary>
    private (GradientVerdict Verdict, Slopes Slopes, double Error) JudgeBent(Tensor variable, int element, double backward, Slopes whole)
    {
        Slopes small = whole;
        ReadOnlySpan<double> scales = [1.0 / 32, 1.0 / 1024];
        foreach (double scale in scales)
        {
            small = At(variable, element, scale);
            double error = Error(backward, small.Central, small.Noise);
            if (error <= tolerance) return (GradientVerdict.Correct, small, error);
        }
        double slack = small.Noise + 1e-3 * small.Spread;
        bool isKink = small.Spread > whole.Spread / 8 && backward >= small.Low - slack && backward <= small.High + slack;
        return isKink ? (GradientVerdict.Kink, small, 0) : (GradientVerdict.Wrong, whole, Error(backward, whole.Central, whole.Noise));
    }
}
