using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>What a kernel writes: so many elements that hold NaN before, or elements that it goes on from.</summary>
internal readonly record struct Target<T>(int Length, T[]? Start) where T : unmanaged
{
    public static implicit operator Target<T>(int length) => new(length, null);

    public static implicit operator Target<T>(T[] start) => new(start.Length, start);

    public Guarded<T> New() => Start is null ? new Guarded<T>(Length) : Guarded<T>.From(Start);
}

/// <summary>
/// Runs a kernel on guarded memory, with NaN in its outputs and in the working memory it finds, on one thread, on two and on three: it has to leave everything else alone, and
/// to write the same bits each time.
/// </summary>
internal sealed class Workbench(string subject)
{
    private readonly List<IGuarded> _inputs = [];

    /// <summary>Guarded elements for the kernel to read; they must stay as they are.</summary>
    public Guarded<T> Input<T>(T[] values) where T : unmanaged
    {
        var input = new Guarded<T>(values);
        _inputs.Add(input);
        return input;
    }

    public T[] Run<T>(Target<T> target, Action<Span<T>> kernel) where T : unmanaged
    {
        T[] result = [];
        Run(() => [target.New()], outputs => kernel(Of<T>(outputs[0])), outputs => result = Of<T>(outputs[0]).ToArray());
        return result;
    }

    public (TA[] A, TB[] B) Run<TA, TB>(Target<TA> a, Target<TB> b, Action<Span<TA>, Span<TB>> kernel) where TA : unmanaged where TB : unmanaged
    {
        (TA[], TB[]) result = ([], []);
        Run(() => [a.New(), b.New()], outputs => kernel(Of<TA>(outputs[0]), Of<TB>(outputs[1])),
            outputs => result = (Of<TA>(outputs[0]).ToArray(), Of<TB>(outputs[1]).ToArray()));
        return result;
    }

    public (TA[] A, TB[] B, TC[] C) Run<TA, TB, TC>(Target<TA> a, Target<TB> b, Target<TC> c, Action<Span<TA>, Span<TB>, Span<TC>> kernel)
        where TA : unmanaged where TB : unmanaged where TC : unmanaged
    {
        (TA[], TB[], TC[]) result = ([], [], []);
        Run(() => [a.New(), b.New(), c.New()], outputs => kernel(Of<TA>(outputs[0]), Of<TB>(outputs[1]), Of<TC>(outputs[2])),
            outputs => result = (Of<TA>(outputs[0]).ToArray(), Of<TB>(outputs[1]).ToArray(), Of<TC>(outputs[2]).ToArray()));
        return result;
    }

    /// <summary>Each element differs by at most so many roundings of the element, or of the scale if that is larger. NaN and infinities have to be the same.</summary>
    public void AssertClose<T>(string name, double[] expected, T[] actual, double roundings, double scale = 0) where T : unmanaged, IFloatingPointIeee754<T> =>
        AssertClose(name, expected, actual, roundings, _ => scale);

    /// <inheritdoc cref="AssertClose{T}(string, double[], T[], double, double)"/>
    public void AssertClose<T>(string name, double[] expected, T[] actual, double roundings, Func<int, double> scale) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double rounding = double.CreateChecked(T.BitIncrement(T.One) - T.One);
        for (int i = 0; i < expected.Length; i++)
        {
            double value = double.CreateChecked(actual[i]), tolerance = roundings * rounding * Math.Max(Math.Abs(expected[i]), scale(i));
            if (value.Equals(expected[i]) || Math.Abs(value - expected[i]) <= tolerance) continue;
            Assert.Fail($"{subject}, {typeof(T).Name}, {name}: element {i} is {value:R}, expected {expected[i]:R} within {tolerance:g2}");
        }
    }

    private void Run(Func<IGuarded[]> targets, Action<IGuarded[]> kernel, Action<IGuarded[]> keep)
    {
        int threadsBefore = Threads.Count;
        IGuarded[]? first = null;
        try
        {
            for (int threads = 1; threads <= 3; threads++)
            {
                Threads.Count = threads;
                IGuarded[] outputs = targets();
                SpoilScratch();
                kernel(outputs);
                Assert.True(_inputs.TrueForAll(input => input.IsIntact), $"{subject}: an input was changed, or the memory around it");
                Assert.True(Array.TrueForAll(outputs, output => output.IsIntact), $"{subject}: memory around an output was changed");
                first ??= outputs;
                for (int i = 0; i < outputs.Length; i++) Assert.True(first[i].Bytes.SequenceEqual(outputs[i].Bytes), $"{subject}: other bits in output {i} with {threads} threads than with one");
            }
        }
        finally
        {
            Threads.Count = threadsBefore;
        }
        keep(first!);
    }

    private static unsafe void SpoilScratch()
    {
        const int length = 1 << 16;
        using Scratch.Lease<byte> lease = Scratch.Rent<byte>(length);
        new Span<byte>(lease.Start, length).Fill(0xFF);
    }

    private static Span<T> Of<T>(IGuarded guarded) where T : unmanaged => (Guarded<T>)guarded;
}
