using System.Collections.Concurrent;
using Backprop.Kernels;

namespace Backprop;

/// <summary>
/// The slopes of a recorded graph at many elements of one leaf. Only what depends on the leaf is computed again, and several elements go through an operation at once where it treats
/// the positions of an axis independently (<see cref="Operation.Along"/>): a weight of a linear layer changes one column of its result. Each slope is the difference of two forward passes.
/// </summary>
internal sealed class Replay
{
    private const int FewElements = 8; // for which running the function itself is quick enough
    private const int MostStacked = 1 << 18; // elements of the largest tensor with all its versions: they stay in the caches
    private const int MostAtOnce = 32;

    private readonly Tensor _output, _leaf;
    private readonly double[] _upstream, _result;
    private readonly Operation[] _path; // those that depend on the leaf, oldest first
    private readonly CancellationToken _cancellation;
    private readonly ConcurrentBag<Player> _players = [];

    private Replay(Tensor output, Tensor leaf, double[] upstream, Operation[] path, CancellationToken cancellation)
    {
        (_output, _leaf, _upstream, _path, _cancellation) = (output, leaf, upstream, path, cancellation);
        _result = output.ToArray<double>();
    }

    /// <summary>The slopes at the given elements; null where there is nothing to gain by it.</summary>
    public static Slopes[]? Slopes(Tensor output, Tensor leaf, double[] upstream, int[] elements, CancellationToken cancellation)
    {
        if (elements.Length < FewElements || output.Origin is not { } last || leaf.Rank == 0) return null;
        var changing = new HashSet<Tensor>(ReferenceEqualityComparer.Instance) { leaf };
        Operation[] path = [.. BackwardPass.YoungestFirst(last).AsEnumerable().Reverse().Where(operation => operation.Inputs.Any(changing.Contains) && changing.Add(operation.Output))];
        return path.Length < 2 ? null : new Replay(output, leaf, upstream, path, cancellation).Slopes(elements);
    }

    private Slopes[] Slopes(int[] elements)
    {
        int largest = _path.Max(operation => Math.Max(1, operation.Output.ElementCount)), atOnce = Math.Clamp(MostStacked / largest / 2, 1, MostAtOnce);
        int row = _leaf.ElementCount / _leaf.Shape[0];
        List<Range> blocks = [];
        for (int start = 0, end; start < elements.Length; start = end)
        {
            end = start + 1;
            while (end < elements.Length && end - start < atOnce && elements[end] / row == elements[start] / row) end++;
            blocks.Add(start..end);
        }
        var slopes = new Slopes[elements.Length];
        var job = new Job(this, blocks, elements, slopes);
        bool shareable = _path.All(operation => operation.GetType().Assembly == typeof(Operation).Assembly); // of others we don't know whether two copies share something
        if (shareable) WorkerPool.Run(ref job, blocks.Count);
        else for (int block = 0; block < blocks.Count; block++) job.Run(block);
        return slopes;
    }

    private readonly struct Job(Replay replay, List<Range> blocks, int[] elements, Slopes[] slopes) : IPieceJob
    {
        public void Run(int piece)
        {
            replay._cancellation.ThrowIfCancellationRequested();
            if (!replay._players.TryTake(out Player? player)) player = new Player(replay);
            player.Play(elements.AsSpan(blocks[piece]), slopes.AsSpan(blocks[piece]));
            replay._players.Add(player);
        }
    }

    /// <summary>Plays the path on one thread, with operations and memory of its own.</summary>
    private sealed class Player(Replay replay)
    {
        private readonly StepMemory _memory = new();
        private readonly Operation[] _operations = [.. replay._path.Select(operation => operation.Again())];
        private readonly Dictionary<Tensor, Variants> _changed = new(ReferenceEqualityComparer.Instance);
        private int _count;

        public void Play(ReadOnlySpan<int> elements, Span<Slopes> slopes)
        {
            using StepScope scope = _memory.Begin();
            using Autograd.Pause pause = Autograd.NoGradient();
            _count = 2 * elements.Length;
            _changed.Clear();
            Span<double> below = stackalloc double[elements.Length], above = stackalloc double[elements.Length];
            _changed.Add(replay._leaf, Move(elements, below, above));
            for (int i = 0; i < _operations.Length; i++) _changed.Add(replay._path[i].Output, Forward(replay._path[i], _operations[i]));
            Variants results = _changed[replay._output];
            for (int i = 0; i < slopes.Length; i++)
            {
                slopes[i] = Backprop.Slopes.Of(
                    replay._upstream, results[2 * i].AsSpan<double>(), replay._result, results[2 * i + 1].AsSpan<double>(), below[i], above[i]);
            }
        }

        /// <summary>Two versions of the leaf for each element: with a step down, and with a step up. All elements lie at one position of axis 0.</summary>
        private Variants Move(ReadOnlySpan<int> elements, Span<double> below, Span<double> above)
        {
            int row = replay._leaf.ElementCount / replay._leaf.Shape[0], position = elements[0] / row;
            Tensor moved = Variants.Repeat(replay._leaf, 0, position, _count);
            Span<double> values = moved.AsSpan<double>();
            for (int i = 0; i < elements.Length; i++)
            {
                ref double down = ref values[2 * i * row + elements[i] % row], up = ref values[(2 * i + 1) * row + elements[i] % row];
                double value = up, step = CentralDifferences.Step(value);
                (down, up) = (value - step, value + step);
                (below[i], above[i]) = (value - down, up - value);
            }
            return new Variants(replay._leaf, moved, 0, position, _count);
        }

        private Variants Forward(Operation recorded, Operation operation)
        {
            IReadOnlyList<Tensor> inputs = recorded.Inputs;
            Variants?[] changed = [.. inputs.Select(_changed.GetValueOrDefault)];
            if (AtOnce(recorded, operation, inputs, changed) is { } y) return y;
            for (int i = 0; i < changed.Length; i++) changed[i] = changed[i]?.Whole();
            if (AtOnce(recorded, operation, inputs, changed) is { } whole) return whole;

            var separate = new Tensor[_count];
            var given = new Tensor[inputs.Count];
            for (int version = 0; version < _count; version++)
            {
                for (int i = 0; i < given.Length; i++) given[i] = changed[i]?[version] ?? inputs[i];
                separate[version] = operation.ApplyTo(given);
            }
            return new Variants(recorded.Output, separate);
        }

        /// <summary>All versions in one application, if the operation treats the axis along which they are stacked position by position; else null.</summary>
        private Variants? AtOnce(Operation recorded, Operation operation, IReadOnlyList<Tensor> inputs, Variants?[] changed)
        {
            int first = Array.FindIndex(changed, variants => variants is not null);
            Variants lead = changed[first]!;
            if (lead.Stacked is null) return null;
            Span<int> axes = stackalloc int[inputs.Count];
            int axis = recorded.Along(first, lead.Axis, axes);
            if (axis < 0) return null;
            var given = new Tensor[inputs.Count];
            for (int i = 0; i < given.Length; i++)
            {
                if (changed[i] is { } other)
                {
                    if (other.Stacked is null || other.Axis != axes[i] || other.Position != lead.Position) return null;
                    given[i] = other.Stacked;
                }
                else
                {
                    given[i] = axes[i] < 0 ? inputs[i] : Variants.Repeat(inputs[i], axes[i], lead.Position, _count);
                }
            }
            return new Variants(recorded.Output, operation.ApplyTo(given), axis, lead.Position, _count);
        }
    }
}
