namespace Backprop;

/// <summary>The one number of an epoch by which a callback judges it.</summary>
/// <param name="Name">What it is called in messages.</param>
/// <param name="Read">Takes the number out of an epoch.</param>
/// <param name="HigherIsBetter">Whether a greater number is better.</param>
public sealed record EpochScore(string Name, Func<EpochRecord, double> Read, bool HigherIsBetter = false)
{
    /// <summary>The validation loss, or the training loss where there is no validation set: what is watched by default.</summary>
    public static EpochScore Loss { get; } = new("loss", epoch => (epoch.Validation ?? epoch.Train).Loss);

    /// <summary>A metric on the validation set, or on the training set where there is none.</summary>
    public static EpochScore Of(Metric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        string name = metric.Name;
        return new EpochScore(name, epoch => (epoch.Validation ?? epoch.Train)[name], metric.HigherIsBetter);
    }

    /// <summary>Whether <paramref name="value"/> is ahead of <paramref name="best"/> by more than <paramref name="margin"/>; NaN never is, and anything is ahead of NaN.</summary>
    internal bool IsBetter(double value, double best, double margin = 0) =>
        !double.IsNaN(value) && (double.IsNaN(best) || (HigherIsBetter ? value - margin > best : value + margin < best));
}
