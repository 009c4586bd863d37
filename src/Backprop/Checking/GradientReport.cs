using System.Globalization;
using System.Text;

namespace Backprop;

/// <summary>What a gradient check found: backward against central differences, tensor by tensor.</summary>
public sealed class GradientReport
{
    private const int MostShown = 5; // of each kind and tensor

    internal GradientReport(string subject, IReadOnlyList<Operation> operations, IReadOnlyList<TensorReport> tensors, IReadOnlyList<string> faults)
    {
        Operations = [.. operations.Select(operation => operation.GetType()).Distinct()];
        Subject = subject;
        Tensors = tensors;
        Faults = faults;
    }

    /// <summary>What was checked.</summary>
    public string Subject { get; }

    /// <summary>The types of the operations that backward went through, each once.</summary>
    public IReadOnlyList<Type> Operations { get; }

    /// <summary>One entry for each tensor whose gradient was checked.</summary>
    public IReadOnlyList<TensorReport> Tensors { get; }

    /// <summary>The operations whose own backward is wrong, by layer path and name, a sentence each; also an operation that is right and writes into what it was given.</summary>
    public IReadOnlyList<string> Faults { get; }

    /// <summary>Whether backward agrees everywhere it was checked. Kinks are no error.</summary>
    public bool IsCorrect => Faults.Count == 0 && Tensors.All(tensor => tensor.Wrong.Count == 0);

    /// <summary>How many elements were compared.</summary>
    public int Checked => Tensors.Sum(tensor => tensor.Checked);

    /// <summary>How many elements lie at a kink.</summary>
    public int Kinks => Tensors.Sum(tensor => tensor.Kinks.Count);

    /// <summary>The tensor with the largest relative error; null if there is no element to check.</summary>
    public TensorReport? Worst => Tensors.Where(tensor => tensor.Worst is not null).MaxBy(tensor => tensor.WorstRelativeError);

    /// <summary>The largest relative error of all, kinks left out; 0 if there is no element to check.</summary>
    public double WorstRelativeError => Worst?.WorstRelativeError ?? 0;

    /// <summary>The whole finding, for people.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"Gradient check of {Subject}: ").AppendLine(Verdict());
        foreach (string fault in Faults) text.Append("  ").AppendLine(fault);
        foreach (TensorReport tensor in Tensors)
        {
            Show(text, tensor.Wrong, "wrong");
            Show(text, tensor.Kinks, "kink");
        }
        int width = Tensors.Select(tensor => tensor.Name.Length).DefaultIfEmpty().Max(), shapes = Tensors.Select(tensor => $"{tensor.Shape}".Length).DefaultIfEmpty().Max();
        foreach (TensorReport tensor in Tensors)
        {
            text.Append(CultureInfo.InvariantCulture,
                $"  {tensor.Name.PadRight(width)}  {$"{tensor.Shape}".PadRight(shapes)}  {tensor.Checked} of {tensor.ElementCount} checked, worst relative error {tensor.WorstRelativeError:0.0E-0}");
            if (tensor.Worst is { } worst) text.Append(" at ").Append(worst.IndexText);
            text.AppendLine();
        }
        return text.ToString().TrimEnd();
    }

    private string Verdict()
    {
        string kinks = Kinks == 0 ? "" : $", {Kinks} at a kink";
        int wrong = Tensors.Sum(tensor => tensor.Wrong.Count);
        if (wrong > 0) return $"{wrong} of {Checked} slopes are wrong{kinks}";
        return Faults.Count > 0 ? $"all {Checked} slopes agree, but the rules are broken{kinks}" : $"all {Checked} slopes agree{kinks}";
    }

    private static void Show(StringBuilder text, IReadOnlyList<ElementReport> elements, string kind)
    {
        foreach (ElementReport element in elements.Take(MostShown)) text.Append("  ").Append(kind).Append("  ").AppendLine(element.ToString());
        if (elements.Count > MostShown) text.Append(CultureInfo.InvariantCulture, $"  {kind}  and {elements.Count - MostShown} more of {elements[0].Tensor}").AppendLine();
    }
}
