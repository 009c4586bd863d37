using Backprop.Kernels;

namespace Backprop;

/// <summary>What convolutions refuse, and what they advise.</summary>
internal static class ConvolutionChecks
{
    /// <summary>The sizes of a convolution of images or of lines, if there is such a one.</summary>
    public static ConvolutionShape Measure(string operation, Shape x, Shape weight, Tensor? bias, int spatialAxes, in ConvolutionOptions options)
    {
        CheckAxes(operation, x, weight, bias?.Shape, spatialAxes, options, outChannels: weight.Length > 0 ? weight[0] : 0);
        CheckChannels(operation, x, weight, weight[1] * options.Groups, weight[0], options.Groups);
        int height = spatialAxes == 2 ? x[2] : 1, kernelHeight = spatialAxes == 2 ? weight[2] : 1;
        Images.OutLength(operation, x, height, kernelHeight, options.Stride.Height, options.Padding.Height, options.Dilation.Height);
        Images.OutLength(operation, x, x[^1], weight[^1], options.Stride.Width, options.Padding.Width, options.Dilation.Width);
        return options.Measure(x, weight);
    }

    /// <summary>The number of axes of all inputs, and the length of the bias.</summary>
    public static void CheckAxes(string operation, Shape x, Shape weight, Shape? bias, int spatialAxes, in ConvolutionOptions options, int outChannels)
    {
        Images.CheckRank(operation, x, spatialAxes);
        string kernel = spatialAxes == 2 ? "kernelHeight, kernelWidth" : "kernel";
        if (weight.Rank != spatialAxes + 2) ShapeException.Throw(operation, $"the weight has {weight.Rank} axes", $"weight [out, channels / groups, {kernel}], or [channels, out / groups, {kernel}] if transposed", ("weight", weight));
        if (options.Groups < 1) throw new ArgumentOutOfRangeException(nameof(options), $"{operation}: the number of groups is {options.Groups}, and must be at least 1.");
        if (bias is { } shape && (shape.Rank != 1 || shape[0] != outChannels))
        {
            ShapeException.Throw(operation, "the bias does not fit the weight", $"one number for each output channel: [{outChannels}]", ("weight", weight), ("bias", shape));
        }
    }

    /// <summary>Groups that divide, and an input with as many channels as the weight takes.</summary>
    public static void CheckChannels(string operation, Shape x, Shape weight, int channels, int grouped, int groups)
    {
        if (x[1] % groups != 0 || grouped % groups != 0)
        {
            (string what, int count) = x[1] % groups != 0 ? ("channels of the input", x[1]) : ("output channels", grouped);
            ShapeException.Throw(operation, $"{groups} groups do not divide the {count} {what}", "a number of groups that divides input and output channels", ("input", x), ("weight", weight));
        }
        if (x[1] == channels) return;
        bool last = x[^1] == channels;
        string order = x.Rank == 4 ? "Permute(0, 3, 1, 2)" : "Permute(0, 2, 1)";
        ShapeException.Throw(operation, last ? $"the channels seem to stand last (NHWC); {x[1]} channels were found on axis 1, and the weight takes {channels}" : $"the input has {x[1]} channels, and the weight takes {channels}",
            last ? $"channels on axis 1 (NCHW): {order} puts them there" : $"{channels} channels on axis 1 of the input{(groups > 1 ? $", for {groups} groups" : "")}, or a layer of {x[1]} input channels",
            ("input", x), ("weight", weight));
    }

    /// <summary>One dtype for all.</summary>
    public static void CheckDTypes(string operation, Tensor x, Tensor weight, Tensor? bias)
    {
        ArgumentNullException.ThrowIfNull(x);
        ArgumentNullException.ThrowIfNull(weight);
        Tensor? other = weight.DType != x.DType ? weight : bias is not null && bias.DType != x.DType ? bias : null;
        if (other is not null) throw new InvalidCastException($"{operation}: the input is {x.DType}, a parameter {other.DType}; convert one of them with To(…).");
    }
}
