using Backprop.Cli.Bench;

namespace Backprop.Tests;

/// <summary>The operations of a step against those counted by hand, layer by layer.</summary>
public class OperationCountTests
{
    [Fact]
    public void Mlp_AStep_ComputesNoGradientOfItsInputs()
    {
        const double First = 784 * 50, Second = 50 * 10;
        Assert.Equal(100 * 2 * (2 * First + 3 * Second), WorkloadStep.Of(new Workload("mlp/train", 100)).Operations());
    }

    [Fact]
    public void SimpleConvnet_AStepAndAnInference_CountConvolutionAndLinearLayers()
    {
        const double Convolution = 30 * 24 * 24 * (5 * 5), Hidden = 30 * 12 * 12 * 100, Scores = 100 * 10;
        Assert.Equal(2 * 2 * (2 * Convolution + 3 * (Hidden + Scores)), WorkloadStep.Of(new Workload("simple-convnet/train", 2)).Operations());
        Assert.Equal(3 * 2 * (Convolution + Hidden + Scores), WorkloadStep.Of(new Workload("simple-convnet/infer", 3)).Operations());
    }

    [Fact]
    public void Layers_WithinANetwork_ComputeBothGradients()
    {
        Assert.Equal(3 * 2.0 * 128 * 64 * 64, WorkloadStep.Of(new Workload("linear/64", 128)).Operations());
        Assert.Equal(3 * 2.0 * 8 * (16 * 8 * 8) * (16 * 3 * 3), WorkloadStep.Of(new Workload("conv-image/8", 8)).Operations());
        Assert.Equal(3 * 2.0 * 16 * (2 * 14 * 14) * (2 * 3 * 3), WorkloadStep.Of(new Workload("conv-channels/2", 16)).Operations());
    }

    [Fact]
    public void Products_AnyShape_CountWhatIsSummed()
    {
        Tensor a = Tensor.Ones([3, 2, 4]).RequireGradient(), b = Tensor.Ones([4, 5]);
        Assert.Equal(2 * (3 * 2 * 5) * 4, OperationCount.OfForward(a.MatMul(b)));
        Assert.Equal(2 * 2 * (3 * 2 * 5) * 4, OperationCount.OfTraining(a.MatMul(b))); // one gradient
        Assert.Equal(2 * 512.0 * 512 * 512, WorkloadStep.Of(new Workload("gemm/512")).Operations());
    }

    [Fact]
    public void Convolutions_GroupedOrTransposed_CountTheWeightsThatMeet()
    {
        Tensor x = Tensor.Ones([2, 4, 5, 5]).RequireGradient();
        Assert.Equal(2 * (2 * 6 * 5 * 5) * (2 * 3 * 3), OperationCount.OfForward(x.Conv2d(Tensor.Ones([6, 2, 3, 3]), padding: 1, groups: 2)));
        Assert.Equal(2 * (2 * 4 * 5 * 5) * (3 * 2 * 2), OperationCount.OfForward(x.ConvTranspose2d(Tensor.Ones([4, 3, 2, 2]), stride: 2)));
    }

    [Fact]
    public void SharedResult_UsedTwice_IsCountedOnce()
    {
        Tensor x = Tensor.Ones([2, 3]).RequireGradient(), y = x.MatMul(Tensor.Ones([3, 4]));
        Assert.Equal(2 * 2 * 4 * 3, OperationCount.OfForward(y + y));
    }

    [Fact]
    public void Growth_EachSeries_ReachesFromTheLeastToTheMost()
    {
        string[] names = [.. Workload.Growth.Select(workload => workload.ToString())];
        Assert.Equal(names.Distinct(), names);
        foreach (string end in new[] { "mlp/train@1", "mlp/train@1024", "simple-convnet/train@1", "simple-convnet/train@1024", "linear/64@128", "linear/4096@128", "conv-image/8@8", "conv-image/224@8", "conv-channels/1@16", "conv-channels/512@16", "fma-peak" })
        {
            Assert.Contains(end, names);
        }
    }
}
