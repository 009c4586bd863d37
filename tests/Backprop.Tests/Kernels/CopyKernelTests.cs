using System.Numerics;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>Kernels that move elements: strided views, slices by number, rows, planes, other types.</summary>
[Collection("Threads")]
public sealed class CopyKernelTests
{
    /// <summary>A dense array and a view of it: axes permuted, cut, run through backwards, in steps, and repeated where that is allowed.</summary>
    private sealed record View(int Count, int Offset, int[] Lengths, int[] Strides)
    {
        public static View Random(RandomSource random, bool mayRepeat)
        {
            int rank = random.Next(5);
            int[] dense = new int[rank], lengths = new int[rank], strides = new int[rank], order = [.. Enumerable.Range(0, rank)];
            for (int axis = 0; axis < rank; axis++) dense[axis] = Numbers.Awkward(random, rank < 3 ? 67 : 9);
            StridedKernel.DenseStrides(dense, strides);
            int offset = 0;
            for (int axis = 0; axis < rank; axis++)
            {
                int step = 1 + random.Next(3), start = random.Next(dense[axis]);
                if (random.Next(2) == 0) (step, start) = (1, 0);
                lengths[axis] = (dense[axis] - 1 - start) / step + 1;
                offset += start * strides[axis];
                strides[axis] *= step;
                switch (random.Next(6))
                {
                    case 0: // backwards
                        offset += (lengths[axis] - 1) * strides[axis];
                        strides[axis] = -strides[axis];
                        break;
                    case 1 when mayRepeat:
                        (lengths[axis], strides[axis]) = (Numbers.Awkward(random, 17), 0);
                        break;
                }
            }
            random.Shuffle<int>(order);
            return new(dense.Aggregate(1, (a, b) => a * b), offset, [.. order.Select(axis => lengths[axis])], [.. order.Select(axis => strides[axis])]);
        }

        public int[] Places()
        {
            var places = new int[Lengths.Aggregate(1, (a, b) => a * b)];
            for (int i = 0; i < places.Length; i++)
            {
                places[i] = Offset;
                for (int axis = Lengths.Length - 1, rest = i; axis >= 0; axis--)
                {
                    (rest, int index) = Math.DivRem(rest, Lengths[axis]);
                    places[i] += index * Strides[axis];
                }
            }
            return places;
        }

        public override string ToString() => $"a view of {Count}: from {Offset}, lengths {string.Join(", ", Lengths)}, strides {string.Join(", ", Strides)}";
    }

    [Fact]
    public void Strided_AnyView_ReadsAndWritesElementByElement()
    {
        var random = new RandomSource(1);
        for (int i = 0; i < 500; i++)
        {
            Check<float>(View.Random(random, mayRepeat: true), writes: false);
            Check<byte>(View.Random(random, mayRepeat: true), writes: false);
            Check<float>(View.Random(random, mayRepeat: false), writes: true);
            Check<double>(View.Random(random, mayRepeat: false), writes: true);
            Check<int>(View.Random(random, mayRepeat: false), writes: true);
        }
        Check<float>(new View(600 * 130, 0, [130, 600], [1, 130]), writes: true); // transposed in tiles
        Check<float>(new View(6, 2, [0, 3], [3, 1]), writes: true);

        static void Check<T>(View view, bool writes) where T : unmanaged, INumber<T>
        {
            int[] places = view.Places();
            T[] array = [.. Enumerable.Range(0, view.Count).Select(i => T.CreateTruncating(1 + i % 120))];
            T[] dense = Array.ConvertAll(places, place => array[place]);
            var bench = new Workbench($"{view} of {typeof(T).Name}");
            Guarded<T> from = bench.Input(array), back = bench.Input(dense);
            Assert.Equal(dense, bench.Run<T>(places.Length, to => StridedKernel.Read<T>(from, new StridedView(view.Offset, view.Lengths, view.Strides), to)));
            if (!writes) return;

            var written = new T[view.Count]; // what the view does not show has to stay
            foreach (int place in places) written[place] = array[place];
            Assert.Equal(written, bench.Run<T>(new T[view.Count], to => StridedKernel.Write<T>(back, to, new StridedView(view.Offset, view.Lengths, view.Strides))));
        }
    }

    [Fact]
    public void DenseStrides_AreTheProductsOfTheLengthsBehind()
    {
        int[] strides = new int[3];
        StridedKernel.DenseStrides([4, 3, 5], strides);
        Assert.Equal([15, 5, 1], strides);
        StridedKernel.DenseStrides([], []);
    }

    [Fact]
    public void Index_AnySizes_ReadsSlicesAndAddsThemUp()
    {
        var random = new RandomSource(2);
        for (int i = 0; i < 300; i++)
        {
            (int outer, int n, int inner) = (random.Next(4), 1 + random.Next(9), i % 3 == 0 ? 1 : Numbers.Awkward(random, 67));
            int[] index = [.. Enumerable.Range(0, random.Next(12)).Select(_ => random.Next(n))];
            Check<float>(random, index, outer, n, inner);
            Check<double>(random, index, outer, n, inner);
        }

        static void Check<T>(RandomSource random, int[] index, int outer, int n, int inner) where T : unmanaged, IFloatingPointIeee754<T>
        {
            T[] x = Numbers.Uniform<T>(random, outer * n * inner), y = new T[outer * index.Length * inner];
            int Place(int at) => (at / (index.Length * inner) * n + index[at / inner % index.Length]) * inner + at % inner;
            for (int at = 0; at < y.Length; at++) y[at] = x[Place(at)];
            var bench = new Workbench($"{index.Length} slices of [{outer}, {n}, {inner}]");
            Guarded<T> from = bench.Input(x), slopes = bench.Input(y);
            Guarded<int> numbers = bench.Input(index);
            Assert.Equal(y, bench.Run<T>(y.Length, to => IndexKernel.Read<T>(from, numbers, to, outer, n, inner)));

            T[] dx = [.. x];
            for (int at = 0; at < y.Length; at++) dx[Place(at)] += y[at];
            Assert.Equal(dx, bench.Run<T>(x, to => IndexKernel.Add<T>(slopes, numbers, to, outer, n, inner)));
        }
    }

    [Fact]
    public void RowsAndPlanes_AnyLength_GetTheirAddendOrFactor()
    {
        foreach (int length in Numbers.Lengths.Where(n => n > 0))
        {
            var random = new RandomSource(length);
            float[] row = Numbers.Uniform<float>(random, length), y = Numbers.Uniform<float>(random, 2 * 3 * length), addend = Numbers.Uniform<float>(random, 3);
            var bench = new Workbench($"rows and planes of {length}");
            Guarded<float> from = bench.Input(row), add = bench.Input(addend);
            Assert.Equal([.. row, .. row, .. row], bench.Run<float>(3 * length, to => RowKernel.Repeat<float>(from, to)));
            Assert.Equal(row.Select(value => value + addend[0]), bench.Run<float>(length, to => RowKernel.Add(from, addend[0], to)));
            Assert.Equal(row.Select(value => value * addend[1]), bench.Run<float>(length, to => RowKernel.Multiply(from, addend[1], to)));
            Assert.Equal(y.Select((value, i) => value + addend[i / length % 3]), bench.Run<float>(y, to => PlaneKernel.AddToEach<float>(add, to, length)));
        }
    }

    [Fact]
    public void Cast_AnyLengthAndTypes_CutsFractionsAndStopsAtLimits()
    {
        double[] values =
        [
            0, 1, -1, 0.5, -0.5, 2.999, -2.999, 127, 255.5, -128.5, 1e-40, 65535, 16777217, 2147483520, 2147483647, 2147483648, -2147483648, -2147483904, 3e9, -3e9,
            1e15, -1e15, 9007199254740993, 9.2e18, 1e19, -1e19, 1e30, -1e30, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.NegativeZero,
        ];
        foreach (int length in Numbers.Lengths)
        {
            double[] some = [.. Enumerable.Range(0, length).Select(i => values[(i * 7 + length) % values.Length])];
            All(Array.ConvertAll(some, x => (float)x));
            All(some);
            All(Array.ConvertAll(some, int.CreateSaturating));
            All(Array.ConvertAll(some, long.CreateSaturating));
            Each(Array.ConvertAll(some, x => x is > 0), b => b ? 1 : 0, b => b ? 1 : 0, b => b ? 1 : 0L, b => b ? 1.0 : 0, b => b);
        }

        static void All<TFrom>(TFrom[] x) where TFrom : unmanaged, INumber<TFrom> =>
            Each(x, float.CreateTruncating, int.CreateSaturating, long.CreateSaturating, double.CreateTruncating, value => !TFrom.IsZero(value));

        static void Each<TFrom>(TFrom[] x, Converter<TFrom, float> single, Converter<TFrom, int> int32, Converter<TFrom, long> int64, Converter<TFrom, double> number, Converter<TFrom, bool> boolean)
            where TFrom : unmanaged
        {
            One(x, single);
            One(x, int32);
            One(x, int64);
            One(x, number);
            One(x, boolean);
        }

        static void One<TFrom, TTo>(TFrom[] x, Converter<TFrom, TTo> convert) where TFrom : unmanaged where TTo : unmanaged
        {
            var bench = new Workbench($"{typeof(TFrom).Name} to {typeof(TTo).Name}");
            Guarded<TFrom> from = bench.Input(x);
            TTo[] y = bench.Run<TTo>(x.Length, to => CastKernel.Run<TFrom, TTo>(from, to));
            for (int i = 0; i < x.Length; i++) Assert.True(convert(x[i]).Equals(y[i]), $"{typeof(TFrom).Name} {x[i]} becomes {typeof(TTo).Name} {y[i]}, expected {convert(x[i])}, element {i} of {x.Length}");
        }
    }

    [Fact]
    public void Bytes_AnyLength_AreScaledAsIfRoundedOnce()
    {
        foreach (int length in Numbers.Lengths)
        {
            byte[] x = [.. Enumerable.Range(0, length).Select(i => (byte)(i * 37 + length))];
            var bench = new Workbench($"{length} bytes");
            Guarded<byte> from = bench.Input(x);
            ByteKernel.Prefetch(from);
            Assert.Equal(x.Select(value => (float)(value / 255.0)), bench.Run<float>(length, to => ByteKernel.Scale(from, to, 1.0 / 255, 0)));
            double scale = 1 / (255 * 0.3081), shift = -0.1307 / 0.3081; // MNIST's usual standardization
            bench.AssertClose("standardized", [.. x.Select(value => value * scale + shift)], bench.Run<float>(length, to => ByteKernel.Scale(from, to, scale, shift)), roundings: 1, scale: 0.5);
        }
    }
}
