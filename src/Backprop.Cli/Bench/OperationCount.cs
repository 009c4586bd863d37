namespace Backprop.Cli.Bench;

/// <summary>
/// Counts the floating-point operations of a recorded graph: those of convolutions, linear layers and matrix products, which are nearly all of a network's. A multiplication and
/// an addition are two. The plain algorithm is counted, zeros of the padding included, whatever was computed instead; so a faster algorithm may pass the processor's peak.
/// </summary>
internal static class OperationCount
{
    /// <summary>Of the forward pass that made <paramref name="result"/>.</summary>
    public static double OfForward(Tensor result) => Sum(result, products: _ => 1);

    /// <summary>Of that forward pass and its backward pass: each gradient of an operand costs as much as the product itself; inputs that need no gradient cost nothing.</summary>
    public static double OfTraining(Tensor loss) => Sum(loss, products: operation => 1 + operation.Inputs.Take(2).Count(operand => operand.IsTracked));

    private static double Sum(Tensor result, Func<Operation, int> products)
    {
        double sum = 0;
        var found = new HashSet<Operation>();
        var open = new Stack<Tensor>([result]);
        while (open.TryPop(out Tensor? tensor))
        {
            if (tensor.Origin is not { } operation || !found.Add(operation)) continue;
            if (operation.MultiplyAdds is > 0 and var count) sum += 2.0 * count * products(operation);
            foreach (Tensor input in operation.Inputs) open.Push(input);
        }
        return sum;
    }
}
