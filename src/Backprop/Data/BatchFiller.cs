namespace Backprop;

/// <summary>Has batches filled on another thread, one at a time and in order.</summary>
/// <remarks>
/// Each batch is a work item of the thread pool, queued when the one before is done: no thread waits for a consumer, so none is left over by an enumeration that was given up.
/// Memory is taken on the consumer's thread, where a step scope may be open.
/// </remarks>
internal sealed class BatchFiller(Dataset dataset) : IDisposable
{
    private readonly Queue<Order> _orders = [];
    private Task _last = Task.CompletedTask;
    private volatile bool _stopped;

    /// <summary>Has one more batch filled.</summary>
    public void Ask(Memory<int> indices, int index)
    {
        StepMemory? memory = StepMemory.Current;
        Batch batch = dataset.Allocate(indices.Length, index);
        batch.Inputs.Keep(); // it will be taken in a later step than this
        batch.Targets.Keep();
        _last = _last.ContinueWith(
            _ => { if (!_stopped) dataset.Fill(indices.Span, batch.Inputs, batch.Targets); },
            CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        _orders.Enqueue(new Order(batch, memory, _last));
    }

    /// <summary>The next batch, as soon as it is filled; the exception of its <see cref="Dataset.Fill"/>, if there was one.</summary>
    public Batch Take()
    {
        Order order = _orders.Dequeue();
        order.Filled.GetAwaiter().GetResult();
        if (order.Memory is { } memory && memory == StepMemory.Current)
        {
            memory.Take(order.Batch.Inputs);
            memory.Take(order.Batch.Targets);
        }
        return order.Batch;
    }

    /// <summary>Returns when no thread works on a batch any more.</summary>
    public void Dispose()
    {
        _stopped = true;
        foreach (Order order in _orders) order.Filled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing).GetAwaiter().GetResult();
        _orders.Clear();
    }

    private readonly record struct Order(Batch Batch, StepMemory? Memory, Task Filled);
}
