namespace Backprop;

/// <summary>What normalizations refuse.</summary>
internal static class NormalizationChecks
{
    /// <summary>A parameter, if there is one, of the shape and dtype that the input asks for.</summary>
    public static void CheckParameter(string operation, Tensor x, string name, Tensor? parameter, Shape needed, string axes)
    {
        if (parameter is null) return;
        if (parameter.Shape != needed) ShapeException.Throw(operation, $"the {name} does not fit the input", $"{name} {axes}: {needed}", ("input", x.Shape), ("given", parameter.Shape));
        if (parameter.DType != x.DType) throw new InvalidCastException($"{operation}: the input is {x.DType}, the {name} {parameter.DType}; convert one of them with To(…).");
    }
}
