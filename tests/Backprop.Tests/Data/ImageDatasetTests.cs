using Backprop.Kernels;

namespace Backprop.Tests;

public class ImageDatasetTests
{
    private static readonly byte[] s_all = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];

    /// <summary>Two images of two channels, 8×8: the bytes 0 to 255 in order.</summary>
    private static readonly ImageDataset s_images = new([2, 8, 8], s_all, (ReadOnlySpan<int>)[1, 0], ["a", "b"]);

    [Fact]
    public void Read_EachByte_IsItsShareOf255RoundedOnce() => Assert.Equal(s_all.Select(b => (float)(b / 255.0)), s_images.ReadAll().Inputs.ToArray<float>());

    [Fact]
    public void Read_LabelsAreClassNumbers()
    {
        Batch batch = s_images.Read(1, 1, 0);
        Assert.Equal([0, 0, 1], batch.Targets.ToArray<int>());
        Assert.Equal([3, 2, 8, 8], batch.Inputs.Shape.ToArray());
        Assert.Equal(128 / 255f, batch.Inputs.At(1, 0, 0, 0));
        Assert.Equal((2, DType.Int32), (s_images.ClassCount, s_images.TargetDType));
        Assert.Equal(128, s_images.Pixels(1)[0]);
    }

    [Fact]
    public void Normalize_EachChannelByItsOwnNumbers()
    {
        Tensor x = s_images.Normalize(mean: [0.25, 0.5], standardDeviation: [0.5, 0.2]).Read(0).Inputs;
        Assert.Equal((10 / 255.0 - 0.25) / 0.5, x.At(0, 0, 1, 2), 6); // float32
        Assert.Equal((127 / 255.0 - 0.5) / 0.2, x.At(0, 1, 7, 7), 6);
        Assert.Equal(10 / 255f, s_images.Read(0).Inputs.At(0, 0, 1, 2)); // the set itself is as before
    }

    [Fact]
    public void Rescale_IsScaleAndShift() =>
        Assert.Equal(s_all.Select((b, i) => i % 128 < 64 ? b * 2f - 255 : b * 0.5f), s_images.Rescale([2, 0.5], [-255, 0]).ReadAll().Inputs.ToArray<float>());

    [Fact]
    public void Rescale_OnePairOfNumbers_IsForAllChannels() =>
        Assert.Equal(s_images.Rescale([2, 2], [-255, -255]).ReadAll().Inputs.ToArray<float>(), s_images.Rescale(2, -255).ReadAll().Inputs.ToArray<float>());

    [Fact]
    public void Normalize_NotOneNumberAChannel_IsRefused()
    {
        Assert.Contains("[2, 8, 8]", Assert.Throws<ArgumentException>(() => s_images.Normalize([0.5], [0.5])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => s_images.Normalize([0.5, 0.5], [0.5, 0]));
        Assert.Throws<ArgumentException>(() => s_images.Rescale([1, 1], [0]));
    }

    [Fact]
    public void Constructor_BytesOrLabelsThatDoNotFit_AreRefused()
    {
        Assert.Throws<ShapeException>(() => new ImageDataset([1, 2, 2], new byte[7], new byte[2], ["a"]));
        Assert.Throws<ShapeException>(() => new ImageDataset([2, 2], new byte[8], new byte[2], ["a"]));
        Assert.Contains("label 1 of image 1", Assert.Throws<ArgumentOutOfRangeException>(() => new ImageDataset([1, 2, 2], new byte[8], new byte[] { 0, 1 }, ["a"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ByteKernel_AnyLength_AgreesWithTheFormula()
    {
        for (int length = 0; length <= 130; length++)
        {
            float[] y = new float[length];
            ByteKernel.Scale(s_all.AsSpan(100, length), y, 1 / 78.5, -0.4242);
            for (int i = 0; i < length; i++) Assert.Equal((100 + i) / 78.5 - 0.4242, y[i], 3e-7); // a unit of 2.5 in float32 is 2.4e-7
        }
    }
}
