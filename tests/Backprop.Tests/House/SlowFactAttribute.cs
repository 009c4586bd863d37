namespace Backprop.Tests;

/// <summary>A fact that takes minutes to hold, skipped unless <c>BACKPROP_SLOW</c> is 1.</summary>
internal class SlowFactAttribute : FactAttribute
{
    private const string Variable = "BACKPROP_SLOW";

    public SlowFactAttribute()
    {
        if (Environment.GetEnvironmentVariable(Variable) != "1") Skip = $"Takes minutes: set {Variable}=1 to run it.";
    }
}
