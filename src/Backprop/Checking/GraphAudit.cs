namespace Backprop;

/// <summary>Looks at the operations of a graph one by one.</summary>
internal sealed class GraphAudit(Tensor output, LayerTrace trace, GradientCheckOptions options)
{
    /// <summary>What is to be said where slopes are wrong and no operation is.</summary>
    public const string Unrecorded = "No operation is wrong by itself: the function uses a tensor in a way that is not recorded, as AsSpan, Item, Detach and NoGradient are";

    private const int MostNamed = 6;
    private const int SampleOfEach = 64; // elements of each input: enough to see a wrong formula

    /// <summary>The operations, oldest first.</summary>
    public IReadOnlyList<Operation> Operations { get; } = output.Origin is { } last ? [.. BackwardPass.YoungestFirst(last).AsEnumerable().Reverse()] : [];

    /// <summary>The operations whose backward writes into the gradient that it is given, which may be another tensor's too.</summary>
    public IEnumerable<string> Overwriting() => Operations.Where(Overwrites).Select(operation => $"{Name(operation)} writes into its upstream gradient; it must return a new tensor");

    /// <summary>The operations whose own backward disagrees with central differences.</summary>
    public IEnumerable<string> Blame()
    {
        foreach (Operation operation in Operations)
        {
            if (WorstOf(operation) is { } worst) yield return $"{Name(operation)} is wrong: {worst}";
        }
    }

    /// <summary>The operations by name, in the order of computation: <c>Linear, Relu, Linear, CrossEntropy</c>.</summary>
    public override string ToString() => Operations.Count switch
    {
        0 => "a function without operations",
        <= MostNamed => string.Join(", ", Operations.Select(operation => operation.Name)),
        _ => $"{string.Join(", ", Operations.Take(MostNamed - 1).Select(operation => operation.Name))}, … {Operations[^1].Name}",
    };

    private static bool Overwrites(Operation operation)
    {
        using Autograd.Pause pause = Autograd.NoGradient();
        double[] ones = [.. Enumerable.Repeat(1.0, operation.Output.ElementCount)];
        Tensor gradient = Tensor.From(ones, operation.Output.Shape);
        operation.Pull(gradient, new Tensor?[operation.InputCount]);
        return !gradient.AsSpan<double>().SequenceEqual(ones);
    }

    private ElementReport? WorstOf(Operation operation)
    {
        Tensor[] inputs = [.. operation.Inputs.Select(Variable.Float64Copy)];
        var variables = new List<Variable>();
        for (int i = 0; i < inputs.Length; i++)
        {
            if (operation.Input(i).IsTracked) variables.Add(new Variable((operation.Input(i) as Parameter)?.Name ?? $"input {i}", inputs[i].RequireGradient()));
        }
        IEnumerable<TensorReport> tensors = new GradientComparison(operation.Name, () => operation.Again().ApplyTo(inputs), variables, options with { SampleSize = SampleOfEach, Progress = null }).Tensors();
        return tensors.SelectMany(tensor => tensor.Wrong).MaxBy(element => element.RelativeError);
    }

    private string Name(Operation operation) => trace.PathOf(operation) is { } path ? $"{operation.Name} in layer {path}" : operation.Name;
}
