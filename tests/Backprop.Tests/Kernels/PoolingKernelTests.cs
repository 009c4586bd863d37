using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class PoolingKernelTests
{
    /// <summary>The sizes of a pooling whose last windows may reach beyond the end, or nothing where some window would see no element at all.</summary>
    private static PoolingShape? Shape(int planes, int height, int width, (int Kernel, int Stride, int Pad, int Dilation) rows, (int Kernel, int Stride, int Pad, int Dilation) columns, bool ceil)
    {
        (int outHeight, int outWidth) = (Out(height, rows), Out(width, columns));
        if (outHeight < 1 || outWidth < 1) return null;
        return new(planes, height, width, outHeight, outWidth, rows.Kernel, columns.Kernel, rows.Stride, columns.Stride, rows.Pad, columns.Pad, rows.Dilation, columns.Dilation);

        int Out(int length, (int Kernel, int Stride, int Pad, int Dilation) a)
        {
            int free = length + 2 * a.Pad - a.Dilation * (a.Kernel - 1) - 1, count = free < 0 ? 0 : (free + (ceil ? a.Stride - 1 : 0)) / a.Stride + 1;
            for (int i = 0; i < count; i++)
            {
                if (!Enumerable.Range(0, a.Kernel).Any(tap => i * a.Stride - a.Pad + tap * a.Dilation is var at && at >= 0 && at < length)) return i; // and those behind it neither
            }
            return count;
        }
    }

    private static IEnumerable<PoolingShape> Shapes()
    {
        var random = new RandomSource(1);
        (int, int, int, int) Axis() => (1 + random.Next(4), 1 + random.Next(4), random.Next(2), 1 + random.Next(3));
        for (int i = 0; i < 300; i++)
        {
            if (Shape(1 + random.Next(3), Numbers.Awkward(random, 19), Numbers.Awkward(random, 37), Axis(), Axis(), random.Next(2) == 0) is { } shape) yield return shape;
        }
        foreach (int n in Numbers.Lengths.Where(n => n is > 1 and < 70)) // the commonest, at even and odd sizes: planes one below the other, rows shorter than a vector
        {
            yield return Shape(3, 6, n, (2, 2, 0, 1), (2, 2, 0, 1), ceil: false)!.Value;
            yield return Shape(3, 7, n, (2, 2, 0, 1), (2, 2, 0, 1), ceil: false)!.Value;
            yield return Shape(2, n, 5, (2, 2, 0, 1), (2, 2, 0, 1), ceil: true)!.Value;
            yield return Shape(2, n, 18, (2, 2, 0, 1), (2, 2, 0, 1), ceil: false)!.Value;
        }
        yield return new(0, 4, 4, 2, 2, 2, 2, 2, 2);
        yield return Shape(130, 28, 28, (2, 2, 0, 1), (2, 2, 0, 1), ceil: false)!.Value; // pieces
        yield return Shape(70, 25, 31, (3, 2, 1, 1), (3, 2, 1, 1), ceil: false)!.Value;
        yield return Shape(2, 40, 40, (20, 5, 10, 1), (20, 5, 10, 1), ceil: false)!.Value; // more than 256 positions
    }

    [Fact]
    public void MaxPool_AnyShapeAndThreads_FindsTheFirstLargest_AndGoesBackThere()
    {
        int seed = 0;
        foreach (PoolingShape shape in Shapes())
        {
            seed++;
            if (shape.Taps <= 256)
            {
                Check<float, byte>(shape, seed, withNaN: seed % 5 == 0);
                Check<double, byte>(shape, seed, withNaN: seed % 5 == 0);
            }
            if (seed % 4 == 0 || shape.Taps > 256) Check<float, int>(shape, seed, withNaN: false);
        }

        static void Check<T, TIndex>(PoolingShape s, int seed, bool withNaN) where T : unmanaged, IFloatingPointIeee754<T> where TIndex : unmanaged, IBinaryInteger<TIndex>
        {
            var random = new RandomSource(seed);
            T[] x = seed % 2 == 0 ? Numbers.WithTies<T>(random, s.InputLength, withNaN) : Numbers.Uniform<T>(random, s.InputLength), dy = Numbers.Uniform<T>(random, s.OutputLength);
            var y = new T[s.OutputLength];
            var winners = new TIndex[s.OutputLength];
            var dx = new double[s.InputLength];
            for (int at = 0; at < y.Length; at++)
            {
                (int plane, int i, int j) = (at / s.OutPlaneLength, at % s.OutPlaneLength / s.OutWidth, at % s.OutWidth);
                int best = -1;
                for (int tap = 0; tap < s.Taps; tap++)
                {
                    int row = i * s.StrideHeight - s.PadHeight + tap / s.KernelWidth * s.DilationHeight, column = j * s.StrideWidth - s.PadWidth + tap % s.KernelWidth * s.DilationWidth;
                    if (row < 0 || row >= s.Height || column < 0 || column >= s.Width) continue;
                    int place = (plane * s.Height + row) * s.Width + column;
                    if (best >= 0 && !(x[place] > x[best]) && !T.IsNaN(x[place])) continue; // of several that are not numbers the last, as in PyTorch
                    (best, winners[at]) = (place, TIndex.CreateChecked(tap));
                }
                y[at] = x[best];
                dx[best] += double.CreateChecked(dy[at]);
            }
            var bench = new Workbench($"max pooling of {s}");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy);
            (T[] y1, TIndex[] winners1) = bench.Run<T, TIndex>(y.Length, y.Length, (to, w) => MaxPoolKernel.Forward<T, TIndex>(from, to, w, s));
            bench.AssertClose("y", Numbers.Exact(y), y1, roundings: 0);
            Assert.True(winners.AsSpan().SequenceEqual(winners1), $"winners of {s}: {string.Join(" ", winners1)}, expected {string.Join(" ", winners)}");
            bench.AssertClose("y alone", Numbers.Exact(y), bench.Run<T>(y.Length, to => MaxPoolKernel.Forward<T, TIndex>(from, to, default, s)), roundings: 0);
            Guarded<TIndex> saved = bench.Input(winners);
            T[] dx1 = bench.Run<T>(dx.Length, to => MaxPoolKernel.Backward<T, TIndex>(slopes, saved, to, s));
            bench.AssertClose("dx", dx, dx1, roundings: s.Taps, scale: 1); // an element may win in as many windows as there are positions
        }
    }

    [Fact]
    public void AveragePool_AnyWindowsAndThreads_IsTheMean_AndSpreadsItsGradient()
    {
        var random = new RandomSource(2);
        for (int i = 0; i < 300; i++)
        {
            (int planes, int height, int width) = (random.Next(4), Numbers.Awkward(random, 19), Numbers.Awkward(random, 67));
            PoolingWindow[] rows = Windows(height), columns = Windows(width);
            Check<float>(planes, height, width, rows, columns);
            Check<double>(planes, height, width, rows, columns);
        }
        foreach (int n in Numbers.Lengths.Where(n => n > 0)) Check<float>(2, 3, n, [new(0, 3, 3)], [new(0, n, n)]); // the whole plane
        Check<float>(2, 301, 233, [new(0, 301, 301)], [new(0, 233, 233)]);
        Check<float>(130, 28, 28, Windows(28), Windows(28));

        PoolingWindow[] Windows(int length) =>
        [
            .. Enumerable.Range(0, 1 + random.Next(length)).Select(_ =>
            {
                int start = random.Next(length), end = start + 1 + random.Next(length - start);
                return new PoolingWindow(start, end, end - start + random.Next(2));
            }),
        ];

        static void Check<T>(int planes, int height, int width, PoolingWindow[] rows, PoolingWindow[] columns) where T : unmanaged, IFloatingPointIeee754<T>
        {
            var seeds = new RandomSource(height * width);
            int plane = height * width, outPlane = rows.Length * columns.Length;
            T[] x = Numbers.Uniform<T>(seeds, planes * plane), dy = Numbers.Uniform<T>(seeds, planes * outPlane);
            var y = new double[dy.Length];
            var dx = new Numbers.Sum[x.Length];
            for (int at = 0; at < y.Length; at++)
            {
                (int p, PoolingWindow row, PoolingWindow column) = (at / outPlane, rows[at % outPlane / columns.Length], columns[at % columns.Length]);
                double count = row.Divisor * column.Divisor;
                Numbers.Sum sum = default;
                for (int r = row.Start; r < row.End; r++)
                {
                    for (int c = column.Start; c < column.End; c++)
                    {
                        sum.Add(double.CreateChecked(x[p * plane + r * width + c]));
                        dx[p * plane + r * width + c].Add(double.CreateChecked(dy[at]) / count);
                    }
                }
                y[at] = sum.Value / count;
            }
            var bench = new Workbench($"average pooling of {planes} planes {height} × {width} to {rows.Length} × {columns.Length}");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(dy);
            bench.AssertClose("y", y, bench.Run<T>(y.Length, to => AveragePoolKernel.Forward<T>(from, to, rows, columns, height, width)), roundings: 16, scale: 1);
            bench.AssertClose("dx", Array.ConvertAll(dx, sum => sum.Value), bench.Run<T>(x.Length, to => AveragePoolKernel.Backward<T>(slopes, to, rows, columns, height, width)),
                roundings: 16, scale: Math.Sqrt(outPlane));
        }
    }
}
