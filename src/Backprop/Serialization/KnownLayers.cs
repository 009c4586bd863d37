namespace Backprop;

/// <summary>How each layer of the library is made from its description. An argument that a layer gets later has a default here: what the layer did before.</summary>
internal static class KnownLayers
{
    /// <summary>A layer by the name of its type; null if there is none.</summary>
    public static Module? Build(LayerArguments a) => a.Type switch
    {
        nameof(Sequential) => Chain(a),
        nameof(Residual) => new Residual(a.Module("body"), a.ModuleOrNull("shortcut")),
        nameof(Identity) => new Identity(),
        nameof(Flatten) => new Flatten(a.Get<int>("startAxis")),

        nameof(Linear) => new Linear(a.Get<int>("inputs"), a.Get<int>("outputs"), a.Get<bool>("bias")),
        nameof(Conv1d) => new Conv1d(a.Get<int>("inputChannels"), a.Get<int>("outputChannels"), a.Get<int>("kernelSize"), a.Get<int>("stride"), a.Get<int>("padding"), a.Get<int>("dilation"),
            a.Get<int>("groups"), a.Get<bool>("bias")),
        nameof(Conv2d) => new Conv2d(a.Get<int>("inputChannels"), a.Get<int>("outputChannels"), a.Get<Size2d>("kernelSize"), a.Get<Size2d>("stride"), a.Get<Size2d>("padding"), a.Get<Size2d>("dilation"),
            a.Get<int>("groups"), a.Get<bool>("bias")),
        nameof(ConvTranspose2d) => new ConvTranspose2d(a.Get<int>("inputChannels"), a.Get<int>("outputChannels"), a.Get<Size2d>("kernelSize"), a.Get<Size2d>("stride"), a.Get<Size2d>("padding"),
            a.Get<Size2d>("outputPadding"), a.Get<int>("groups"), a.Get<bool>("bias"), a.Get<Size2d>("dilation")),
        nameof(Embedding) => new Embedding(a.Get<int>("count"), a.Get<int>("width"), a.Get<int?>("paddingIndex")),

        nameof(BatchNorm1d) => new BatchNorm1d(a.Get<int>("features"), a.Get<double>("epsilon"), a.Get<double?>("momentum"), a.Get<bool>("affine"), a.Get<bool>("trackRunningStatistics")),
        nameof(BatchNorm2d) => new BatchNorm2d(a.Get<int>("channels"), a.Get<double>("epsilon"), a.Get<double?>("momentum"), a.Get<bool>("affine"), a.Get<bool>("trackRunningStatistics")),
        nameof(LayerNorm) => new LayerNorm(a.Get<Shape>("normalizedShape"), a.Get<double>("epsilon"), a.Get<bool>("affine")),
        nameof(GroupNorm) => new GroupNorm(a.Get<int>("groups"), a.Get<int>("channels"), a.Get<double>("epsilon"), a.Get<bool>("affine")),
        nameof(Dropout) => new Dropout(a.Get<double>("p")),

        nameof(MaxPool1d) => new MaxPool1d(a.Get<int>("kernelSize"), a.Get<int>("stride"), a.Get<int>("padding"), a.Get<int>("dilation"), a.Get<bool>("ceilMode")),
        nameof(MaxPool2d) => new MaxPool2d(a.Get<Size2d>("kernelSize"), a.Get<Size2d>("stride"), a.Get<Size2d>("padding"), a.Get<Size2d>("dilation"), a.Get<bool>("ceilMode")),
        nameof(AvgPool1d) => new AvgPool1d(a.Get<int>("kernelSize"), a.Get<int>("stride"), a.Get<int>("padding"), a.Get<bool>("ceilMode"), a.Get<bool>("countIncludePad")),
        nameof(AvgPool2d) => new AvgPool2d(a.Get<Size2d>("kernelSize"), a.Get<Size2d>("stride"), a.Get<Size2d>("padding"), a.Get<bool>("ceilMode"), a.Get<bool>("countIncludePad")),
        nameof(AdaptiveAvgPool2d) => new AdaptiveAvgPool2d(a.Get<Size2d>("outputSize")),
        nameof(GlobalAvgPool2d) => new GlobalAvgPool2d(),

        nameof(Relu) => new Relu(),
        nameof(LeakyRelu) => new LeakyRelu(a.Get<double>("negativeSlope")),
        nameof(Elu) => new Elu(a.Get<double>("alpha")),
        nameof(Selu) => new Selu(),
        nameof(Gelu) => new Gelu(a.Enum<GeluForm>("form")),
        nameof(Silu) => new Silu(),
        nameof(Sigmoid) => new Sigmoid(),
        nameof(Tanh) => new Tanh(),
        nameof(Softplus) => new Softplus(a.Get<double>("beta")),
        nameof(HardSigmoid) => new HardSigmoid(),
        nameof(HardSwish) => new HardSwish(),
        nameof(Softmax) => new Softmax(a.Get<int>("axis")),
        nameof(LogSoftmax) => new LogSoftmax(a.Get<int>("axis")),
        _ => null,
    };

    private static Sequential Chain(LayerArguments a)
    {
        var chain = new Sequential();
        foreach ((string name, Module module) in a.Modules) chain.Add(name, module);
        return chain;
    }
}
