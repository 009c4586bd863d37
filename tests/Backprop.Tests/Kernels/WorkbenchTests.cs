using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Backprop.Kernels;
using Xunit.Sdk;

namespace Backprop.Tests.Kernels;

/// <summary>The bench finds what it is there for: each of these kernels has one fault.</summary>
[Collection("Threads")]
public sealed class WorkbenchTests
{
    private readonly Workbench _bench = new("a kernel");

    private static void Copy(ReadOnlySpan<float> x, Span<float> y) => x.CopyTo(y);

    private static ref float Beside(ReadOnlySpan<float> x, int place) => ref Unsafe.Add(ref MemoryMarshal.GetReference(x), place);

    [Fact]
    public void GoodKernel_GivesItsResult()
    {
        Guarded<float> x = _bench.Input([1f, 2, 3]);
        Assert.Equal([1, 2, 3], _bench.Run<float>(3, y => Copy(x, y)));
        Assert.Equal([2, 4, 6], _bench.Run<float>(new float[] { 1, 2, 3 }, y => { for (int i = 0; i < 3; i++) y[i] += x.Span[i]; }));
    }

    [Theory]
    [InlineData(-1), InlineData(3)]
    public void WriteBesideTheOutput_IsFound(int place) => Fails("memory around an output", y => Beside(y, place) = 1);

    [Theory]
    [InlineData(-1), InlineData(0), InlineData(3)]
    public void WriteToAnInput_IsFound(int place)
    {
        Guarded<float> x = _bench.Input([1f, 2, 3]);
        Fails("an input was changed", y => Beside(x, place) = 5);
    }

    [Theory]
    [InlineData(-1), InlineData(3)]
    public void ReadBesideAnInput_IsNotANumber(int place)
    {
        Guarded<float> x = _bench.Input([1f, 2, 3]);
        Assert.All(_bench.Run<float>(3, y => y.Fill(Beside(x, place))), value => Assert.Equal(float.NaN, value));
    }

    [Fact]
    public void ElementsLeftOut_AreNotNumbers()
    {
        float[] partly = _bench.Run<float>(3, y => y[0] = 1);
        Assert.Throws<FailException>(() => _bench.AssertClose("y", [1, 0, 0], partly, roundings: 1, scale: 1e30));
    }

    [Fact]
    public unsafe void WorkingMemory_IsNotANumberAtFirst() => Assert.Equal([float.NaN], _bench.Run<float>(1, y =>
    {
        using Scratch.Lease<float> lease = Scratch.Rent<float>(1);
        y[0] = *lease.Start;
    }));

    [Fact]
    public void OtherBitsWithMoreThreads_AreFound() => Fails("other bits", y => y.Fill(Threads.Count));

    [Fact]
    public void DifferenceBeyondTheTolerance_IsFound()
    {
        _bench.AssertClose("y", [1], [1 + 2.3841858e-7f], roundings: 2);
        Assert.Throws<FailException>(() => _bench.AssertClose("y", [1], [1 + 2.3841858e-7f], roundings: 1));
        Assert.Throws<FailException>(() => _bench.AssertClose("y", [double.NaN], [1f], roundings: 1e9));
        Assert.Throws<FailException>(() => _bench.AssertClose("y", [1], [float.NaN], roundings: 1e9));
    }

    private void Fails(string message, Action<Span<float>> kernel) =>
        Assert.Contains(message, Assert.ThrowsAny<XunitException>(() => _bench.Run<float>(3, kernel)).Message);
}
