namespace Backprop;

/// <summary>A function under check, run again and again with the same random numbers.</summary>
internal sealed class Trial : IDisposable
{
    private readonly Func<Tensor> _forward;
    private readonly (RandomSource Source, IReadOnlyList<ulong> State)[] _sources;
    private readonly StepMemory _memory = new();

    public Trial(Func<Tensor> forward, IEnumerable<RandomSource> sources)
    {
        _forward = forward;
        _sources = [.. sources.Append(RandomSource.Current).Distinct().Select(source => (source, source.State))];
    }

    /// <summary>Runs the function with its graph.</summary>
    public Tensor Record()
    {
        if (!Autograd.IsRecording) throw new InvalidOperationException("GradientCheck: nothing is recorded inside NoGradient(), so that there is no backward to check. Call it outside.");
        using StepMemory.Outside outside = StepMemory.Suspend();
        SetBack();
        return Checked(_forward());
    }

    /// <summary>Runs the function for its result alone; a pass allocates nothing large.</summary>
    public void Evaluate(Span<double> result)
    {
        using StepScope scope = _memory.Begin();
        using Autograd.Pause pause = Autograd.NoGradient();
        SetBack();
        Checked(_forward()).AsSpan<double>().CopyTo(result);
    }

    public void Dispose() => SetBack();

    private void SetBack()
    {
        foreach ((RandomSource source, IReadOnlyList<ulong> state) in _sources) source.State = state;
    }

    private static Tensor Checked(Tensor result) => result.DType == DType.Float64 ? result : throw new InvalidOperationException(
        $"GradientCheck: the function's result is {result.DType}, and a check needs Float64. Convert the other tensors that it uses with To(DType.Float64), or make them inputs.");
}
