namespace Backprop;

/// <summary>The name of the operation that a rule defines: <c>Relu</c> of <c>ReluRule</c>.</summary>
internal static class RuleName<TRule> where TRule : struct
{
    public static readonly string Text = typeof(TRule).Name[..^"Rule".Length];
}
