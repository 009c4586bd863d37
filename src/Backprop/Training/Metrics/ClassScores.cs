using System.Numerics;

namespace Backprop;

/// <summary>Scores of classes and the true class of each, checked, as the classification metrics read them.</summary>
internal readonly struct ClassScores
{
    private readonly Tensor _scores, _target;

    private ClassScores(Tensor scores, Tensor target) => (_scores, _target) = (scores, target);

    public int Count => _scores.Shape[0];

    public int Classes => _scores.Shape[1];

    public static ClassScores Of(Tensor scores, Tensor target, string metric)
    {
        if (scores.Rank != 2 || scores.Shape[1] == 0 || !scores.DType.IsFloatingPoint)
        {
            ShapeException.Throw(metric, $"these predictions ({scores.DType}) are no scores of classes", "floating-point scores [n, classes]", ("scores", scores.Shape), ("target", target.Shape));
        }
        bool fits = target.DType.IsInteger ? target.Rank == 1 && target.Shape[0] == scores.Shape[0] : target.DType.IsFloatingPoint && target.Shape == scores.Shape;
        if (!fits)
        {
            ShapeException.Throw(metric, $"these targets ({target.DType}) do not fit the scores", "class numbers [n] as Int32 or Int64, or probabilities of the scores' shape",
                ("scores", scores.Shape), ("target", target.Shape));
        }
        return new ClassScores(scores, target);
    }

    /// <summary>In how many rows the true class is among the k greatest scores, and how many rows there are.</summary>
    public (double Sum, int Count) CountInTop(int k) => (_scores.DType == DType.Float32 ? CountInTop<float>(k) : CountInTop<double>(k), Count);

    /// <summary>The class with the greatest score in a row, the first of equals.</summary>
    public int Predicted(int row) => Greatest(_scores, row);

    /// <summary>The true class of a row.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is not among the classes.</exception>
    public int Label(int row)
    {
        if (_target.DType.IsFloatingPoint) return Greatest(_target, row);
        long label = _target.DType == DType.Int32 ? _target.AsSpan<int>()[row] : _target.AsSpan<long>()[row];
        return label >= 0 && label < Classes ? (int)label : ThrowLabel(label, row, _scores.Shape, _target);
    }

    private static int ThrowLabel(long label, int row, Shape scores, Tensor target) => throw new ArgumentOutOfRangeException(
        nameof(target), $"The label {label} at position {row} is not one of the {scores[1]} classes, 0 to {scores[1] - 1}, that the scores {scores} are about.");

    private int CountInTop<T>(int k) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> scores = _scores.AsSpan<T>();
        int right = 0;
        for (int row = 0; row < Count; row++)
        {
            ReadOnlySpan<T> ofRow = scores.Slice(row * Classes, Classes);
            int label = Label(row), ahead = 0;
            T score = ofRow[label];
            for (int c = 0; c < ofRow.Length; c++)
            {
                if (!(ofRow[c] < score) && (c < label || !(ofRow[c] <= score))) ahead++; // so written, NaN is ahead of everything
            }
            if (ahead < k && !T.IsNaN(score)) right++;
        }
        return right;
    }

    private static int Greatest(Tensor rows, int row)
    {
        int classes = rows.Shape[1];
        return rows.DType == DType.Float32
            ? Greatest<float>(rows.AsSpan<float>().Slice(row * classes, classes))
            : Greatest<double>(rows.AsSpan<double>().Slice(row * classes, classes));
    }

    private static int Greatest<T>(ReadOnlySpan<T> scores) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int best = 0;
        for (int c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[best]) best = c;
        }
        return best;
    }
}
