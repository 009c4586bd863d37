namespace Backprop.Tests;

/// <summary>Runs the golden cases of convolutions, pooling, normalization, embedding and dropout.</summary>
internal static class GoldenLayers
{
    public static void Convolution(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        Tensor x = inputs["x"], weight = inputs["weight"];
        Tensor? bias = inputs.GetValueOrDefault("bias");
        int groups = golden.Attribute<int>("groups");
        return golden.Family switch
        {
            "conv1d" => x.Conv1d(weight, bias, Size(golden, "stride").Width, Size(golden, "padding").Width, Size(golden, "dilation").Width, groups),
            "conv2d" => x.Conv2d(weight, bias, Size(golden, "stride"), Size(golden, "padding"), Size(golden, "dilation"), groups),
            _ => x.ConvTranspose2d(weight, bias, Size(golden, "stride"), Size(golden, "padding"), Size(golden, "output_padding"), groups, Size(golden, "dilation")),
        };
    });

    public static void Pooling(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => golden.Family switch
    {
        "max_pool2d" => inputs["x"].MaxPool2d(Size(golden, "kernel_size"), Size(golden, "stride"), Size(golden, "padding"), Size(golden, "dilation"), golden.Attribute<bool>("ceil_mode")),
        "avg_pool2d" => inputs["x"].AvgPool2d(Size(golden, "kernel_size"), Size(golden, "stride"), Size(golden, "padding"), golden.Attribute<bool>("ceil_mode"), golden.Attribute<bool>("count_include_pad")),
        _ => inputs["x"].AdaptiveAvgPool2d(Size(golden, "output_size")),
    });

    /// <summary>The operation, then the layer that keeps the running values itself.</summary>
    public static void BatchNorm(GoldenCase golden)
    {
        (double momentum, double epsilon) = (golden.Attribute<double>("momentum"), golden.Attribute<double>("eps"));
        bool training = golden.Attribute<bool>("training");
        int warmups = golden.Attribute<int>("warmups");
        GoldenRun.AssertAgrees(golden, inputs =>
        {
            Tensor mean = inputs["running_mean"], variance = inputs["running_var"];
            Tensor? weight = inputs.GetValueOrDefault("weight"), bias = inputs.GetValueOrDefault("bias");
            for (int i = 0; i < warmups; i++) inputs[$"warmup{i}"].BatchNorm(mean, variance, weight, bias, training: true, momentum, epsilon);
            Tensor y = inputs["x"].BatchNorm(mean, variance, weight, bias, training, momentum, epsilon);
            return new Dictionary<string, Tensor> { ["y"] = y, ["running_mean"] = mean, ["running_var"] = variance };
        });
        GoldenRun.AssertAgrees(golden, inputs =>
        {
            Tensor x = inputs["x"];
            bool affine = inputs.ContainsKey("weight");
            BatchNorm layer = x.Rank == 4 ? new BatchNorm2d(x.Shape[1], epsilon, momentum, affine) : new BatchNorm1d(x.Shape[1], epsilon, momentum, affine);
            layer.To(x.DType);
            foreach ((string key, Tensor tensor) in layer.State.Where(named => inputs.ContainsKey(named.Key))) tensor.CopyFrom(inputs[key]);
            for (int i = 0; i < warmups; i++) layer.Forward(inputs[$"warmup{i}"]);
            if (!training) layer.Evaluate();
            Tensor y = layer.Forward(x);
            Assert.Equal(warmups + (training ? 1 : 0), layer.BatchesTracked!.Item());
            return new Dictionary<string, Tensor> { ["y"] = y, ["running_mean"] = layer.RunningMean!, ["running_var"] = layer.RunningVariance! };
        }, onlyOf: "x"); // the layer's parameters are others than the case's
    }

    public static void LayerNorm(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => inputs["x"].LayerNorm(
        Shape.Create(golden.Attribute<int[]>("normalized_shape")), inputs.GetValueOrDefault("weight"), inputs.GetValueOrDefault("bias"), golden.Attribute<double>("eps")));

    public static void GroupNorm(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs => inputs["x"].GroupNorm(
        golden.Attribute<int>("num_groups"), inputs.GetValueOrDefault("weight"), inputs.GetValueOrDefault("bias"), golden.Attribute<double>("eps")));

    public static void Embedding(GoldenCase golden)
    {
        int? padding = golden.HasAttribute("padding_idx") ? golden.Attribute<int>("padding_idx") : null;
        GoldenRun.AssertAgrees(golden, inputs => inputs["weight"].Embedding(inputs["indices"], padding));
    }

    /// <summary>PyTorch's mask is its own, so where both masks keep, and where both drop, the numbers must agree; many seeds see each element of the case both ways.</summary>
    public static void Dropout(GoldenCase golden)
    {
        Tensor x = GoldenRun.ToTensor<double>(golden.Inputs["x"]).RequireGradient(), upstream = GoldenRun.ToTensor<double>(golden.Upstreams["y"]);
        double p = golden.Attribute<bool>("training") ? golden.Attribute<double>("p") : 0; // a layer in evaluation does not call it at all
        double[] mask = golden.Attribute<bool>("training") ? golden.Inputs["mask"].Data : [.. Enumerable.Repeat(1.0, x.ElementCount)];
        var met = new HashSet<int>();
        for (int seed = 0; seed < 50; seed++)
        {
            double[] ours = Tensor.Ones(x.Shape, DType.Float64).Dropout(p, new RandomSource(seed)).ToArray<double>();
            Tensor y = x.Dropout(p, new RandomSource(seed));
            double[] values = y.ToArray<double>(), slopes = ReferenceEquals(x, y) ? upstream.ToArray<double>() : y.Backward(upstream)[x].ToArray<double>();
            for (int i = 0; i < mask.Length; i++)
            {
                if (mask[i] == 0 != (ours[i] == 0)) continue;
                met.Add(i);
                Assert.Equal(golden.Outputs["y"].Data[i], values[i], GoldenCases.Float64Tolerance);
                Assert.Equal(golden.Gradients["x"].Data[i], slopes[i], GoldenCases.Float64Tolerance);
            }
        }
        Assert.Equal(mask.Length, met.Count);
    }

    private static Size2d Size(GoldenCase golden, string attribute) => (golden.Attribute<int[]>(attribute)[0], golden.Attribute<int[]>(attribute)[^1]);
}
