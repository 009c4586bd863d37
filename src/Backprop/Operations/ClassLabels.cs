using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

/// <summary>Class numbers given as labels: checked against the scores they belong to, and brought into the form that kernels take.</summary>
internal static class ClassLabels
{
    /// <summary>The axis of <paramref name="scores"/> that counts the classes: 1, or 0 where there is no batch.</summary>
    public static int ClassAxis(Shape scores, string operation)
    {
        if (scores.Rank == 0) ShapeException.Throw(operation, "a single number is no score of classes", "scores [n, classes] or [n, classes, positions...]", ("scores", scores));
        return scores.Rank == 1 ? 0 : 1;
    }

    /// <summary>The shape that labels must have: that of the scores without the axis of the classes.</summary>
    public static Shape PositionsOf(Shape scores, int axis) => axis == 0 ? Shape.Scalar : scores[..1].Concat(scores[2..]);

    /// <summary>The labels as Int32, each in [0, classes), or −1 where they are <paramref name="ignoreIndex"/>.</summary>
    [MethodImpl(Compile.Once)]
    public static Tensor Prepare(Tensor labels, Shape scores, int ignoreIndex, string operation)
    {
        int axis = ClassAxis(scores, operation);
        if (!labels.DType.IsInteger) ThrowNotIntegers(labels, scores, operation);
        if (labels.Shape != PositionsOf(scores, axis)) ThrowShape(labels, scores, axis, operation);
        Tensor prepared = Tensor.Uninitialized<int>(labels.Shape);
        if (labels.DType == DType.Int32) Prepare<int>(labels, prepared.AsSpan<int>(), scores, scores[axis], ignoreIndex, operation);
        else Prepare<long>(labels, prepared.AsSpan<int>(), scores, scores[axis], ignoreIndex, operation);
        return prepared;
    }

    private static void Prepare<TLabel>(Tensor labels, Span<int> prepared, Shape scores, int classes, int ignoreIndex, string operation)
        where TLabel : unmanaged, IBinaryInteger<TLabel>
    {
        ReadOnlySpan<TLabel> given = labels.AsSpan<TLabel>();
        for (int i = 0; i < given.Length; i++)
        {
            long label = long.CreateTruncating(given[i]);
            if (label == ignoreIndex) prepared[i] = -1;
            else if ((ulong)label < (ulong)classes) prepared[i] = (int)label;
            else ThrowRange(label, i, labels.Shape, scores, classes, ignoreIndex, operation);
        }
    }

    /// <summary>The index on each axis of the element at a row-major position, for messages.</summary>
    public static string Index(int position, Shape shape)
    {
        int[] index = new int[shape.Rank];
        for (int axis = shape.Rank - 1; axis >= 0; axis--) (position, index[axis]) = Math.DivRem(position, shape[axis]);
        return $"[{string.Join(", ", index)}]";
    }

    [DoesNotReturn]
    private static void ThrowRange(long label, int position, Shape labels, Shape scores, int classes, int ignoreIndex, string operation)
    {
        string remedy = label == classes ? "if labels count from 1, subtract 1; otherwise the model needs one output more"
            : label > classes ? "the model has too few outputs, or these are not its labels"
            : $"positions to leave out are marked {ignoreIndex} (ignoreIndex)";
        throw new ArgumentOutOfRangeException(nameof(labels), string.Join(Environment.NewLine,
            $"{operation}: label {label} at {Index(position, labels)} names no class.",
            $"  scores {scores}: {classes} classes",
            $"  needs  labels from 0 to {classes - 1}; {remedy}"));
    }

    [DoesNotReturn]
    private static void ThrowNotIntegers(Tensor labels, Shape scores, string operation) => throw new ArgumentException(string.Join(Environment.NewLine,
        $"{operation}: the labels are {labels.DType}, not integers.",
        $"  scores {scores}",
        $"  labels {labels.DType} {labels.Shape}",
        "  needs  class numbers as Int32 or Int64: convert them with To(DType.Int64)"));

    [DoesNotReturn]
    private static void ThrowShape(Tensor labels, Shape scores, int axis, string operation)
    {
        Shape needed = PositionsOf(scores, axis);
        string problem = labels.Shape == scores ? "these labels look one-hot, and class numbers are due" : "the labels do not fit the scores";
        string remedy = labels.Shape == scores ? "; take ArgMax(1) of them, or give probabilities with To(DType.Float32)"
            : labels.ElementCount == needed.ElementCount ? $"; Reshape({needed}) makes them so"
            : "; one class number for each row of scores";
        ShapeException.Throw(operation, problem, $"labels {needed}{remedy}", ("scores", scores), ("labels", labels.Shape));
    }
}
