using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class ConvolutionKernelTests : IDisposable
{
    private readonly int _threads = Threads.Count;

    public void Dispose() => Threads.Count = _threads;

    public static TheoryData<string> Paths => [.. Enum.GetNames<SimdPath>()];

    /// <summary>Each oddity alone, and then together.</summary>
    private static readonly ConvolutionShape[] s_shapes =
    [
        new(1, 1, 1, 1, 1, 1, 1),
        new(2, 3, 5, 7, 4, 1, 1), // 1×1: a matrix product
        new(1, 1, 9, 9, 2, 3, 3),
        new(3, 2, 6, 5, 13, 3, 3, PadHeight: 1, PadWidth: 1), // the output is as large as the input
        new(2, 2, 6, 6, 3, 2, 2, PadHeight: 1, PadWidth: 1), // larger
        new(1, 3, 4, 6, 5, 4, 6), // the kernel is the image
        new(1, 1, 2, 2, 1, 3, 3, PadHeight: 3, PadWidth: 3), // the kernel meets padding alone
        new(2, 2, 9, 11, 3, 3, 3, StrideHeight: 2, StrideWidth: 2, PadHeight: 1, PadWidth: 1),
        new(2, 2, 9, 11, 3, 3, 2, StrideHeight: 3, StrideWidth: 2), // strides leave rows over
        new(1, 2, 8, 8, 3, 1, 1, StrideHeight: 2, StrideWidth: 2), // most of the input is never read
        new(1, 2, 7, 7, 2, 2, 2, StrideHeight: 4, StrideWidth: 5), // gaps between kernels
        new(2, 2, 11, 9, 3, 3, 3, DilationHeight: 2, DilationWidth: 3),
        new(2, 2, 12, 13, 3, 3, 3, StrideHeight: 2, StrideWidth: 3, PadHeight: 2, PadWidth: 1, DilationHeight: 2, DilationWidth: 2), // taps share factors with the stride
        new(1, 2, 12, 12, 2, 4, 3, StrideHeight: 4, StrideWidth: 4, PadHeight: 3, PadWidth: 3, DilationHeight: 2, DilationWidth: 3),
        new(2, 6, 5, 5, 4, 3, 3, PadHeight: 1, PadWidth: 1, Groups: 2),
        new(2, 4, 6, 6, 8, 3, 3, StrideHeight: 2, StrideWidth: 2, PadHeight: 1, PadWidth: 1, Groups: 4), // depthwise
        new(3, 1, 28, 28, 30, 5, 5),
        new(40, 3, 10, 10, 16, 3, 3, PadHeight: 1, PadWidth: 1), // several images a piece, several pieces
        new(1, 40, 70, 40, 2, 5, 3, PadHeight: 2, PadWidth: 1), // an image in several blocks of rows
        new(1, 20, 90, 60, 3, 3, 3, StrideHeight: 2, StrideWidth: 2, PadHeight: 1, PadWidth: 1),
        new(17, 2, 6, 6, 70, 3, 3, PadHeight: 1, PadWidth: 1),
        new(0, 2, 6, 6, 7, 3, 3),
    ];

    [Theory, MemberData(nameof(Paths))]
    public void EveryPath_AgreesWithTheSevenLoops(string path)
    {
        foreach (ConvolutionShape shape in s_shapes)
        {
            Check<float>(Enum.Parse<SimdPath>(path), shape);
            Check<double>(Enum.Parse<SimdPath>(path), shape);
        }
    }

    private static void Check<T>(SimdPath path, ConvolutionShape shape) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Reference.Random<T>(shape.InputLength, 1), w = Reference.Random<T>(shape.WeightLength, 2), bias = Reference.Random<T>(shape.OutChannels, 3);
        T[] dy = Reference.Random<T>(shape.OutputLength, 4), y = new T[dy.Length], plain = new T[dy.Length];
        T[] dx = Reference.Random<T>(x.Length, 5), dw = Reference.Random<T>(w.Length, 6), dbias = Reference.Random<T>(bias.Length, 7); // to be overwritten
        (T[] expectedY, T[] expectedDx, T[] expectedDw, T[] expectedDbias) = Reference.Convolution(x, w, bias, dy, shape);
        ConvolutionKernel.Forward(x, w, bias, y, shape, path);
        ConvolutionKernel.Forward(x, w, default, plain, shape, path);
        ConvolutionKernel.BackwardInput(dy, w, dx, shape, path);
        ConvolutionKernel.BackwardWeight(x, dy, dw, shape, path);
        ConvolutionKernel.BackwardBias<T>(dy, dbias, shape.OutHeight * shape.OutWidth);

        int weights = w.Length / shape.OutChannels, positions = shape.Batch * shape.OutHeight * shape.OutWidth;
        AssertClose("y", expectedY, y, weights);
        AssertClose("y without bias", Reference.Convolution(x, w, new T[bias.Length], dy, shape).Y, plain, weights);
        AssertClose("dx", expectedDx, dx, shape.OutChannels * shape.KernelHeight * shape.KernelWidth);
        AssertClose("dw", expectedDw, dw, positions);
        AssertClose("dbias", expectedDbias, dbias, positions);

        void AssertClose(string what, T[] expected, T[] actual, int terms)
        {
            double tolerance = MatMulKernelTests.Tolerance<T>(terms);
            for (int i = 0; i < expected.Length; i++)
            {
                if (double.CreateTruncating(T.Abs(expected[i] - actual[i])) <= tolerance) continue;
                Assert.Fail($"{what} of {path}, {typeof(T).Name}, {shape}: element {i} is {actual[i]}, expected {expected[i]}");
            }
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void Forward_ScaledAndRectified_FinishesEachSum(string path)
    {
        SimdPath simd = Enum.Parse<SimdPath>(path);
        foreach ((ConvolutionShape shape, ConvolutionMethod method) in new[]
        {
            (new ConvolutionShape(2, 5, 9, 7, 13, 3, 3, PadHeight: 1, PadWidth: 1), ConvolutionMethod.Plain),
            (new ConvolutionShape(2, 5, 9, 7, 13, 3, 3, PadHeight: 1, PadWidth: 1), ConvolutionMethod.Winograd),
            (new ConvolutionShape(1, 17, 8, 20, 35, 3, 3), ConvolutionMethod.Winograd),
            (new ConvolutionShape(3, 6, 10, 9, 4, 2, 3, StrideHeight: 2, Groups: 2), ConvolutionMethod.Plain),
        })
        {
            Finishes<float>(shape, method);
            Finishes<double>(shape, method);
        }

        void Finishes<T>(ConvolutionShape shape, ConvolutionMethod method) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Reference.Random<T>(shape.InputLength, 1), w = Reference.Random<T>(shape.WeightLength, 2), shift = Reference.Random<T>(shape.OutChannels, 3), scale = Reference.Random<T>(shape.OutChannels, 4);
            double[] sums = Numbers.Exact(Reference.Convolution(x, w, new T[shift.Length], new T[shape.OutputLength], shape).Y);
            int plane = shape.OutHeight * shape.OutWidth, terms = 3 * (9 * shape.InChannels + 16);
            var bench = new Workbench($"{path}, {method}, {shape}");
            Guarded<T> from = bench.Input(x), weights = bench.Input(w), b = bench.Input(shift), a = bench.Input(scale);
            double Scaled(int i) => sums[i] * double.CreateChecked(scale[i / plane % scale.Length]) + double.CreateChecked(shift[i / plane % scale.Length]);
            Compare("scaled", Scaled, bench.Run<T>(sums.Length, to => ConvolutionKernel.Forward<T>(from, weights, b, to, shape, simd, method, a)));
            Compare("both", i => Math.Max(Scaled(i), 0), bench.Run<T>(sums.Length, to => ConvolutionKernel.Forward<T>(from, weights, b, to, shape, simd, method, a, rectify: true)));
            Compare("rectified", i => Math.Max(sums[i], 0), bench.Run<T>(sums.Length, to => ConvolutionKernel.Forward<T>(from, weights, default, to, shape, simd, method, rectify: true)));

            void Compare(string what, Func<int, double> expected, T[] actual) => bench.AssertClose(what, [.. Enumerable.Range(0, sums.Length).Select(expected)], actual, roundings: 1, scale: terms);
        }
    }

    /// <summary>Rows that fill no vector, and planes that are stored row by row or whole: wherever a result goes, its addend is found.</summary>
    [Theory, MemberData(nameof(Paths))]
    public void Forward_WithAddend_HasTheBitsOfAdditionAndReluAfterwards(string path)
    {
        SimdPath simd = Enum.Parse<SimdPath>(path);
        IEnumerable<ConvolutionShape> widths = Enumerable.Range(1, 17).Select(width => new ConvolutionShape(2, 3, 6, width, 9, 3, 3, PadHeight: 1, PadWidth: 1));
        foreach (ConvolutionShape shape in s_shapes.Concat(WinogradTests.Shapes).Concat(widths))
        {
            Adds<float>(shape, ConvolutionMethod.Plain);
            Adds<double>(shape, ConvolutionMethod.Plain);
            if (!shape.SuitsWinograd) continue;
            Adds<float>(shape, ConvolutionMethod.Winograd);
            Adds<double>(shape, ConvolutionMethod.Winograd);
        }

        void Adds<T>(ConvolutionShape shape, ConvolutionMethod method) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Reference.Random<T>(shape.InputLength, 1), w = Reference.Random<T>(shape.WeightLength, 2), shift = Reference.Random<T>(shape.OutChannels, 3), scale = Reference.Random<T>(shape.OutChannels, 4);
            T[] addend = Reference.Random<T>(shape.OutputLength, 5);
            var bench = new Workbench($"{path}, {method}, {shape}");
            Guarded<T> from = bench.Input(x), weights = bench.Input(w), b = bench.Input(shift), a = bench.Input(scale), added = bench.Input(addend);
            Compare("nothing else", default, default, rectify: false);
            Compare("bias", b, default, rectify: true);
            Compare("normalization", b, a, rectify: true);

            void Compare(string with, ReadOnlySpan<T> bias, ReadOnlySpan<T> factor, bool rectify)
            {
                (T[] biases, T[] factors) = (bias.ToArray(), factor.ToArray());
                var expected = new T[addend.Length];
                ConvolutionKernel.Forward<T>(x, w, biases, expected, shape, simd, method, factors);
                for (int i = 0; i < expected.Length; i++)
                {
                    expected[i] += addend[i];
                    if (rectify && expected[i] < T.Zero) expected[i] = T.Zero;
                }
                T[] actual = bench.Run<T>(addend.Length, to => ConvolutionKernel.Forward<T>(from, weights, biases, to, shape, simd, method, factors, rectify, added));
                int other = Enumerable.Range(0, expected.Length).FirstOrDefault(i => !actual[i].Equals(expected[i]), -1);
                Assert.True(other < 0, $"{path}, {method}, {typeof(T).Name}, {shape}, with {with}: element {other} is {actual.ElementAtOrDefault(other)}, expected {expected.ElementAtOrDefault(other)}");
            }
        }
    }

    [Fact]
    public void AnyNumberOfThreads_GivesTheSameBits()
    {
        foreach (ConvolutionShape shape in s_shapes)
        {
            float[] x = Reference.Random<float>(shape.InputLength, 1), w = Reference.Random<float>(shape.WeightLength, 2), dy = Reference.Random<float>(shape.OutputLength, 4);
            (float[] Y, float[] Dx, float[] Dw, float[] Dbias)? expected = null;
            foreach (int threads in new[] { 1, 2, 3, 5 })
            {
                Threads.Count = threads;
                (float[] Y, float[] Dx, float[] Dw, float[] Dbias) actual = (new float[dy.Length], new float[x.Length], new float[w.Length], new float[shape.OutChannels]);
                ConvolutionKernel.Forward<float>(x, w, default, actual.Y, shape);
                ConvolutionKernel.BackwardInput<float>(dy, w, actual.Dx, shape);
                ConvolutionKernel.BackwardWeight<float>(x, dy, actual.Dw, shape);
                ConvolutionKernel.BackwardBias<float>(dy, actual.Dbias, shape.OutHeight * shape.OutWidth);
                expected ??= actual;
                Assert.Equal(expected.Value.Y, actual.Y);
                Assert.Equal(expected.Value.Dx, actual.Dx);
                Assert.Equal(expected.Value.Dw, actual.Dw);
                Assert.Equal(expected.Value.Dbias, actual.Dbias);
            }
        }
    }

    /// <summary>Two hundred small shapes on guarded memory: whatever is read beside an image takes no part, and nothing is written there.</summary>
    [Theory, MemberData(nameof(Paths))]
    public void RandomShapes_GuardedMemory_AgreeWithTheSevenLoops(string path)
    {
        SimdPath simd = Enum.Parse<SimdPath>(path);
        var random = new RandomSource(3);
        for (int i = 0; i < 200; i++)
        {
            int groups = 1 + random.Next(3);
            var shape = new ConvolutionShape(random.Next(4), groups * (1 + random.Next(4)), 1 + random.Next(12), Numbers.Awkward(random, 19), groups * Numbers.Awkward(random, 9),
                1 + random.Next(4), 1 + random.Next(4), 1 + random.Next(3), 1 + random.Next(3), random.Next(3), random.Next(3), 1 + random.Next(2), 1 + random.Next(3), groups);
            if (shape.InHeight + 2 * shape.PadHeight <= shape.DilationHeight * (shape.KernelHeight - 1)) continue; // the kernel is larger than the image
            if (shape.InWidth + 2 * shape.PadWidth <= shape.DilationWidth * (shape.KernelWidth - 1)) continue;
            if (i % 4 == 0) Guarded<double>(shape);
            else Guarded<float>(shape);
        }

        for (int width = 383; width <= 385; width++) // positions of a block
        {
            Guarded<float>(new ConvolutionShape(1, 3, 1, width, 5, 1, 1));
            Guarded<float>(new ConvolutionShape(2, 2, 2, width, 17, 3, 3, PadHeight: 1, PadWidth: 1));
        }

        void Guarded<T>(ConvolutionShape shape) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Reference.Random<T>(shape.InputLength, 1), w = Reference.Random<T>(shape.WeightLength, 2), bias = Reference.Random<T>(shape.OutChannels, 3), dy = Reference.Random<T>(shape.OutputLength, 4);
            (T[] y, T[] dx, T[] dw, T[] dbias) = Reference.Convolution(x, w, bias, dy, shape);
            var bench = new Workbench($"{path}, {shape}");
            Guarded<T> from = bench.Input(x), weights = bench.Input(w), b = bench.Input(bias), slopes = bench.Input(dy);
            int taps = shape.KernelHeight * shape.KernelWidth, positions = shape.Batch * shape.OutHeight * shape.OutWidth;
            T[] forward = bench.Run<T>(y.Length, to => ConvolutionKernel.Forward<T>(from, weights, b, to, shape, simd));
            bench.AssertClose("y", Numbers.Exact(y), forward, roundings: 1, scale: taps * shape.InChannels / shape.Groups + 4);
            T[] input = bench.Run<T>(dx.Length, to => ConvolutionKernel.BackwardInput<T>(slopes, weights, to, shape, simd));
            bench.AssertClose("dx", Numbers.Exact(dx), input, roundings: 1, scale: taps * shape.OutChannels / shape.Groups + 4);
            T[] weight = bench.Run<T>(dw.Length, to => ConvolutionKernel.BackwardWeight<T>(from, slopes, to, shape, simd));
            bench.AssertClose("dw", Numbers.Exact(dw), weight, roundings: 1, scale: positions + 4);
            bench.AssertClose("dbias", Numbers.Exact(dbias), bench.Run<T>(dbias.Length, to => ConvolutionKernel.BackwardBias<T>(slopes, to, shape.OutHeight * shape.OutWidth)), roundings: 1, scale: positions + 4);
        }
    }

    [Fact]
    public void OnceWarm_AllocatesNothing()
    {
        Threads.Count = 1;
        var shape = new ConvolutionShape(4, 3, 20, 20, 8, 3, 3, 2, 2, 1, 1);
        float[] x = new float[shape.InputLength], w = new float[shape.WeightLength], y = new float[shape.OutputLength], b = new float[8];
        void All()
        {
            ConvolutionKernel.Forward<float>(x, w, b, y, shape);
            ConvolutionKernel.BackwardInput<float>(y, w, x, shape);
            ConvolutionKernel.BackwardWeight<float>(x, y, w, shape);
            ConvolutionKernel.BackwardBias<float>(y, b, shape.OutHeight * shape.OutWidth);
        }
        Assert.Equal(0, Allocations.OnceWarm(All));
    }

    [Fact]
    public void Forward_InfinityInOneImage_LeavesTheOthersAlone()
    {
        var shape = new ConvolutionShape(3, 1, 4, 4, 1, 3, 3, PadHeight: 1, PadWidth: 1);
        float[] x = new float[48], w = new float[9], y = new float[48];
        x[20] = float.PositiveInfinity;
        w.AsSpan().Fill(1);
        ConvolutionKernel.Forward<float>(x, w, default, y, shape);
        for (int i = 0; i < 48; i++) Assert.Equal(i is >= 16 and < 28 && i % 4 < 2 ? float.PositiveInfinity : 0, y[i]);
    }
}
