using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class WinogradTests : IDisposable
{
    private readonly int _threads = Threads.Count;

    public void Dispose() => Threads.Count = _threads;

    public static TheoryData<string> Paths => [.. Enum.GetNames<SimdPath>()];

    internal static readonly ConvolutionShape[] Shapes =
    [
        Shape(1, 1, 3, 3, 1, pad: 0), // one result
        Shape(1, 1, 1, 1, 1, pad: 1), // one pixel
        Shape(2, 3, 4, 4, 5, pad: 1), // a tile an image
        Shape(2, 16, 5, 9, 16, pad: 1), // ragged tiles
        Shape(3, 17, 8, 7, 33, pad: 2), // channels that fill no vector
        Shape(1, 5, 6, 2, 3, pad: 2),
        Shape(7, 12, 8, 8, 24, pad: 1), // several images a block
        Shape(1, 20, 70, 50, 18, pad: 1), // several blocks an image
        Shape(2, 150, 9, 10, 40, pad: 0), // several pieces of in channels
        Shape(120, 2, 9, 9, 3, pad: 1), // several sums of the weights' gradient
        Shape(1, 32, 13, 17, 20, pad: 1), // halves of rows
        Shape(1, 64, 8, 8, 40, pad: 1), // halves of channels, the second with less
        Shape(4, 70, 3, 4, 9, pad: 1), // fewer channels than a vector, so no second half
        Shape(114, 2, 48, 48, 2, pad: 1), // images that are sent for
        Shape(0, 2, 6, 6, 7, pad: 1),
        new(2, 4, 9, 8, 6, 3, 3, PadHeight: 0, PadWidth: 2),
    ];

    private static ConvolutionShape Shape(int batch, int inChannels, int height, int width, int outChannels, int pad) =>
        new(batch, inChannels, height, width, outChannels, 3, 3, PadHeight: pad, PadWidth: pad);

    [Theory, MemberData(nameof(Paths))]
    public void EveryPath_AgreesWithTheSevenLoops(string path)
    {
        foreach (ConvolutionShape shape in Shapes)
        {
            Check<float>(Enum.Parse<SimdPath>(path), shape);
            Check<double>(Enum.Parse<SimdPath>(path), shape);
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void RandomShapes_AgreeWithTheSevenLoops(string path)
    {
        var random = new RandomSource(5);
        for (int i = 0; i < 60; i++)
        {
            (int padHeight, int padWidth) = (random.Next(3), random.Next(3));
            var shape = new ConvolutionShape(1 + random.Next(4), Numbers.Awkward(random, 35), 3 - Math.Min(padHeight, 1) + random.Next(12), 3 - Math.Min(padWidth, 1) + random.Next(19), Numbers.Awkward(random, 35), 3, 3,
                PadHeight: padHeight, PadWidth: padWidth);
            if (i % 4 == 0) Check<double>(Enum.Parse<SimdPath>(path), shape);
            else Check<float>(Enum.Parse<SimdPath>(path), shape);
        }
    }

    /// <summary>Guarded memory, NaN all around; nothing beside an image is read into a result, and nothing is written there.</summary>
    private static void Check<T>(SimdPath path, ConvolutionShape shape) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] x = Reference.Random<T>(shape.InputLength, 1), w = Reference.Random<T>(shape.WeightLength, 2), bias = Reference.Random<T>(shape.OutChannels, 3), dy = Reference.Random<T>(shape.OutputLength, 4);
        (T[] y, T[] dx, T[] dw, _) = Reference.Convolution(x, w, bias, dy, shape);
        (T[] plain, _, _, _) = Reference.Convolution(x, w, new T[bias.Length], dy, shape);
        var bench = new Workbench($"{path}, {shape}");
        Guarded<T> from = bench.Input(x), weights = bench.Input(w), b = bench.Input(bias), slopes = bench.Input(dy);
        int positions = shape.Batch * shape.OutHeight * shape.OutWidth;
        Assert.True(shape.SuitsWinograd);

        // The roundings of the plain sum, and three times those of the nine terms of each channel for the maps.
        bench.AssertClose("y", Numbers.Exact(y), bench.Run<T>(y.Length, to => ConvolutionKernel.Forward<T>(from, weights, b, to, shape, path, ConvolutionMethod.Winograd)), 1, 3 * (9 * shape.InChannels + 16));
        bench.AssertClose("y without bias", Numbers.Exact(plain), bench.Run<T>(y.Length, to => ConvolutionKernel.Forward<T>(from, weights, default, to, shape, path, ConvolutionMethod.Winograd)), 1, 3 * (9 * shape.InChannels + 16));
        bench.AssertClose("dx", Numbers.Exact(dx), bench.Run<T>(dx.Length, to => ConvolutionKernel.BackwardInput<T>(slopes, weights, to, shape, path, ConvolutionMethod.Winograd)), 1, 3 * (9 * shape.OutChannels + 16));
        bench.AssertClose("dw", Numbers.Exact(dw), bench.Run<T>(dw.Length, to => ConvolutionKernel.BackwardWeight<T>(from, slopes, to, shape, path, ConvolutionMethod.Winograd)), 1, 3 * (positions + 16));
    }

    [Fact]
    public void AnyNumberOfThreads_GivesTheSameBits()
    {
        foreach (ConvolutionShape shape in Shapes)
        {
            float[] x = Reference.Random<float>(shape.InputLength, 1), w = Reference.Random<float>(shape.WeightLength, 2), dy = Reference.Random<float>(shape.OutputLength, 4);
            (float[] Y, float[] Dx, float[] Dw)? expected = null;
            foreach (int threads in new[] { 1, 2, 3, 5 })
            {
                Threads.Count = threads;
                (float[] Y, float[] Dx, float[] Dw) actual = (new float[dy.Length], new float[x.Length], new float[w.Length]);
                ConvolutionKernel.Forward<float>(x, w, default, actual.Y, shape, method: ConvolutionMethod.Winograd);
                ConvolutionKernel.BackwardInput<float>(dy, w, actual.Dx, shape, method: ConvolutionMethod.Winograd);
                ConvolutionKernel.BackwardWeight<float>(x, dy, actual.Dw, shape, method: ConvolutionMethod.Winograd);
                expected ??= actual;
                Assert.Equal(expected.Value.Y, actual.Y);
                Assert.Equal(expected.Value.Dx, actual.Dx);
                Assert.Equal(expected.Value.Dw, actual.Dw);
            }
        }
    }

    [Theory, InlineData(16), InlineData(64), InlineData(256)]
    public void Float32_ErrsAtMostFiveTimesAsMuchAsThePlainSum(int channels)
    {
        ConvolutionShape shape = Shape(1, channels, 24, 24, 16, pad: 1);
        var random = new RandomSource(9);
        float[] x = Draw(shape.InputLength), w = Draw(shape.WeightLength), dy = Draw(shape.OutputLength);
        (double[] y, double[] dx, double[] dw, _) = Reference.Convolution(Numbers.Exact(x), Numbers.Exact(w), new double[16], Numbers.Exact(dy), shape);
        Compare("y", y, (to, method) => ConvolutionKernel.Forward(x, w, default, to, shape, method: method));
        Compare("dx", dx, (to, method) => ConvolutionKernel.BackwardInput(dy, w, to, shape, method: method));
        Compare("dw", dw, (to, method) => ConvolutionKernel.BackwardWeight(x, dy, to, shape, method: method));

        float[] Draw(int count) => Tensor.Normal([count], random).ToArray<float>();

        void Compare(string what, double[] exact, Action<float[], ConvolutionMethod> kernel)
        {
            double plain = Error(ConvolutionMethod.Plain), winograd = Error(ConvolutionMethod.Winograd);
            Assert.True(winograd < 5 * plain && winograd < 3e-6, $"{what} of {channels} channels: root mean square error {winograd:g3} of the results' own size, {plain:g3} of the plain sum");

            double Error(ConvolutionMethod method)
            {
                var actual = new float[exact.Length];
                kernel(actual, method);
                return Math.Sqrt(exact.Zip(actual, (a, b) => (a - b) * (a - b)).Sum() / exact.Sum(a => a * a));
            }
        }
    }

    [Fact]
    public void BestMethod_ChoosesWinogradWhereItPays()
    {
        Assert.Equal(ConvolutionMethod.Winograd, Method(Shape(128, 16, 32, 32, 16, pad: 1)));
        Assert.Equal(ConvolutionMethod.Winograd, Method(Shape(1, 64, 56, 56, 64, pad: 1)));
        Assert.Equal(ConvolutionMethod.Plain, Method(Shape(100, 1, 28, 28, 16, pad: 1))); // one channel to transform for sixteen
        Assert.Equal(ConvolutionMethod.Plain, Method(Shape(1, 256, 3, 3, 256, pad: 1))); // the weights' transform costs more than the image
        foreach (ConvolutionShape other in new ConvolutionShape[]
        {
            new(128, 16, 32, 32, 16, 3, 3, StrideHeight: 2), new(128, 16, 32, 32, 16, 3, 3, DilationWidth: 2), new(128, 16, 32, 32, 16, 3, 5), new(128, 16, 32, 32, 16, 5, 3),
            new(128, 16, 32, 32, 16, 3, 3, PadHeight: 3), new(128, 16, 32, 32, 16, 3, 3, Groups: 2), new(128, 16, 32, 32, 16, 3, 3) { OutHeight = 31 },
        })
        {
            Assert.False(other.SuitsWinograd);
            Assert.Equal(ConvolutionMethod.Plain, Method(other));
        }

        static ConvolutionMethod Method(ConvolutionShape shape) => shape.BestMethod(shape.OutHeight, shape.OutWidth);
    }

    [Fact]
    public void OnceWarm_AllocatesNothing()
    {
        Threads.Count = 1;
        ConvolutionShape shape = Shape(4, 18, 20, 20, 20, pad: 1);
        float[] x = new float[shape.InputLength], w = new float[shape.WeightLength], y = new float[shape.OutputLength], b = new float[20];
        void All()
        {
            ConvolutionKernel.Forward<float>(x, w, b, y, shape, method: ConvolutionMethod.Winograd);
            ConvolutionKernel.BackwardInput<float>(y, w, x, shape, method: ConvolutionMethod.Winograd);
            ConvolutionKernel.BackwardWeight<float>(x, y, w, shape, method: ConvolutionMethod.Winograd);
        }
        Assert.Equal(0, Allocations.OnceWarm(All));
    }
}
