using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>Softmax along the middle axis of [outer, length, inner], its logarithm, and the gradients of both.</summary>
/// <remarks>The maximum is subtracted before the exponential, so nothing overflows. Where the axis is the last, inner is 1 and rows are contiguous.</remarks>
internal static class SoftmaxKernel
{
    private const int PieceLength = 2048; // elements of a piece: many short rows in one call of Exp, all of it in the first cache, some microseconds
    private const int BlockColumns = 256;

    /// <summary><c>y ← exp(x − maximum) / Σ exp(x − maximum)</c>. Also writes the maximum of each position and the logarithm of its sum, where room is given.</summary>
    public static void Forward<T>(ReadOnlySpan<T> x, Span<T> y, int length, int inner, Span<T> maximum = default, Span<T> logSum = default)
        where T : unmanaged, IFloatingPointIeee754<T> => Share<ForwardPass, T>(x, default, y, length, inner, maximum, logSum);

    /// <summary><c>dx ← y ⊙ (dy − Σ dy ⊙ y)</c>, the sum along the axis.</summary>
    public static void Backward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T> =>
        Share<BackwardPass, T>(y, dy, dx, length, inner);

    /// <summary><c>y ← (x − maximum) − log Σ exp(x − maximum)</c>.</summary>
    public static void LogForward<T>(ReadOnlySpan<T> x, Span<T> y, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T> =>
        Share<LogForwardPass, T>(x, default, y, length, inner);

    /// <summary><c>dx ← dy − exp(y) · Σ dy</c>, the sum along the axis.</summary>
    public static void LogBackward<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T> =>
        Share<LogBackwardPass, T>(y, dy, dx, length, inner);

    private static void Share<TPass, T>(
        ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum = default, Span<T> logSum = default)
        where TPass : IPass where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (a.IsEmpty) return;
        var job = new Job<TPass, T> { A = a, B = b, Result = result, Length = length, Inner = inner, Maximum = maximum, LogSum = logSum };
        WorkerPool.Run(ref job, job.Pieces.Parts);
    }

    /// <summary>One of the four functions, on some of the outer axis.</summary>
    private interface IPass
    {
        static abstract void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum, Span<T> logSum)
            where T : unmanaged, IFloatingPointIeee754<T>;
    }

    private ref struct Job<TPass, T> : IPieceJob where TPass : IPass where T : unmanaged, IFloatingPointIeee754<T>
    {
        public ReadOnlySpan<T> A, B;
        public Span<T> Result, Maximum, LogSum;
        public int Length, Inner;

        public readonly EvenSplit Pieces => new(A.Length / (Length * Inner), Math.Max(1, PieceLength / (Length * Inner)));

        public readonly void Run(int piece)
        {
            EvenSplit pieces = Pieces;
            (int first, int count, int slab) = (pieces.Start(piece), pieces.Length(piece), Length * Inner);
            TPass.Run(A.Slice(first * slab, count * slab), B.IsEmpty ? B : B.Slice(first * slab, count * slab), Result.Slice(first * slab, count * slab), Length, Inner,
                Maximum.IsEmpty ? Maximum : Maximum.Slice(first * Inner, count * Inner), LogSum.IsEmpty ? LogSum : LogSum.Slice(first * Inner, count * Inner));
        }
    }

    private readonly struct ForwardPass : IPass
    {
        public static void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum, Span<T> logSum)
            where T : unmanaged, IFloatingPointIeee754<T>
        {
            if (inner == 1) ForwardRows(a, result, length, maximum, logSum);
            else ForwardColumns(a, result, length, inner, maximum, logSum);
        }
    }

    private readonly struct BackwardPass : IPass
    {
        public static void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum, Span<T> logSum)
            where T : unmanaged, IFloatingPointIeee754<T> => Pull(a, b, result, length, inner);
    }

    private readonly struct LogForwardPass : IPass
    {
        public static void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum, Span<T> logSum)
            where T : unmanaged, IFloatingPointIeee754<T> => Logarithm(a, result, length, inner);
    }

    private readonly struct LogBackwardPass : IPass
    {
        public static void Run<T>(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> result, int length, int inner, Span<T> maximum, Span<T> logSum)
            where T : unmanaged, IFloatingPointIeee754<T> => PullLogarithm(a, b, result, length, inner);
    }

    [MethodImpl(Compile.Once)]
    private static void ForwardRows<T>(ReadOnlySpan<T> x, Span<T> y, int length, Span<T> maximum, Span<T> logSum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int rows = x.Length / length;
        for (int row = 0; row < rows; row++)
        {
            ReadOnlySpan<T> values = x.Slice(row * length, length);
            T max = ReduceKernel.Elements<MaxRule, T>(values);
            RowKernel.Add(values, -max, y.Slice(row * length, length));
            if (!maximum.IsEmpty) maximum[row] = max;
        }
        Exp(y, y);
        for (int row = 0; row < rows; row++)
        {
            Span<T> values = y.Slice(row * length, length);
            T sum = ReduceKernel.Elements<SumRule, T>(values);
            RowKernel.Multiply(values, T.One / sum, values);
            if (!logSum.IsEmpty) logSum[row] = T.Log(sum);
        }
    }

    [MethodImpl(Compile.Once)]
    private static void ForwardColumns<T>(ReadOnlySpan<T> x, Span<T> y, int length, int inner, Span<T> maximum, Span<T> logSum)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> maxima = stackalloc T[BlockColumns], sums = stackalloc T[BlockColumns];
        int slab = length * inner;
        for (int outer = 0; outer < x.Length / slab; outer++)
        {
            for (int column = 0; column < inner; column += BlockColumns)
            {
                int start = outer * slab + column, width = Math.Min(BlockColumns, inner - column);
                Span<T> max = maxima[..width], sum = sums[..width];
                Maxima(x, max, start, length, inner);
                sum.Clear();
                for (int i = 0; i < length; i++)
                {
                    Span<T> values = y.Slice(start + i * inner, width);
                    TensorPrimitives.Subtract(x.Slice(start + i * inner, width), max, values);
                    Exp(values, values);
                    TensorPrimitives.Add(sum, values, sum);
                }
                if (!maximum.IsEmpty) max.CopyTo(maximum[(outer * inner + column)..]);
                if (!logSum.IsEmpty) TensorPrimitives.Log(sum, logSum.Slice(outer * inner + column, width));
                for (int i = 0; i < length; i++)
                {
                    Span<T> values = y.Slice(start + i * inner, width);
                    TensorPrimitives.Divide(values, sum, values);
                }
            }
        }
    }

    [MethodImpl(Compile.Once)]
    private static void Pull<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1)
        {
            for (int start = 0; start < y.Length; start += length)
            {
                ReadOnlySpan<T> yRow = y.Slice(start, length), dyRow = dy.Slice(start, length);
                TensorPrimitives.AddMultiply(dyRow, -TensorPrimitives.Dot(yRow, dyRow), yRow, dx.Slice(start, length));
            }
            return;
        }
        Span<T> dots = stackalloc T[BlockColumns];
        int slab = length * inner;
        for (int outer = 0; outer < y.Length / slab; outer++)
        {
            for (int column = 0; column < inner; column += BlockColumns)
            {
                int start = outer * slab + column, width = Math.Min(BlockColumns, inner - column);
                Span<T> dot = dots[..width];
                dot.Clear();
                for (int i = start; i < start + slab - column; i += inner) TensorPrimitives.MultiplyAdd(y.Slice(i, width), dy.Slice(i, width), dot, dot);
                TensorPrimitives.Negate(dot, dot);
                for (int i = start; i < start + slab - column; i += inner) TensorPrimitives.AddMultiply(dy.Slice(i, width), dot, y.Slice(i, width), dx.Slice(i, width));
            }
        }
    }

    [MethodImpl(Compile.Once)]
    private static void Logarithm<T>(ReadOnlySpan<T> x, Span<T> y, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> exponentials = stackalloc T[BlockColumns];
        if (inner == 1)
        {
            for (int start = 0; start < x.Length; start += length)
            {
                ReadOnlySpan<T> row = x.Slice(start, length);
                Span<T> values = y.Slice(start, length);
                RowKernel.Add(row, -ReduceKernel.Elements<MaxRule, T>(row), values);
                T sum = T.Zero;
                for (int i = 0; i < length; i += BlockColumns)
                {
                    Span<T> part = exponentials[..Math.Min(BlockColumns, length - i)];
                    Exp(values.Slice(i, part.Length), part);
                    sum += ReduceKernel.Elements<SumRule, T>(part);
                }
                RowKernel.Add(values, -T.Log(sum), values);
            }
            return;
        }
        Span<T> maxima = stackalloc T[BlockColumns], sums = stackalloc T[BlockColumns];
        int slab = length * inner;
        for (int outer = 0; outer < x.Length / slab; outer++)
        {
            for (int column = 0; column < inner; column += BlockColumns)
            {
                int start = outer * slab + column, width = Math.Min(BlockColumns, inner - column);
                Span<T> max = maxima[..width], sum = sums[..width], part = exponentials[..width];
                Maxima(x, max, start, length, inner);
                sum.Clear();
                for (int i = 0; i < length; i++)
                {
                    Span<T> values = y.Slice(start + i * inner, width);
                    TensorPrimitives.Subtract(x.Slice(start + i * inner, width), max, values);
                    Exp(values, part);
                    TensorPrimitives.Add(sum, part, sum);
                }
                TensorPrimitives.Log(sum, sum);
                for (int i = 0; i < length; i++)
                {
                    Span<T> values = y.Slice(start + i * inner, width);
                    TensorPrimitives.Subtract(values, sum, values);
                }
            }
        }
    }

    [MethodImpl(Compile.Once)]
    private static void PullLogarithm<T>(ReadOnlySpan<T> y, ReadOnlySpan<T> dy, Span<T> dx, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1)
        {
            for (int start = 0; start < y.Length; start += length)
            {
                ReadOnlySpan<T> dyRow = dy.Slice(start, length);
                Span<T> dxRow = dx.Slice(start, length);
                Exp(y.Slice(start, length), dxRow);
                TensorPrimitives.MultiplyAdd(dxRow, -ReduceKernel.Elements<SumRule, T>(dyRow), dyRow, dxRow);
            }
            return;
        }
        Span<T> sums = stackalloc T[BlockColumns];
        int slab = length * inner;
        for (int outer = 0; outer < y.Length / slab; outer++)
        {
            for (int column = 0; column < inner; column += BlockColumns)
            {
                int start = outer * slab + column, width = Math.Min(BlockColumns, inner - column);
                Span<T> sum = sums[..width];
                sum.Clear();
                for (int i = start; i < start + slab - column; i += inner) TensorPrimitives.Subtract(sum, dy.Slice(i, width), sum);
                for (int i = start; i < start + slab - column; i += inner)
                {
                    Span<T> values = dx.Slice(i, width);
                    Exp(y.Slice(i, width), values);
                    TensorPrimitives.MultiplyAdd(values, sum, dy.Slice(i, width), values);
                }
            }
        }
    }

    /// <summary><c>y ← exp(x)</c>, and exp(0) is 1: that of TensorPrimitives in float32 is one unit more.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void Exp<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) VectorMath.Exp(Vector.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        if (i < x.Length) VectorMath.Store(VectorMath.Exp(VectorMath.Load(x, i)), y, i);
    }

    private static void Maxima<T>(ReadOnlySpan<T> x, Span<T> max, int start, int length, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        x.Slice(start, max.Length).CopyTo(max);
        for (int i = 1; i < length; i++) TensorPrimitives.Max(max, x.Slice(start + i * inner, max.Length), max);
    }
}
