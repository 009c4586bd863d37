namespace Backprop;

/// <summary>One check: backward once, central differences for each element, and the search for the operation that is to blame.</summary>
internal sealed class GradientComparison(string? subject, Func<Tensor> forward, IReadOnlyList<Variable> variables, GradientCheckOptions? options)
{
    private readonly GradientCheckOptions _options = options ?? new();
    private readonly LayerTrace _trace = new();
    private readonly List<string> _faults = [];

    /// <summary>The whole finding.</summary>
    public GradientReport Run()
    {
        using var trial = new Trial(forward, _options.RandomSources);
        TensorReport[] tensors = Compare(trial, out Tensor output);
        var audit = new GraphAudit(output, _trace, _options);
        _faults.AddRange(audit.Overwriting());
        if (IsWrong()) _faults.AddRange(audit.Blame());
        if (IsWrong() && _faults.Count == 0)
        {
            tensors = [.. tensors.Select((tensor, i) => new TensorReport(tensor.Name, tensor.Shape, [.. tensor.Elements.Select((element, at) => Reconsidered(element, i, at, trial))]))];
            if (IsWrong()) _faults.Add(GraphAudit.Unrecorded);
        }
        return new GradientReport(subject ?? audit.ToString(), audit.Operations, tensors, _faults);

        bool IsWrong() => tensors.Any(tensor => tensor.Wrong.Count > 0);
    }

    /// <summary>The slopes alone.</summary>
    public IReadOnlyList<TensorReport> Tensors()
    {
        using var trial = new Trial(forward, _options.RandomSources);
        return Compare(trial, out _);
    }

    private TensorReport[] Compare(Trial trial, out Tensor output)
    {
        double[][] before = [.. variables.Select(variable => variable.Tensor.ToArray<double>())];
        using (_trace.Open()) output = trial.Record();
        double[] result = output.ToArray<double>(), again = new double[result.Length];
        trial.Evaluate(again);
        if (!result.AsSpan().SequenceEqual(again)) throw new InvalidOperationException(
            "GradientCheck: the function gives another result each time. Pass the sources of random numbers that it draws from in GradientCheckOptions.RandomSources.");

        double[] upstream = Upstream(result.Length);
        double[][] backward = Backward(output, upstream);
        for (int i = 0; i < variables.Count; i++)
        {
            if (before[i].AsSpan().SequenceEqual(variables[i].Tensor.AsSpan<double>())) continue;
            _faults.Add($"{variables[i].Name} was written into: an operation never changes its inputs");
            before[i].CopyTo(variables[i].Tensor.AsSpan<double>());
        }
        var differences = new CentralDifferences(trial, result, upstream, _options.Tolerance);
        var tensors = new TensorReport[variables.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Compare(variables[i], backward[i], output, upstream, differences);
            _options.Progress?.Report(tensors[i]);
        }
        return tensors;
    }

    private double[] Upstream(int length)
    {
        var random = new RandomSource(_options.Seed);
        var upstream = new double[length];
        for (int i = 0; i < length; i++) upstream[i] = random.NextUniform(0.5, 1.5) * (random.NextDouble() < 0.5 ? -1 : 1); // never so small that a mistake hides
        return upstream;
    }

    private double[][] Backward(Tensor output, double[] upstream)
    {
        if (!output.IsTracked) return [.. variables.Select(variable => new double[variable.Tensor.ElementCount])];
        Gradients gradients = output.Backward(Tensor.From(upstream, output.Shape), retainGraph: true);
        return [.. variables.Select(variable => gradients.TryGet(variable.Tensor, out Tensor? gradient) ? gradient.ToArray<double>() : new double[variable.Tensor.ElementCount])];
    }

    private TensorReport Compare(Variable variable, double[] backward, Tensor output, double[] upstream, CentralDifferences differences)
    {
        int[] elements = Elements(variable.Tensor.ElementCount);
        Slopes[]? quick = Replay.Slopes(output, variable.Tensor, upstream, elements, _options.CancellationToken);
        if (quick is not null && !differences.Confirm(variable.Tensor, elements, quick, _options.Seed)) quick = null;
        var reports = new ElementReport[elements.Length];
        for (int i = 0; i < elements.Length; i++)
        {
            _options.CancellationToken.ThrowIfCancellationRequested();
            double slope = backward[elements[i]];
            (GradientVerdict verdict, Slopes slopes, double error) = quick is not null && differences.Error(slope, quick[i].Central, quick[i].Noise) is var small && small <= _options.Tolerance
                ? (GradientVerdict.Correct, quick[i], small)
                : differences.Judge(variable.Tensor, elements[i], slope);
            bool kink = verdict == GradientVerdict.Kink;
            reports[i] = new ElementReport(variable.Name, Index(elements[i], variable.Tensor.Shape), verdict, slope,
                slopes.Central, kink ? slopes.Left : slopes.Central, kink ? slopes.Right : slopes.Central, error);
        }
        return new TensorReport(variable.Name, variable.Tensor.Shape, reports);
    }

    /// <summary>
    /// A wrong element of a graph whose operations are all right may lie at kinks that cancel: relu(x) − relu(−x) is x, with slope 1, and backward gives 0 at 0 and 1 beside it.
    /// </summary>
    private ElementReport Reconsidered(ElementReport element, int variable, int at, Trial trial) =>
        element.Verdict == GradientVerdict.Wrong && IsRightBeside(variable, Elements(variables[variable].Tensor.ElementCount)[at], trial) ? element with { Verdict = GradientVerdict.Kink } : element;

    private bool IsRightBeside(int variable, int element, Trial trial)
    {
        const double Aside = 8; // steps
        Tensor tensor = variables[variable].Tensor;
        double value = tensor.AsSpan<double>()[element];
        bool right = true;
        foreach (double side in new[] { -Aside, Aside })
        {
            tensor.AsSpan<double>()[element] = value + side * CentralDifferences.Step(value);
            Tensor output = trial.Record();
            double[] result = output.ToArray<double>(), upstream = Upstream(result.Length);
            double slope = Backward(output, upstream)[variable][element];
            right &= new CentralDifferences(trial, result, upstream, _options.Tolerance).Judge(tensor, element, slope).Verdict == GradientVerdict.Correct;
        }
        tensor.AsSpan<double>()[element] = value;
        return right;
    }

    /// <summary>The elements to check, in order: all, or a sample without repetition.</summary>
    private int[] Elements(int count)
    {
        int[] elements = [.. Enumerable.Range(0, count)];
        if (_options.SampleSize is not { } size || size >= count) return elements;
        new RandomSource(_options.Seed).Shuffle<int>(elements);
        Array.Resize(ref elements, size);
        Array.Sort(elements);
        return elements;
    }

    private static int[] Index(int element, Shape shape)
    {
        var index = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (element, index[axis]) = Math.DivRem(element, shape[axis]);
        return index;
    }
}
