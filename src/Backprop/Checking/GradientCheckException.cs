namespace Backprop;

/// <summary>A backward pass disagrees with central differences. The message is the report's text.</summary>
public sealed class GradientCheckException(GradientReport report) : Exception((report ?? throw new ArgumentNullException(nameof(report))).ToString())
{
    /// <summary>What was compared, and where it disagrees.</summary>
    public GradientReport Report { get; } = report;
}
