namespace Backprop;

/// <summary>How layers show themselves: as the constructor call that makes them, without the arguments that are at their default.</summary>
internal static class LayerText
{
    /// <summary>For example <c>Linear(784, 50, bias: false)</c>; arguments that are null are left out.</summary>
    public static string Call(string layer, params ReadOnlySpan<string?> arguments)
    {
        string text = "";
        foreach (string? argument in arguments) text += argument is null ? "" : $", {argument}";
        return text.Length == 0 ? layer : $"{layer}({text[2..]})";
    }

    /// <summary>For example <c>bias: false</c>; null if the value is the default.</summary>
    public static string? Given<T>(string name, T value, T @default) =>
        EqualityComparer<T>.Default.Equals(value, @default) ? null : $"{name}: {(value is bool truth ? (truth ? "true" : "false") : value?.ToString() ?? "null")}";
}
