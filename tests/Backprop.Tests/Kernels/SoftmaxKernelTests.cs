using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

[Collection("Threads")]
public sealed class SoftmaxKernelTests
{
    private static readonly (int Outer, int Length, int Inner)[] s_shapes =
    [
        .. Numbers.Lengths.Where(n => n > 0).Select(n => (3, n, 1)), .. Numbers.Lengths.Where(n => n > 0).Select(n => (2, 3, n)), .. Numbers.Lengths.Select(n => (n, 5, 1)),
        (0, 3, 2), (1, 2048, 1), (2, 2049, 1), (1, 40_001, 1), (7000, 10, 1), (3, 3, 300), (200, 11, 33), // blocks of rows, blocks of columns, pieces
    ];

    private static IEnumerable<(int Outer, int Length, int Inner)> Shapes()
    {
        var random = new RandomSource(1);
        for (int i = 0; i < 200; i++) yield return (1 + random.Next(5), Numbers.Awkward(random, 67), random.Next(2) == 0 ? 1 : Numbers.Awkward(random, 37));
        foreach ((int, int, int) shape in s_shapes) yield return shape;
    }

    [Fact]
    public void AnySizesAndThreads_AgreeWithTheFormulas()
    {
        foreach ((int outer, int length, int inner) in Shapes())
        {
            Check<float>(outer, length, inner);
            Check<double>(outer, length, inner);
        }
    }

    private static void Check<T>(int outer, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var random = new RandomSource(outer + length + inner);
        int count = outer * length * inner, positions = outer * inner;
        T[] x = Numbers.Uniform<T>(random, count, -4, 4), dy = Numbers.Uniform<T>(random, count);
        double[] y = new double[count], logarithm = new double[count], maximum = new double[positions], logSum = new double[positions];
        for (int position = 0; position < positions; position++)
        {
            IEnumerable<int> axis = Axis(position, length, inner);
            double max = axis.Max(i => double.CreateChecked(x[i])), sum = axis.Sum(i => Math.Exp(double.CreateChecked(x[i]) - max));
            (maximum[position], logSum[position]) = (max, Math.Log(sum));
            foreach (int i in axis)
            {
                logarithm[i] = double.CreateChecked(x[i]) - max - Math.Log(sum);
                y[i] = Math.Exp(logarithm[i]);
            }
        }
        var bench = new Workbench($"softmax along [{outer}, {length}, {inner}]");
        Guarded<T> from = bench.Input(x), slopes = bench.Input(dy);

        // The exponent of up to 8 is rounded once or twice before it is raised, which makes 8 roundings or more of the result.
        (T[] softmax, T[] max1, T[] logSum1) = bench.Run<T, T, T>(count, positions, positions, (to, m, s) => SoftmaxKernel.Forward<T>(from, to, length, inner, m, s));
        bench.AssertClose("y", y, softmax, roundings: 24);
        bench.AssertClose("maximum", maximum, max1, roundings: 0);
        bench.AssertClose("log of the sum", logSum, logSum1, roundings: 8, scale: 8);
        bench.AssertClose("y alone", y, bench.Run<T>(count, to => SoftmaxKernel.Forward<T>(from, to, length, inner)), roundings: 24);
        T[] log = bench.Run<T>(count, to => SoftmaxKernel.LogForward<T>(from, to, length, inner));
        bench.AssertClose("log y", logarithm, log, roundings: 4, scale: 8);

        // The way back starts from the rounded values that forward has left.
        Guarded<T> savedY = bench.Input(softmax), savedLog = bench.Input(log);
        double[] dx = new double[count], dxOfLog = new double[count], dots = new double[count], sums = new double[count];
        for (int position = 0; position < positions; position++)
        {
            IEnumerable<int> axis = Axis(position, length, inner);
            double dot = axis.Sum(i => double.CreateChecked(softmax[i]) * double.CreateChecked(dy[i])), sum = axis.Sum(i => double.CreateChecked(dy[i]));
            foreach (int i in axis)
            {
                dx[i] = double.CreateChecked(softmax[i]) * (double.CreateChecked(dy[i]) - dot);
                dxOfLog[i] = double.CreateChecked(dy[i]) - Math.Exp(double.CreateChecked(log[i])) * sum;
            }
        }
        bench.AssertClose("dx", dx, bench.Run<T>(count, to => SoftmaxKernel.Backward<T>(savedY, slopes, to, length, inner)), roundings: 16, i => y[i]);
        bench.AssertClose("dx of the log", dxOfLog, bench.Run<T>(count, to => SoftmaxKernel.LogBackward<T>(savedLog, slopes, to, length, inner)), roundings: 16,
            i => 1 + y[i] * Math.Sqrt(length));
    }

    private static IEnumerable<int> Axis(int position, int length, int inner) =>
        Enumerable.Range(0, length).Select(i => (position / inner * length + i) * inner + position % inner);

    [Fact]
    public void Forward_ScoresFarApart_NeitherOverflowNorVanish()
    {
        for (int length = 2; length < 40; length++)
        {
            float[] x = new float[length], y = new float[length];
            x.AsSpan().Fill(-1e30f);
            x[length / 2] = 3e38f;
            SoftmaxKernel.Forward<float>(x, y, length, 1);
            for (int i = 0; i < length; i++) Assert.Equal(i == length / 2 ? 1 : 0, y[i]);
            SoftmaxKernel.LogForward<float>(x, y, length, 1);
            Assert.Equal(0, y[length / 2]);
        }
    }

    [Fact]
    public void Forward_ScoresOfMinusInfinity_AreImpossible()
    {
        for (int length = 2; length < 40; length++)
        {
            double[] y = new double[length];
            float[] x = new float[length], softmax = new float[length], columns = new float[length];
            x.AsSpan().Fill(float.NegativeInfinity);
            (x[0], x[length / 2], y[0], y[length / 2]) = (1, 1, 0.5, 0.5);
            SoftmaxKernel.Forward<float>(x, softmax, length, 1);
            Assert.Equal(y, Numbers.Exact(softmax));
            SoftmaxKernel.LogForward<float>(x, columns, length, 1);
            for (int i = 0; i < length; i++) Assert.Equal(y[i] == 0 ? float.NegativeInfinity : -0.6931472f, columns[i], 1e-7f);
        }
    }
}
