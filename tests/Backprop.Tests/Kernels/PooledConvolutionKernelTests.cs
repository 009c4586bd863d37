using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class PooledConvolutionKernelTests
{
    public static TheoryData<string> Paths => [.. Enum.GetNames<SimdPath>()];

    private static IEnumerable<ConvolutionShape> Shapes()
    {
        var random = new RandomSource(1);
        while (true)
        {
            var shape = new ConvolutionShape(1 + random.Next(3), 1 + random.Next(4), 1 + random.Next(14), 1 + random.Next(40), 1 + random.Next(30), 1 + random.Next(4), 1 + random.Next(4),
                1 + random.Next(2), 1 + random.Next(2), random.Next(2), random.Next(2), 1 + random.Next(2), 1 + random.Next(2));
            if (shape is { OutHeight: > 1, OutWidth: > 1 } && PooledConvolutionKernel.Suits<float>(shape)) yield return shape;
            if (random.Next(120) == 0) break;
        }
        yield return new(1, 1, 28, 28, 30, 5, 5); // channels cut in two, 5 images together, and both in between
        yield return new(3, 1, 28, 28, 64, 5, 5);
        yield return new(17, 1, 28, 28, 10, 5, 5);
        yield return new(5, 3, 33, 35, 25, 5, 5);
        yield return new(40, 1, 9, 7, 3, 3, 2);
    }

    [Fact]
    public void Forward_AnyShapeAndThreads_HasTheBitsOfTheTwoKernels()
    {
        int seed = 0;
        foreach (ConvolutionShape shape in Shapes())
        {
            Check<float>(shape, ++seed);
            if (seed % 3 == 0) Check<double>(shape, seed);
        }
        Assert.True(seed > 30, $"only {seed} shapes"); // a search that finds nothing proves nothing

        static void Check<T>(in ConvolutionShape s, int seed) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var random = new RandomSource(seed);
            bool rectify = seed % 2 == 0;
            T[] x = Numbers.Uniform<T>(random, s.InputLength), w = Numbers.Uniform<T>(random, s.WeightLength);
            T[] bias = seed % 4 == 0 ? [] : Numbers.Uniform<T>(random, s.OutChannels), scale = seed % 4 == 1 ? Numbers.Uniform<T>(random, s.OutChannels) : [];
            if (seed % 5 == 0) x[random.Next(x.Length)] = T.NaN;
            PoolingShape pooling = s.Halved;
            var planes = new T[s.OutputLength];
            var expected = new T[pooling.OutputLength];
            var winners = new byte[expected.Length];
            ConvolutionKernel.Forward(x, w, bias, planes, s, scale: scale, rectify: rectify);
            MaxPoolKernel.Forward<T, byte>(planes, expected, winners, pooling);

            var bench = new Workbench($"{s}");
            Guarded<T> gx = bench.Input(x), gw = bench.Input(w), gb = bench.Input(bias), gs = bench.Input(scale);
            ConvolutionShape shape = s;
            Assert.Equal(expected, bench.Run<T>(expected.Length, y => PooledConvolutionKernel.Forward(gx, gw, gb, y, default, shape, gs, rectify)));
            var kept = new byte[winners.Length];
            Assert.Equal(expected, bench.Run<T>(expected.Length, y => PooledConvolutionKernel.Forward(gx, gw, gb, y, kept, shape, gs, rectify)));
            Assert.Equal(winners, kept);
        }
    }

    [Theory, MemberData(nameof(Paths))]
    public void BackwardWeight_AnyShapeAndThreads_AgreesWithTheTwoKernels(string path)
    {
        int seed = 0;
        foreach (ConvolutionShape shape in Shapes())
        {
            var random = new RandomSource(++seed);
            float[] x = Numbers.Uniform<float>(random, shape.InputLength), dy = Numbers.Uniform<float>(random, shape.Halved.OutputLength);
            byte[] winners = [.. dy.Select(_ => (byte)random.Next(4))];
            double[] planes = new double[shape.OutputLength], expected = new double[shape.WeightLength];
            MaxPoolKernel.Backward<double, byte>(Numbers.Exact(dy), winners, planes, shape.Halved);
            ConvolutionKernel.BackwardWeight(Numbers.Exact(x), planes, expected, shape, method: ConvolutionMethod.Plain);

            var bench = new Workbench($"{path}, {shape}");
            Guarded<float> gx = bench.Input(x), gdy = bench.Input(dy);
            Guarded<byte> gw = bench.Input(winners);
            float[] actual = bench.Run<float>(expected.Length, dw => PooledConvolutionKernel.BackwardWeight<float>(gx, gdy, gw, dw, shape, Enum.Parse<SimdPath>(path)));
            bench.AssertClose("dw", expected, actual, roundings: 1, scale: shape.Batch * shape.Halved.OutPlaneLength + 4);
        }
    }

    [Fact]
    public void BackwardWeight_AnInfinityThatDidNotWin_TakesNoPart()
    {
        var shape = new ConvolutionShape(1, 1, 3, 3, 2, 2, 2);
        float[] x = [float.PositiveInfinity, 1, 2, 3, 4, 5, 6, 7, 8], dw = new float[8];
        PooledConvolutionKernel.BackwardWeight<float>(x, new float[] { 1, 10 }, new byte[] { 3, 1 }, dw, shape);
        Assert.Equal([4, 5, 7, 8, 10, 20, 40, 50], dw);
    }

    [Fact]
    public void Suits_NoWindows_GroupsWinogradOrLargePlanes_No()
    {
        var shape = new ConvolutionShape(2, 1, 28, 28, 30, 5, 5);
        Assert.True(PooledConvolutionKernel.Suits<float>(shape));
        Assert.True(PooledConvolutionKernel.SuitsBackward<float>() && !PooledConvolutionKernel.SuitsBackward<double>());
        Assert.False(PooledConvolutionKernel.Suits<float>(shape with { Batch = 0 }));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 1, 5, 28, 30, 5, 5)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 1, 28, 5, 30, 5, 5)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 30, 28, 28, 30, 5, 5, Groups: 30)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 3, 224, 224, 64, 7, 7, 2, 2, 3, 3)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 32, 28, 28, 32, 3, 3, PadHeight: 1, PadWidth: 1)));
        Assert.True(PooledConvolutionKernel.Suits<float>(new(2, 10, 30, 30, 80, 5, 5)) && !PooledConvolutionKernel.Suits<double>(new(2, 10, 30, 30, 80, 5, 5)));
    }
}
