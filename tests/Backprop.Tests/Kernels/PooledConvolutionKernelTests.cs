using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class PooledConvolutionKernelTests
{
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
            PoolingShape pooling = PooledConvolutionKernel.Halved(s);
            var planes = new T[s.OutputLength];
            var expected = new T[pooling.OutputLength];
            ConvolutionKernel.Forward(x, w, bias, planes, s, scale: scale, rectify: rectify);
            MaxPoolKernel.Forward<T, byte>(planes, expected, default, pooling);

            var bench = new Workbench($"{s}");
            Guarded<T> gx = bench.Input(x), gw = bench.Input(w), gb = bench.Input(bias), gs = bench.Input(scale);
            ConvolutionShape shape = s;
            T[] actual = bench.Run<T>(expected.Length, y => PooledConvolutionKernel.Forward(gx, gw, gb, y, shape, pooling, gs, rectify));
            Assert.Equal(expected, actual);
        }
    }

    [Fact]
    public void Suits_NoWindows_GroupsWinogradOrLargePlanes_No()
    {
        var shape = new ConvolutionShape(2, 1, 28, 28, 30, 5, 5);
        Assert.True(PooledConvolutionKernel.Suits<float>(shape));
        Assert.False(PooledConvolutionKernel.Suits<float>(shape with { Batch = 0 }));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 1, 5, 28, 30, 5, 5)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 1, 28, 5, 30, 5, 5)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 30, 28, 28, 30, 5, 5, Groups: 30)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 3, 224, 224, 64, 7, 7, 2, 2, 3, 3)));
        Assert.False(PooledConvolutionKernel.Suits<float>(new(2, 32, 28, 28, 32, 3, 3, PadHeight: 1, PadWidth: 1)));
        Assert.True(PooledConvolutionKernel.Suits<float>(new(2, 10, 30, 30, 80, 5, 5)) && !PooledConvolutionKernel.Suits<double>(new(2, 10, 30, 30, 80, 5, 5)));
    }
}
