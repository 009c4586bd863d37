namespace Backprop;

/// <summary>Error backpropagation: from a result to everything it was made from.</summary>
public static class BackwardPass
{
    extension(Tensor result)
    {
        /// <summary>
        /// Walks the graph from this tensor to its leaves and returns the gradient of each tensor that requires one:
        /// <c>∂L/∂input = Σ ∂L/∂output · ∂output/∂input</c> over all ways that lead to it.
        /// </summary>
        /// <param name="upstream">∂L/∂(this tensor), of its shape and dtype; may be omitted for a scalar, where it is 1.</param>
        /// <param name="retainGraph">Whether to keep the graph, so that Backward can be called again; otherwise it is given back to the memory as it is walked.</param>
        /// <exception cref="InvalidOperationException">The tensor has no graph, its graph was consumed, or it is not a scalar and no upstream gradient is given.</exception>
        /// <exception cref="ShapeException">The upstream gradient, or a gradient that an operation returned, has the wrong shape.</exception>
        public Gradients Backward(Tensor? upstream = null, bool retainGraph = false)
        {
            CheckStart(result, ref upstream);
            if (result.Origin is not { } last)
            {
                var gradients = new Gradients(1);
                gradients.Set(result, upstream);
                return gradients;
            }
            LayerTrace? trace = LayerTrace.Current;
            using Autograd.Pause pause = Autograd.NoGradient();
            BackwardWalk walk = BackwardWalk.Begin();
            YoungestFirst(last, walk.Graph);
            upstream.Shown().Hold(); // the caller may read it after the walk
            last.Slot.Add(upstream);
            foreach (Operation operation in walk.Graph)
            {
                if (operation.Slot.Take() is not { } gradient) // its output reaches the result only where no gradient was needed
                {
                    if (!retainGraph) operation.Consume();
                    continue;
                }
                if (operation.Output.RequiresGradient) walk.Add(operation.Output, gradient);
                Span<Tensor?> parts = walk.Parts(operation.InputCount);
                bool shows = !operation.IsBuiltIn;
                if (shows) gradient.Shown();
                operation.Pull(gradient, parts);
                trace?.Pulled(operation, gradient, parts);
                for (int i = 0; i < parts.Length; i++)
                {
                    if (parts[i] is not { } part) continue;
                    Tensor input = operation.Input(i);
                    CheckPart(operation, i, input, part);
                    if (shows) part.Shown();
                    if (input.Origin is { } origin) origin.Slot.Add(part);
                    else if (input.RequiresGradient) walk.Add(input, part);
                }
                if (!retainGraph) operation.Consume();
                gradient.Discard();
                gradient.Release();
            }
            return walk.End();
        }
    }

    /// <summary>
    /// The operations that lead to <paramref name="last"/>, youngest first. An operation is always younger than those it depends on, so this is a reverse
    /// topological order; nothing is recursive, so a chain may be as long as memory allows.
    /// </summary>
    /// <param name="last">The youngest.</param>
    /// <param name="graph">The list to fill, empty; a new one if left out.</param>
    internal static List<Operation> YoungestFirst(Operation last, List<Operation>? graph = null)
    {
        int walk = (int)Autograd.NextAge(); // marks what this walk has found
        last.FoundBy = walk;
        graph ??= [];
        graph.Add(last);
        for (int next = 0; next < graph.Count; next++)
        {
            Operation operation = graph[next];
            if (operation.IsConsumed) throw new InvalidOperationException(
                $"Backward: the graph through {operation.Name} was consumed by an earlier Backward. Run the forward pass again, or pass retainGraph: true to the earlier call.");
            operation.Slot = default;
            for (int i = 0; i < operation.InputCount; i++)
            {
                if (operation.Input(i).Origin is not { } origin || origin.FoundBy == walk) continue;
                origin.FoundBy = walk;
                graph.Add(origin);
            }
        }
        graph.Sort(static (a, b) => b.Age.CompareTo(a.Age));
        return graph;
    }

    private static void CheckStart(Tensor result, [System.Diagnostics.CodeAnalysis.NotNull] ref Tensor? upstream)
    {
        if (!result.IsTracked) throw new InvalidOperationException(
            $"Backward: this tensor {result.Shape} has no graph. Call RequireGradient() on an input before the forward pass, and don't run that pass inside NoGradient().");
        if (upstream is null)
        {
            if (result.ElementCount != 1) throw new InvalidOperationException(
                $"Backward: the result has shape {result.Shape} and is no scalar. Reduce it with Sum() or Mean(), or pass the upstream gradient, a tensor of that shape.");
            upstream = Tensor.Ones(result.Shape, result.DType);
        }
        if (upstream.Shape != result.Shape) ShapeException.Throw("Backward", "the upstream gradient does not fit the result", "equal shapes", ("result", result.Shape), ("given", upstream.Shape));
        if (upstream.DType != result.DType) throw new InvalidCastException($"Backward: the upstream gradient is {upstream.DType}, the result {result.DType}; convert it with To(DType.{result.DType}).");
    }

    private static void CheckPart(Operation operation, int index, Tensor input, Tensor part)
    {
        if (part.Shape == input.Shape && part.DType == input.DType) return;
        throw new ShapeException(
            $"{operation.Name}: its backward returned a gradient that does not fit input {index}.{Environment.NewLine}" +
            $"  input    {input.DType} {input.Shape}{Environment.NewLine}  gradient {part.DType} {part.Shape}");
    }
}
