using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>Batch, layer and group normalization: each is the textbook's two passes over the elements that share a mean.</summary>
[Collection("Threads")]
public sealed class NormalizationKernelTests
{
    private const double Epsilon = 1e-5;

    /// <summary>The result of two passes over elements, each of which belongs to a group, whose mean it shares, and to a channel, whose scale it shares.</summary>
    private sealed class Textbook
    {
        public readonly double[] Mean, Variance, Normal, Y, Dx, Dgamma, Dbeta;

        public Textbook(double[] x, double[] dy, double[] gamma, double[] beta, int groups, Func<int, int> groupOf, Func<int, int> channelOf)
        {
            (Normal, Y, Dx) = (new double[x.Length], new double[x.Length], new double[x.Length]);
            double count = (double)x.Length / groups;
            double[] Sums(int size, Func<int, int> of, Func<int, double> term)
            {
                var sums = new Numbers.Sum[size];
                for (int i = 0; i < x.Length; i++) sums[of(i)].Add(term(i));
                return Array.ConvertAll(sums, sum => sum.Value);
            }
            Mean = Array.ConvertAll(Sums(groups, groupOf, i => x[i]), sum => sum / count);
            Variance = Array.ConvertAll(Sums(groups, groupOf, i => Math.Pow(x[i] - Mean[groupOf(i)], 2)), sum => sum / count);
            for (int i = 0; i < x.Length; i++)
            {
                Normal[i] = (x[i] - Mean[groupOf(i)]) / Math.Sqrt(Variance[groupOf(i)] + Epsilon);
                Y[i] = Normal[i] * gamma[channelOf(i)] + beta[channelOf(i)];
            }
            Dgamma = Sums(gamma.Length, channelOf, i => dy[i] * Normal[i]);
            Dbeta = Sums(gamma.Length, channelOf, i => dy[i]);
            double[] sums = Sums(groups, groupOf, i => dy[i] * gamma[channelOf(i)]), products = Sums(groups, groupOf, i => dy[i] * gamma[channelOf(i)] * Normal[i]);
            for (int i = 0; i < x.Length; i++)
            {
                int group = groupOf(i);
                Dx[i] = (dy[i] * gamma[channelOf(i)] - sums[group] / count - Normal[i] * products[group] / count) / Math.Sqrt(Variance[group] + Epsilon);
            }
        }
    }

    /// <summary>Some (outer, middle, inner), small and random, then with more pieces than threads.</summary>
    private static IEnumerable<(int, int, int)> Shapes(params (int, int, int)[] large)
    {
        var random = new RandomSource(1);
        for (int i = 0; i < 150; i++) yield return (1 + random.Next(7), Numbers.Awkward(random, 37), i % 3 == 0 ? 1 : Numbers.Awkward(random, 67));
        foreach (int n in Numbers.Lengths.Where(n => n > 0))
        {
            yield return (5, n, 1);
            yield return (2, 3, n);
        }
        foreach ((int, int, int) shape in large) yield return shape;
    }

    [Fact]
    public void BatchNorm_AnyLayoutAndThreads_AgreesWithTheTextbook()
    {
        foreach ((int batch, int channels, int inner) in Shapes((130, 67, 1), (3000, 37, 1), (9, 5, 1500), (40, 16, 121), (1, 3, 2051)))
        {
            Check<float>(new ChannelLayout(batch, channels, inner));
            Check<double>(new ChannelLayout(batch, channels, inner));
        }

        static void Check<T>(ChannelLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
        {
            int count = layout.Count * layout.Channels, channels = layout.Channels;
            var random = new RandomSource(count);
            T[] x = Numbers.Uniform<T>(random, count, 2, 4), dy = Numbers.Uniform<T>(random, count), gamma = Numbers.Uniform<T>(random, channels, 0.5, 1.5), beta = Numbers.Uniform<T>(random, channels);
            int Channel(int i) => i / layout.Inner % channels;
            var book = new Textbook(Numbers.Exact(x), Numbers.Exact(dy), Numbers.Exact(gamma), Numbers.Exact(beta), channels, Channel, Channel);
            var plain = new Textbook(Numbers.Exact(x), Numbers.Exact(dy), [.. gamma.Select(_ => 1.0)], new double[channels], channels, Channel, Channel);
            var bench = new Workbench($"batch normalization of {layout}");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy), g = bench.Input(gamma), b = bench.Input(beta);
            Guarded<double> mean = bench.Input(book.Mean), variance = bench.Input(book.Variance);

            // Numbers around 3 are rounded to 2 units of their difference from the mean, and in a small batch that is divided by a small deviation.
            double[] steep = Array.ConvertAll(book.Variance, v => 1 + 4 / Math.Sqrt(v + Epsilon));
            double root = Math.Sqrt(layout.Count);
            (double[] mean1, double[] variance1) = bench.Run<double, double>(channels, channels, (m, v) => BatchNormKernel.Statistics<T>(from, m, v, layout));
            bench.AssertClose("mean", book.Mean, Array.ConvertAll(mean1, T.CreateChecked), roundings: 4);
            bench.AssertClose("variance", book.Variance, Array.ConvertAll(variance1, T.CreateChecked), roundings: 16, scale: 1);
            T[] y = bench.Run<T>(count, to => BatchNormKernel.Forward<OpenGate, T>(from, to, g, b, mean, variance, Epsilon, layout));
            bench.AssertClose("y", book.Y, y, roundings: 8, i => steep[Channel(i)]);
            bench.AssertClose("plain y", plain.Y, bench.Run<T>(count, to => BatchNormKernel.Forward<OpenGate, T>(from, to, default, default, mean, variance, Epsilon, layout)), roundings: 8, i => steep[Channel(i)]);

            (T[] dx, T[] dgamma, T[] dbeta) = bench.Run<T, T, T>(count, channels, channels,
                (to, toG, toB) => BatchNormKernel.Backward<OpenGate, T>(slopes, from, g, b, mean, variance, Epsilon, fromBatch: true, to, toG, toB, layout));
            bench.AssertClose("dx", book.Dx, dx, roundings: 16, i => steep[Channel(i)] * steep[Channel(i)]);
            bench.AssertClose("dgamma", book.Dgamma, dgamma, roundings: 16, c => root * steep[c]);
            bench.AssertClose("dbeta", book.Dbeta, dbeta, roundings: 16, root);
            T[] alone = bench.Run<T>(count, to => BatchNormKernel.Backward<OpenGate, T>(slopes, from, default, default, mean, variance, Epsilon, fromBatch: false, to, default, default, layout));
            Assert.Equal(alone, bench.Run<T>(dy, inPlace => BatchNormKernel.Backward<OpenGate, T>(inPlace, from, default, default, mean, variance, Epsilon, fromBatch: false, inPlace, default, default, layout)));
            bench.AssertClose("dx of given statistics", [.. dy.Select((slope, i) => double.CreateChecked(slope) / Math.Sqrt(book.Variance[Channel(i)] + Epsilon))], alone, roundings: 4);

            // With ReLU: exactly what ReLU makes of y, and the gradients of what it leaves of dy.
            Assert.Equal(y.Select(v => T.Max(v, T.Zero)), bench.Run<T>(count, to => BatchNormKernel.Forward<ReluGate, T>(from, to, g, b, mean, variance, Epsilon, layout)));
            Guarded<T> passed = bench.Input<T>([.. dy.Select((slope, i) => y[i] > T.Zero ? slope : T.Zero)]);
            var (leftDx, leftDgamma, leftDbeta) = bench.Run<T, T, T>(count, channels, channels,
                (to, toG, toB) => BatchNormKernel.Backward<OpenGate, T>(passed, from, g, b, mean, variance, Epsilon, fromBatch: true, to, toG, toB, layout));
            var (gatedDx, gatedDgamma, gatedDbeta) = bench.Run<T, T, T>(count, channels, channels,
                (to, toG, toB) => BatchNormKernel.Backward<ReluGate, T>(slopes, from, g, b, mean, variance, Epsilon, fromBatch: true, to, toG, toB, layout));
            Assert.Equal(leftDx, gatedDx);
            Assert.Equal(gatedDx, bench.Run<T>(dy, inPlace => BatchNormKernel.Backward<ReluGate, T>(inPlace, from, g, b, mean, variance, Epsilon, fromBatch: true, inPlace, default, default, layout)));
            Assert.Equal(leftDgamma, gatedDgamma);
            Assert.Equal(leftDbeta, gatedDbeta);
        }
    }

    [Fact]
    public void UpdateRunning_AnyLength_MovesTowardsTheBatch()
    {
        foreach (int length in Numbers.Lengths)
        {
            var random = new RandomSource(length);
            float[] running = Numbers.Uniform<float>(random, length);
            double[] batch = Numbers.Uniform<double>(random, length);
            var bench = new Workbench($"{length} running statistics");
            Guarded<double> from = bench.Input(batch);
            float[] moved = bench.Run<float>(running, to => BatchNormKernel.UpdateRunning<float>(to, from, momentum: 0.1, factor: 1.25));
            bench.AssertClose("running", [.. running.Zip(batch, (r, b) => 0.9 * r + 0.1 * 1.25 * b)], moved, roundings: 1);
        }
    }

    [Fact]
    public void Fold_AnyLength_IsTheNormalizationAsScaleAndShift()
    {
        foreach (int length in Numbers.Lengths)
        {
            var random = new RandomSource(length);
            float[][] drawn = [.. Enumerable.Range(0, 5).Select(_ => Numbers.Uniform<float>(random, length))];
            (float[] mean, float[] gamma, float[] beta, float[] bias) = (drawn[0], drawn[1], drawn[2], drawn[3]);
            float[] variance = [.. drawn[4].Select(v => v * v)];
            double[] root = [.. variance.Select(v => Math.Sqrt(v + Epsilon))];
            float[] scale = new float[length], shift = new float[length];
            var bench = new Workbench($"{length} channels");
            BatchNormKernel.Fold(mean, variance, gamma, beta, bias, Epsilon, scale, shift);
            bench.AssertClose("scale", [.. root.Select((r, c) => gamma[c] / r)], scale, roundings: 1);
            bench.AssertClose("shift", [.. root.Select((r, c) => beta[c] + (bias[c] - (double)mean[c]) * gamma[c] / r)], shift, roundings: 1);
            BatchNormKernel.Fold<float>(mean, variance, default, default, default, Epsilon, scale, shift);
            bench.AssertClose("bare scale", [.. root.Select(r => 1 / r)], scale, roundings: 1);
            bench.AssertClose("bare shift", [.. root.Select((r, c) => -mean[c] / r)], shift, roundings: 1);
        }
    }

    [Fact]
    public void LayerNorm_AnySizesAndThreads_AgreesWithTheTextbook()
    {
        foreach ((int outer, int middle, int inner) in Shapes((1000, 1, 67), (70, 1, 1031), (2, 1, 40_001)))
        {
            Check<float>(outer * middle, inner);
            Check<double>(outer * middle, inner);
        }
        Check<float>(0, 5);

        static void Check<T>(int rows, int length) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var random = new RandomSource(rows + length);
            T[] x = Numbers.Uniform<T>(random, rows * length, 2, 4), dy = Numbers.Uniform<T>(random, x.Length), gamma = Numbers.Uniform<T>(random, length, 0.5, 1.5), beta = Numbers.Uniform<T>(random, length);
            var book = new Textbook(Numbers.Exact(x), Numbers.Exact(dy), Numbers.Exact(gamma), Numbers.Exact(beta), rows, i => i / length, i => i % length);
            var bench = new Workbench($"layer normalization of {rows} rows of {length}");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy), g = bench.Input(gamma), b = bench.Input(beta);
            double[] inverse = Array.ConvertAll(book.Variance, v => 1 / Math.Sqrt(v + Epsilon)), steep = Array.ConvertAll(inverse, i => 1 + 4 * i);
            (T[] y, double[] mean, double[] inverse1) = bench.Run<T, double, double>(x.Length, rows, rows, (to, m, s) => LayerNormKernel.Forward<T>(from, to, g, b, m, s, Epsilon));
            bench.AssertClose("y", book.Y, y, roundings: 8, i => steep[i / length] * steep[i / length]);
            bench.AssertClose("mean", book.Mean, Array.ConvertAll(mean, T.CreateChecked), roundings: 4);
            bench.AssertClose("inverse", inverse, Array.ConvertAll(inverse1, T.CreateChecked), roundings: 16, i => inverse[i] * steep[i]);

            Guarded<double> savedMean = bench.Input(book.Mean), savedInverse = bench.Input(inverse);
            (T[] dx, T[] dgamma, T[] dbeta) = bench.Run<T, T, T>(x.Length, length, length, (to, toG, toB) => LayerNormKernel.Backward<T>(slopes, from, g, savedMean, savedInverse, to, toG, toB));
            double root = Math.Sqrt(rows), steepest = steep.DefaultIfEmpty().Max();
            bench.AssertClose("dx", book.Dx, dx, roundings: 16, i => steep[i / length] * steep[i / length]);
            bench.AssertClose("dgamma", book.Dgamma, dgamma, roundings: 16, root * steepest);
            bench.AssertClose("dbeta", book.Dbeta, dbeta, roundings: 16, root);
            (T[] dgamma1, T[] dbeta1) = bench.Run<T, T>(length, length, (toG, toB) => LayerNormKernel.Backward<T>(slopes, from, g, savedMean, savedInverse, default, toG, toB));
            Assert.Equal(dgamma, dgamma1);
            Assert.Equal(dbeta, dbeta1);
        }
    }

    [Fact]
    public void GroupNorm_AnyLayoutAndThreads_AgreesWithTheTextbook()
    {
        var random = new RandomSource(9);
        foreach ((int batch, int channels, int inner) in Shapes((64, 8, 160), (3, 4, 20_001)))
        {
            Check<float>(new GroupLayout(batch, 1 + random.Next(3), channels, inner));
            Check<double>(new GroupLayout(batch, 1 + random.Next(3), channels, inner));
        }

        static void Check<T>(GroupLayout layout) where T : unmanaged, IFloatingPointIeee754<T>
        {
            int groups = layout.Batch * layout.Groups, count = groups * layout.Length, channels = layout.Channels;
            var random = new RandomSource(count);
            T[] x = Numbers.Uniform<T>(random, count, 2, 4), dy = Numbers.Uniform<T>(random, count), gamma = Numbers.Uniform<T>(random, channels, 0.5, 1.5), beta = Numbers.Uniform<T>(random, channels);
            int Channel(int i) => i / layout.Inner % channels;
            int Group(int i) => i / layout.Length;
            var book = new Textbook(Numbers.Exact(x), Numbers.Exact(dy), Numbers.Exact(gamma), Numbers.Exact(beta), groups, Group, Channel);
            var plain = new Textbook(Numbers.Exact(x), Numbers.Exact(dy), [.. gamma.Select(_ => 1.0)], new double[channels], groups, Group, Channel);
            var bench = new Workbench($"group normalization of {layout}");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy), g = bench.Input(gamma), b = bench.Input(beta);
            double[] inverse = Array.ConvertAll(book.Variance, v => 1 / Math.Sqrt(v + Epsilon)), steep = Array.ConvertAll(inverse, i => 1 + 4 * i);
            (T[] y, double[] mean, double[] inverse1) = bench.Run<T, double, double>(count, groups, groups, (to, m, s) => GroupNormKernel.Forward<T>(from, to, g, b, m, s, Epsilon, layout));
            bench.AssertClose("y", book.Y, y, roundings: 8, i => steep[Group(i)] * steep[Group(i)]);
            bench.AssertClose("mean", book.Mean, Array.ConvertAll(mean, T.CreateChecked), roundings: 4);
            bench.AssertClose("inverse", inverse, Array.ConvertAll(inverse1, T.CreateChecked), roundings: 16, i => inverse[i] * steep[i]);

            Guarded<double> savedMean = bench.Input(book.Mean), savedInverse = bench.Input(inverse);
            (T[] dx, T[] dgamma, T[] dbeta) = bench.Run<T, T, T>(count, channels, channels, (to, toG, toB) => GroupNormKernel.Backward<T>(slopes, from, g, savedMean, savedInverse, to, toG, toB, layout));
            double root = Math.Sqrt((double)count / channels), steepest = steep.Max();
            bench.AssertClose("dx", book.Dx, dx, roundings: 16, i => steep[Group(i)] * steep[Group(i)]);
            bench.AssertClose("dgamma", book.Dgamma, dgamma, roundings: 16, root * steepest);
            bench.AssertClose("dbeta", book.Dbeta, dbeta, roundings: 16, root);
            T[] plainDx = bench.Run<T>(count, to => GroupNormKernel.Backward<T>(slopes, from, default, savedMean, savedInverse, to, default, default, layout));
            bench.AssertClose("plain dx", plain.Dx, plainDx, roundings: 16, i => steep[Group(i)] * steep[Group(i)]);
        }
    }
}
