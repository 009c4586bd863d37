using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Backprop.Tests;

/// <summary>Values of a golden file in row-major order. A scalar has no axes and one value; integers (indices, class numbers) say so.</summary>
public sealed record GoldenTensor(int[] Shape, double[] Data, bool IsInteger)
{
    private static readonly JsonSerializerOptions s_numbers = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    /// <summary>The values as <typeparamref name="T"/>: double and float for real ones, int and long for integers.</summary>
    public T[] As<T>() where T : INumber<T> => Array.ConvertAll(Data, T.CreateChecked);

    /// <summary>The values as a tensor; integers stay integers.</summary>
    public Tensor ToTensor(DType dtype) => Tensor.Generate([.. Shape], IsInteger ? DType.Int64 : dtype, i => Data[i]);

    /// <summary>Fails unless <c>|actual − expected| ≤ tolerance · (1 + |expected|)</c> for each element, and the number of elements is the same.</summary>
    public void AssertClose<T>(ReadOnlySpan<T> actual, double tolerance, string what) where T : INumber<T>
    {
        Assert.True(actual.Length == Data.Length, $"{what}: {actual.Length} values, expected {Data.Length}");
        for (int i = 0; i < Data.Length; i++)
        {
            double value = double.CreateChecked(actual[i]);
            bool close = value.Equals(Data[i]) || Math.Abs(value - Data[i]) <= tolerance * (1 + Math.Abs(Data[i])); // NaN equals itself, and is close to nothing
            if (!close)
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{what}[{i}]: {value:R}, expected {Data[i]:R} within {tolerance:R}·(1 + |expected|)"));
        }
    }

    internal static GoldenTensor Read(JsonElement json) => new(
        json.GetProperty("shape").Deserialize<int[]>()!,
        json.GetProperty("data").Deserialize<double[]>(s_numbers)!,
        json.TryGetProperty("dtype", out JsonElement dtype) && dtype.GetString() == "int64");

    internal static IReadOnlyDictionary<string, GoldenTensor> ReadMap(JsonElement json) =>
        json.EnumerateObject().ToDictionary(entry => entry.Name, entry => Read(entry.Value));
}
