namespace Backprop.Cli.Proof;

/// <summary>The cases of every operation that the library has. A test fails if one is missing.</summary>
internal static class OperationCases
{
    public static IReadOnlyList<OperationCase> All { get; } =
    [
        .. ArithmeticCases.All, .. ElementwiseCases.All, .. ActivationCases.All, .. ReductionCases.All, .. ShapeCases.All, .. ProductCases.All, .. NormalizationCases.All, .. LossCases.All,
    ];
}
