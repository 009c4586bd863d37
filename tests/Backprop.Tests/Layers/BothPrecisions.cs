namespace Backprop.Tests.Layers;

/// <summary>Cases of a theory, each in float32 and in float64.</summary>
internal static class BothPrecisions
{
    public static TheoryData<string, DType> Of(params ReadOnlySpan<string> cases)
    {
        var data = new TheoryData<string, DType>();
        foreach (string name in cases)
        {
            data.Add(name, DType.Float32);
            data.Add(name, DType.Float64);
        }
        return data;
    }
}
