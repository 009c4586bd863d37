namespace Backprop.Tests;

public class GradientClippingTests
{
    public static TheoryData<string> Cases => GoldenCases.Names("clipping");

    [Theory, MemberData(nameof(Cases))]
    public void Clipping_Float64_AgreesWithPyTorch(string name) => Compare<double>(name, DType.Float64, GoldenCases.Float64Tolerance);

    [Theory, MemberData(nameof(Cases))]
    public void Clipping_Float32_AgreesWithPyTorch(string name) => Compare<float>(name, DType.Float32, GoldenCases.Float32Tolerance);

    [Fact]
    public void ByNorm_OneTensorForTwoParameters_IsScaledOnceForEach()
    {
        Tensor a = Tensor.Ones([2]), b = Tensor.Ones([2]), shared = Tensor.From(3f, 4f);
        var gradients = new Gradients();
        gradients.Set(a, shared);
        gradients.Set(b, shared);
        Assert.Equal(Math.Sqrt(50), GradientClipping.ByNorm(gradients, maxNorm: Math.Sqrt(50) / 2), 6);
        Assert.Equal(1.5, gradients[a].At(0), 5);
        Assert.Equal(1.5, gradients[b].At(0), 5);
        Assert.Equal([3f, 4f], shared.ToArray<float>());
    }

    [Theory]
    [InlineData(float.NaN, NormType.L2)]
    [InlineData(float.NaN, NormType.Infinity)]
    [InlineData(float.PositiveInfinity, NormType.L2)]
    [InlineData(float.NegativeInfinity, NormType.Infinity)]
    public void ByNorm_GradientNotFinite_IsToldByTheNorm(float bad, NormType normType)
    {
        Tensor parameter = Tensor.Ones([3]);
        var gradients = new Gradients();
        gradients.Set(parameter, Tensor.From(1f, bad, 2f));
        Assert.False(double.IsFinite(GradientClipping.ByNorm(gradients, maxNorm: 1, normType)));
    }

    [Fact]
    public void Clipping_NegativeLimit_IsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByNorm(new Gradients(), maxNorm: -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => GradientClipping.ByValue(new Gradients(), double.NaN));
    }

    private static void Compare<T>(string name, DType dtype, double tolerance) where T : unmanaged, System.Numerics.INumber<T>
    {
        GoldenCase golden = GoldenCases.Get("clipping", name);
        var gradients = new Gradients();
        Dictionary<string, Tensor> parameters = golden.Inputs.ToDictionary(input => input.Key, input => Tensor.Zeros([.. input.Value.Shape], dtype));
        foreach ((string key, Tensor parameter) in parameters) gradients.Set(parameter, golden.Inputs[key].ToTensor(dtype));

        if (golden.Attribute<string>("op") == "norm")
        {
            NormType normType = golden.Attribute("norm_type", absent: "2") == "inf" ? NormType.Infinity : NormType.L2;
            double norm = GradientClipping.ByNorm(gradients, golden.Attribute<double>("max_norm"), normType);
            golden.Outputs["norm"].AssertClose<double>([norm], tolerance, $"{golden} norm");
        }
        else
        {
            GradientClipping.ByValue(gradients, golden.Attribute<double>("clip_value"));
        }
        foreach ((string key, Tensor parameter) in parameters) golden.Outputs[key].AssertClose<T>(gradients[parameter].AsSpan<T>(), tolerance, $"{golden} {key}");
    }
}
