namespace Backprop;

/// <summary>How a model takes over a state that was saved elsewhere.</summary>
public sealed record LoadOptions
{
    /// <summary>Whether names, shapes and dtypes must be exactly the model's, or nothing changes; otherwise what fits is taken, and the report tells the rest.</summary>
    public bool Strict { get; init; } = true;

    /// <summary>
    /// The model's name of each saved name; null leaves the tensor out. <c>name => name.Replace("module.", "")</c>, or with a table <c>name => table.GetValueOrDefault(name, name)</c>.
    /// </summary>
    public Func<string, string?>? Rename { get; init; }
}

/// <summary>In what a saved state differs from a model's: nothing, if all three lists are empty (PyTorch: what <c>load_state_dict</c> returns).</summary>
/// <param name="Missing">Names that the model has and the state has not, in the order of the model.</param>
/// <param name="Unexpected">Names that the state has and the model has not, in the order of the state.</param>
/// <param name="Mismatched">Names that both have, with another shape or dtype, in the order of the model.</param>
public sealed record LoadReport(IReadOnlyList<string> Missing, IReadOnlyList<string> Unexpected, IReadOnlyList<MismatchedTensor> Mismatched)
{
    private const int LongestShown = 200;

    /// <summary>Whether the state is exactly the model's.</summary>
    public bool IsExact => Missing.Count + Unexpected.Count + Mismatched.Count == 0;

    /// <summary>One difference a line.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        [.. Missing.Select(name => $"missing     {name}"), .. Unexpected.Select(name => $"unexpected  {Shown(name)}"), .. Mismatched.Select(tensor => $"different   {tensor}")]);

    /// <summary>A name that a file has chosen, which may be anything and of any length.</summary>
    private static string Shown(string name) => name.Length <= LongestShown ? name : name[..LongestShown] + "…";

    internal static LoadReport Compare(IEnumerable<KeyValuePair<string, Tensor>> own, IReadOnlyDictionary<string, Tensor> given)
    {
        List<string> missing = [];
        List<MismatchedTensor> mismatched = [];
        HashSet<string> names = [];
        foreach ((string name, Tensor tensor) in own)
        {
            names.Add(name);
            if (!given.TryGetValue(name, out Tensor? other)) missing.Add(name);
            else if (other.Shape != tensor.Shape || other.DType != tensor.DType) mismatched.Add(new(name, other.Shape, other.DType, tensor.Shape, tensor.DType));
        }
        return new LoadReport(missing, [.. given.Keys.Where(name => !names.Contains(name))], mismatched);
    }
}

/// <summary>A tensor that a state and a model both have, but not alike.</summary>
/// <param name="Name">Its name in the model.</param>
/// <param name="Shape">Its shape in the state.</param>
/// <param name="DType">Its dtype in the state.</param>
/// <param name="ModelShape">Its shape in the model.</param>
/// <param name="ModelDType">Its dtype in the model.</param>
public sealed record MismatchedTensor(string Name, Shape Shape, DType DType, Shape ModelShape, DType ModelDType)
{
    /// <summary>For example <c>fc.weight is Float32 [5, 3], and Float32 [4, 3] in the model</c>.</summary>
    public override string ToString() => $"{Name} is {DType} {Shape}, and {ModelDType} {ModelShape} in the model";
}

/// <summary>A sound state that is another model's. The model was not changed.</summary>
public sealed class StateMismatchException : ArgumentException
{
    internal StateMismatchException(string source, int count, LoadReport report)
        : base($"{source}: this is another model's state, of {count} tensors. Build the model that it was saved from, rename, or load what fits with Strict = false.{Environment.NewLine}  {report.ToString().ReplaceLineEndings(Environment.NewLine + "  ")}") =>
        Report = report;

    /// <summary>What differs.</summary>
    public LoadReport Report { get; }

    /// <inheritdoc cref="LoadReport.Missing"/>
    public IReadOnlyList<string> Missing => Report.Missing;

    /// <inheritdoc cref="LoadReport.Unexpected"/>
    public IReadOnlyList<string> Unexpected => Report.Unexpected;

    /// <inheritdoc cref="LoadReport.Mismatched"/>
    public IReadOnlyList<MismatchedTensor> Mismatched => Report.Mismatched;
}
