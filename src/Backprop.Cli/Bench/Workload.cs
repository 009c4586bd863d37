using System.Globalization;

namespace Backprop.Cli.Bench;

/// <summary>
/// Something to time: <c>mlp/train@100</c>, a network, what is done with it and the batch; <c>linear/256@128</c>, a layer of so many inputs and outputs; <c>gemm/512</c>, a product of
/// square matrices; or <c>fma-peak</c>, what the processor can do at most.
/// </summary>
/// <param name="Path">The name without the batch.</param>
/// <param name="Batch">Examples a step; none for a matrix product and the peak.</param>
internal sealed record Workload(string Path, int? Batch = null)
{
    public const string Peak = "fma-peak", Gemm = "gemm", Linear = "linear", ConvImage = "conv-image", ConvChannels = "conv-channels";

    /// <summary>All that are measured, in the order in which they are.</summary>
    public static IReadOnlyList<Workload> All { get; } =
    [
        new("neuron/train", 1), new("tiny-mlp/train", 1), new("mlp/train", 100), new("mlp-wide/train", 128), new("batchnorm-mlp/train", 100),
        new("seed-cnn/train", 1), new("seed-cnn/train", 64),
        new("simple-convnet/train", 100), new("simple-convnet/infer", 1), new("simple-convnet/infer", 100),
        new("deep-convnet/train", 100), new("deep-convnet/infer", 1), new("deep-convnet/infer", 100),
        new("resnet20/train", 128), new("resnet20/infer", 1), new("resnet20/infer", 100),
        new("mlp/numerical-gradient", 100),
        new(Peak), new("gemm/128"), new("gemm/256"), new("gemm/512"), new("gemm/1024"), new("gemm/2048"),
    ];

    /// <summary>The same work, less and more of it: batch, width, side of the image, channels.</summary>
    public static IReadOnlyList<Workload> Growth { get; } =
    [
        new(Peak),
        .. Doubling(1, 1024).Select(batch => new Workload("mlp/train", batch)),
        .. Doubling(1, 1024).Select(batch => new Workload("simple-convnet/train", batch)),
        .. Doubling(64, 4096).Select(width => new Workload($"{Linear}/{width}", 128)),
        .. new[] { 8, 14, 16, 28, 32, 56, 64, 112, 128, 224 }.Select(side => new Workload($"{ConvImage}/{side}", 8)),
        .. Doubling(1, 512).Select(channels => new Workload($"{ConvChannels}/{channels}", 16)),
    ];

    /// <summary>What stands before the stroke: the network, or the kind of work.</summary>
    public string Subject => Path.Split('/')[0];

    /// <summary>What stands behind it: what is done with the network.</summary>
    public string Deed => Path.Split('/')[^1];

    /// <summary>The number behind the stroke: the side of the matrices, the width, the side of the image, the channels.</summary>
    public int Size => int.Parse(Deed, CultureInfo.InvariantCulture);

    /// <summary>Path and batch.</summary>
    public override string ToString() => Batch is null ? Path : $"{Path}@{Batch}";

    private static IEnumerable<int> Doubling(int first, int last)
    {
        for (int value = first; value <= last; value *= 2) yield return value;
    }
}
