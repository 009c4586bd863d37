namespace Backprop.Tests;

public class GoldenCasesTests
{
    [Fact]
    public void GoldenCase_Conv2d_HasAttributesInputsUpstreamAndGradients()
    {
        GoldenCase golden = GoldenCases.Get("conv2d", GoldenCases.Load("conv2d")[0].Name);
        Assert.Equal("conv2d", golden.Family);
        Assert.Equal(2, golden.Attribute<int[]>("stride").Length);
        Assert.Equal(golden.Inputs["x"].Data.Length, golden.Inputs["x"].Shape.Aggregate(1, (count, size) => count * size));
        Assert.Equal(golden.Outputs["y"].Shape, golden.Upstreams["y"].Shape);
        Assert.Equal(golden.Inputs["weight"].Shape, golden.Gradients["weight"].Shape);
    }

    [Fact]
    public void GoldenCases_EveryFile_HasNamesThatDiffer()
    {
        Assert.All(GoldenCases.Files, file => Assert.Distinct(GoldenCases.Load(file).Select(golden => golden.Name)));
    }

    [Fact]
    public void GoldenTensor_ADifferenceBeyondTheTolerance_IsRefusedWithItsIndex()
    {
        var golden = new GoldenTensor([2], [1, 2], IsInteger: false);
        golden.AssertClose<float>([1, 2.00001f], tolerance: 1e-5, "y");
        var failure = Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => golden.AssertClose<double>([1, double.NaN], tolerance: 1e-5, "y"));
        Assert.Contains("y[1]", failure.Message, StringComparison.Ordinal);
    }
}
