using System.Numerics;

namespace Backprop.Kernels;

/// <summary>The common form of a convolution and of the gradient of its input: the sizes of one group, and where things are.</summary>
internal unsafe struct ConvolutionProblem<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public ConvolutionAxis Rows, Columns;
    public int Batch, Groups;

    /// <summary>Channels of one group.</summary>
    public int SourceChannels, TargetChannels;

    /// <summary>From one target channel's weights to the next, and from one source channel's; the weights of a pair are [kernelHeight, kernelWidth].</summary>
    public nint TargetWeightStep, SourceWeightStep;
    public int KernelHeight, KernelWidth;

    public T* Source, Weights, Target;

    /// <summary>For the channels of all groups.</summary>
    public ConvolutionFinish<T> Finish;

    /// <summary>Weights are [outChannels, inChannels / groups, …]: those of one group lie together, whichever channels are the target.</summary>
    public readonly T* WeightsOfGroup(int group) =>
        Weights + group * nint.Max(TargetChannels * TargetWeightStep, SourceChannels * SourceWeightStep);
}
