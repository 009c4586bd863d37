using System.Globalization;
using System.Text;

namespace Backprop;

/// <summary>How often each class was taken for each other one. Its <see cref="Metric.Value"/> is the accuracy, the share on the diagonal.</summary>
/// <remarks>Shapes as for <see cref="Accuracy"/>.</remarks>
public sealed class ConfusionMatrix : Metric
{
    private readonly long[,] _counts;

    /// <summary>A matrix of <paramref name="classes"/> × <paramref name="classes"/> zeros.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number of classes is not positive.</exception>
    public ConfusionMatrix(int classes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(classes);
        _counts = new long[classes, classes];
    }

    /// <summary>The number of classes.</summary>
    public int Classes => _counts.GetLength(0);

    /// <summary>How many examples of class <paramref name="actual"/> were taken for class <paramref name="predicted"/>.</summary>
    public long this[int actual, int predicted] => _counts[actual, predicted];

    /// <inheritdoc/>
    public override string Name => "confusion";

    /// <inheritdoc/>
    public override bool HigherIsBetter => true;

    /// <inheritdoc/>
    public override double Value
    {
        get
        {
            long right = 0, all = 0;
            for (int actual = 0; actual < Classes; actual++)
            {
                right += _counts[actual, actual];
                for (int predicted = 0; predicted < Classes; predicted++) all += _counts[actual, predicted];
            }
            return (double)right / all;
        }
    }

    /// <summary>Of all taken for a class, the share that is of it; NaN if none was.</summary>
    public double Precision(int ofClass)
    {
        long taken = 0;
        for (int actual = 0; actual < Classes; actual++) taken += _counts[actual, ofClass];
        return (double)_counts[ofClass, ofClass] / taken;
    }

    /// <summary>Of all examples of a class, the share that was taken for it; NaN if there are none.</summary>
    public double Recall(int ofClass)
    {
        long examples = 0;
        for (int predicted = 0; predicted < Classes; predicted++) examples += _counts[ofClass, predicted];
        return (double)_counts[ofClass, ofClass] / examples;
    }

    /// <inheritdoc/>
    public override void Add(Tensor prediction, Tensor target)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(target);
        ClassScores scores = ClassScores.Of(prediction, target, nameof(ConfusionMatrix));
        if (scores.Classes != Classes)
        {
            ShapeException.Throw(nameof(ConfusionMatrix), $"the matrix is for {Classes} classes, the scores are about {scores.Classes}", $"new ConfusionMatrix({scores.Classes})",
                ("scores", prediction.Shape));
        }
        for (int row = 0; row < scores.Count; row++) _counts[scores.Label(row), scores.Predicted(row)]++;
    }

    /// <inheritdoc/>
    public override void Reset() => Array.Clear(_counts);

    /// <inheritdoc/>
    public override IEnumerable<KeyValuePair<string, Tensor>> State => [new("counts", Tensor.From(_counts))];

    /// <inheritdoc/>
    public override void LoadState(IReadOnlyDictionary<string, Tensor> state)
    {
        ReadOnlySpan<long> counts = state.Elements<long>("counts", [Classes, Classes]);
        for (int i = 0; i < counts.Length; i++) _counts[i / Classes, i % Classes] = counts[i];
    }

    /// <summary>The counts as a table: a row for each class that is true, a column for each that was predicted.</summary>
    public override string ToString()
    {
        int width = Math.Max(4, _counts.Cast<long>().Max().ToString(CultureInfo.InvariantCulture).Length + 1);
        var text = new StringBuilder("true".PadRight(6));
        for (int predicted = 0; predicted < Classes; predicted++) Append(predicted);
        for (int actual = 0; actual < Classes; actual++)
        {
            text.AppendLine().Append(actual.ToString(CultureInfo.InvariantCulture).PadRight(6));
            for (int predicted = 0; predicted < Classes; predicted++) Append(_counts[actual, predicted]);
        }
        return text.ToString();

        void Append(long number) => text.Append(number.ToString(CultureInfo.InvariantCulture).PadLeft(width));
    }
}
