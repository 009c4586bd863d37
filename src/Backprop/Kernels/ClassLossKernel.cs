using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>
/// Losses of class scores [outer, classes, inner], one loss for each position (outer, inner). A label of −1 leaves its position out. Weights are one for each
/// class, or none at all.
/// </summary>
internal static class ClassLossKernel
{
    /// <summary>Σ weight[label] over the positions that count: the divisor of the mean.</summary>
    public static double TotalWeight<T>(ReadOnlySpan<int> labels, ReadOnlySpan<T> weights) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double sum = 0;
        foreach (int label in labels) sum += label < 0 ? 0 : weights.IsEmpty ? 1 : double.CreateTruncating(weights[label]);
        return sum;
    }

    /// <summary><c>loss ← −weight[label] · x[label]</c>, x being log-probabilities.</summary>
    [MethodImpl(Compile.Once)]
    public static void Nll<T>(ReadOnlySpan<T> x, ReadOnlySpan<int> labels, ReadOnlySpan<T> weights, Span<T> loss, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int start = 0, i = 0; i < labels.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                int label = labels[i];
                loss[i] = label < 0 ? T.Zero : -Weight(weights, label) * x[column + label * inner];
            }
        }
    }

    /// <summary><c>dx[label] ← −weight[label] · upstream</c>, zero elsewhere.</summary>
    [MethodImpl(Compile.Once)]
    public static void NllBackward<T>(ReadOnlySpan<int> labels, ReadOnlySpan<T> weights, ReadOnlySpan<T> upstream, Span<T> dx, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        dx.Clear();
        for (int start = 0, i = 0; i < labels.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                int label = labels[i];
                if (label >= 0) dx[column + label * inner] = -Weight(weights, label) * upstream[i];
            }
        }
    }

    /// <summary><c>loss ← weight[label] · (logSum − (x[label] − maximum))</c>; loss may be the span of logSum.</summary>
    [MethodImpl(Compile.Once)]
    public static void CrossEntropy<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> maximum, ReadOnlySpan<T> logSum, ReadOnlySpan<int> labels, ReadOnlySpan<T> weights, Span<T> loss, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int start = 0, i = 0; i < labels.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                int label = labels[i];
                loss[i] = label < 0 ? T.Zero : Weight(weights, label) * (logSum[i] - (x[column + label * inner] - maximum[i]));
            }
        }
    }

    /// <summary><c>dx ← scale · (softmax − onehot(label))</c>, where scale starts as the upstream gradient and becomes <c>weight[label] · upstream</c>, 0 where left out.</summary>
    [MethodImpl(Compile.Once)]
    public static void CrossEntropyBackward<T>(ReadOnlySpan<T> softmax, ReadOnlySpan<int> labels, ReadOnlySpan<T> weights, Span<T> scale, Span<T> dx, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < labels.Length; i++) scale[i] = labels[i] < 0 ? T.Zero : Weight(weights, labels[i]) * scale[i];
        MultiplyByPosition(softmax, scale, dx, classes, inner);
        for (int start = 0, i = 0; i < labels.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                int label = labels[i];
                if (label >= 0) dx[column + label * inner] -= scale[i];
                else for (int c = 0; c < classes; c++) dx[column + c * inner] = T.Zero; // also where the scores are not numbers
            }
        }
    }

    /// <summary><c>loss ← Σ target · (logSum − (x − maximum))</c> over the classes, nothing where the target is 0; loss may be the span of logSum.</summary>
    [MethodImpl(Compile.Once)]
    public static void SoftCrossEntropy<T>(
        ReadOnlySpan<T> x, ReadOnlySpan<T> maximum, ReadOnlySpan<T> logSum, ReadOnlySpan<T> target, Span<T> loss, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1)
        {
            for (int i = 0; i < loss.Length; i++) loss[i] = SoftCrossEntropy(x.Slice(i * classes, classes), target.Slice(i * classes, classes), maximum[i], logSum[i]);
            return;
        }
        for (int start = 0, i = 0; i < loss.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                T sum = T.Zero;
                for (int at = column; at < column + classes * inner; at += inner)
                {
                    if (target[at] != T.Zero) sum += target[at] * (logSum[i] - (x[at] - maximum[i]));
                }
                loss[i] = sum;
            }
        }
    }

    private static T SoftCrossEntropy<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> target, T maximum, T logSum) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Vector<T> sum = Vector<T>.Zero, max = new(maximum), log = new(logSum);
        for (int i = 0; i < x.Length; i += Vector<T>.Count) // the target is zero beyond the end
        {
            Vector<T> share = VectorMath.Load(target, i), loss = share * (log - (VectorMath.Load(x, i) - max));
            sum += Vector.ConditionalSelect(Vector.Equals(share, Vector<T>.Zero), Vector<T>.Zero, loss);
        }
        return Vector.Sum(sum);
    }

    /// <summary><c>dx ← upstream · (softmax · Σ target − target)</c>.</summary>
    [MethodImpl(Compile.Once)]
    public static void SoftCrossEntropyBackward<T>(ReadOnlySpan<T> softmax, ReadOnlySpan<T> target, ReadOnlySpan<T> upstream, Span<T> dx, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1)
        {
            for (int i = 0; i < upstream.Length; i++)
            {
                ReadOnlySpan<T> share = target.Slice(i * classes, classes);
                Span<T> slope = dx.Slice(i * classes, classes);
                RowKernel.Multiply(softmax.Slice(i * classes, classes), upstream[i] * ReduceKernel.Elements<SumRule, T>(share), slope);
                TensorPrimitives.MultiplyAdd(share, -upstream[i], slope, slope);
            }
            return;
        }
        for (int start = 0, i = 0; i < upstream.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                T total = T.Zero;
                for (int at = column; at < column + classes * inner; at += inner) total += target[at];
                for (int at = column; at < column + classes * inner; at += inner) dx[at] = upstream[i] * (softmax[at] * total - target[at]);
            }
        }
    }

    /// <summary>Labels as a distribution: <c>target ← weight ⊙ ((1 − smoothing) · onehot(label) + smoothing / classes)</c>, zero where left out.</summary>
    public static void Smooth<T>(ReadOnlySpan<int> labels, ReadOnlySpan<T> weights, T smoothing, Span<T> target, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T share = smoothing / T.CreateChecked(classes);
        if (inner == 1 && weights.IsEmpty)
        {
            for (int i = 0; i < labels.Length; i++)
            {
                Span<T> row = target.Slice(i * classes, classes);
                row.Fill(labels[i] < 0 ? T.Zero : share);
                if (labels[i] >= 0) row[labels[i]] = T.One - smoothing + share;
            }
            return;
        }
        for (int start = 0, i = 0; i < labels.Length; start += classes * inner)
        {
            for (int column = start; column < start + inner; column++, i++)
            {
                int label = labels[i];
                for (int c = 0; c < classes; c++) target[column + c * inner] = label < 0 ? T.Zero : Weight(weights, c) * (c == label ? T.One - smoothing + share : share);
            }
        }
    }

    /// <summary>Probabilities, smoothed and weighted: <c>target ← weight ⊙ ((1 − smoothing) · probability + smoothing / classes)</c>.</summary>
    public static void Smooth<T>(ReadOnlySpan<T> probabilities, ReadOnlySpan<T> weights, T smoothing, Span<T> target, int classes, int inner)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T share = smoothing / T.CreateChecked(classes);
        for (int at = 0; at < target.Length; at++) target[at] = Weight(weights, at / inner % classes) * ((T.One - smoothing) * probabilities[at] + share);
    }

    private static void MultiplyByPosition<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> scale, Span<T> y, int classes, int inner) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (inner == 1)
        {
            for (int i = 0; i < scale.Length; i++) RowKernel.Multiply(x.Slice(i * classes, classes), scale[i], y.Slice(i * classes, classes));
            return;
        }
        for (int row = 0; row < x.Length; row += inner)
        {
            int outer = row / (classes * inner);
            TensorPrimitives.Multiply(x.Slice(row, inner), scale.Slice(outer * inner, inner), y.Slice(row, inner));
        }
    }

    private static T Weight<T>(ReadOnlySpan<T> weights, int label) where T : unmanaged, IFloatingPointIeee754<T> => weights.IsEmpty ? T.One : weights[label];
}
