using System.Text.Json;

namespace Backprop.Tests;

/// <summary>Runs the golden cases of whole networks: outputs, gradients, and ten steps of training.</summary>
internal static class GoldenNetworks
{
    public static void Network(GoldenCase golden)
    {
        foreach (DType dtype in new[] { DType.Float64, DType.Float32 })
        {
            (double once, double afterSteps) = dtype == DType.Float64
                ? (GoldenCases.Float64Tolerance, GoldenCases.Float64ToleranceAfterSteps)
                : (GoldenCases.Float32Tolerance, GoldenCases.Float32ToleranceAfterSteps);
            Differentiate(golden, Build(golden).To(dtype), dtype, once);
            foreach (string optimizer in new[] { "sgd", "adam" }) Train(golden, Build(golden).To(dtype), optimizer, dtype, afterSteps);
        }
    }

    private static void Differentiate(GoldenCase golden, Module model, DType dtype, double tolerance)
    {
        Tensor x = golden.Inputs["x"].ToTensor(dtype).RequireGradient(), y = model.Forward(x), loss = Loss(golden)(y, Target(golden, dtype));
        golden.Outputs["y"].AssertClose<double>(Values(y), tolerance, $"{golden} y");
        golden.Outputs["loss"].AssertClose<double>(Values(loss), tolerance, $"{golden} loss");
        Gradients gradients = loss.Backward();
        golden.Gradients["x"].AssertClose<double>(Values(gradients[x]), tolerance, $"{golden} dx");
        foreach ((string key, Parameter parameter) in ByGoldenName(model)) golden.Gradients[key].AssertClose<double>(Values(gradients[parameter]), tolerance, $"{golden} d{key}");
    }

    private static void Train(GoldenCase golden, Module model, string kind, DType dtype, double tolerance)
    {
        double learningRate = golden.Attribute<JsonElement>(kind).GetProperty("lr").GetDouble();
        Optimizer optimizer = kind == "sgd" ? new Sgd(model.Parameters, learningRate) : new Adam(model.Parameters, learningRate);
        Tensor x = golden.Inputs["x"].ToTensor(dtype), target = Target(golden, dtype);
        var losses = new List<double>();
        var memory = new StepMemory();
        for (int step = 0; step < golden.Attribute<int>("steps"); step++)
        {
            using StepScope scope = memory.Begin();
            Tensor loss = Loss(golden)(model.Forward(x), target);
            losses.Add(loss.Item());
            optimizer.Step(loss.Backward());
        }
        JsonElement expected = golden.Json($"after_{kind}");
        GoldenTensor.Read(expected.GetProperty("losses")).AssertClose<double>(losses.ToArray(), tolerance, $"{golden} {kind} losses");
        IReadOnlyDictionary<string, GoldenTensor> after = GoldenTensor.ReadMap(expected.GetProperty("parameters"));
        foreach ((string key, Parameter parameter) in ByGoldenName(model)) after[key].AssertClose<double>(Values(parameter), tolerance, $"{golden} {kind} {key}");
        if (!expected.TryGetProperty("buffers", out JsonElement buffers)) return;
        foreach ((string key, GoldenTensor buffer) in GoldenTensor.ReadMap(buffers))
        {
            buffer.AssertClose<double>(Values(model.NamedBuffers.Single(named => named.Key.EndsWith(key, StringComparison.Ordinal)).Value), tolerance, $"{golden} {kind} {key}");
        }
    }

    private static double[] Values(Tensor tensor) => [.. Enumerable.Range(0, tensor.ElementCount).Select(tensor.ElementAt)];

    private static Func<Tensor, Tensor, Tensor> Loss(GoldenCase golden) => golden.Attribute<string>("loss") == "mse" ? Losses.Mse : Losses.CrossEntropy;

    private static Tensor Target(GoldenCase golden, DType dtype) => golden.Inputs["target"].ToTensor(dtype);

    /// <summary>The golden file names layers without the containers around them.</summary>
    private static Dictionary<string, Parameter> ByGoldenName(Module model) =>
        model.NamedParameters.ToDictionary(named => string.Join('.', named.Key.Split('.')[^2..]), named => named.Value);

    private static Module Build(GoldenCase golden)
    {
        IReadOnlyDictionary<string, GoldenTensor> parameters = golden.Tensors("parameters");
        Module model = Chain(golden.Attribute<JsonElement>("layers")).To(DType.Float64);
        foreach ((string key, Parameter parameter) in ByGoldenName(model)) parameter.CopyFrom(parameters[key].ToTensor(DType.Float64));
        return model;

        Sequential Chain(JsonElement layers)
        {
            var chain = new Sequential();
            foreach (JsonElement layer in layers.EnumerateArray())
            {
                if (layer.TryGetProperty("name", out JsonElement name)) chain.Add(name.GetString()!, Layer(layer));
                else chain.Add(Layer(layer));
            }
            return chain;
        }

        Module Layer(JsonElement layer)
        {
            string kind = layer.GetProperty("layer").GetString()!;
            int[] shape = layer.TryGetProperty("name", out JsonElement name) ? parameters[$"{name}.weight"].Shape : [];
            bool bias = parameters.ContainsKey($"{name}.bias");
            return kind switch
            {
                "linear" => new Linear(shape[1], shape[0], bias),
                "conv2d" => new Conv2d(shape[1], shape[0], (shape[2], shape[3]), Size("stride"), Size("padding"), bias: bias),
                "batch_norm" => new BatchNorm2d(shape[0]),
                "max_pool2d" => new MaxPool2d(Size("kernel_size"), Size("stride")),
                "global_avg_pool" => new GlobalAvgPool2d(),
                "residual" => new Residual(Chain(layer.GetProperty("body"))),
                "flatten" => new Flatten(),
                "relu" => new Relu(),
                "sigmoid" => new Sigmoid(),
                _ => throw new NotSupportedException(kind),
            };

            Size2d Size(string key) => (layer.GetProperty(key)[0].GetInt32(), layer.GetProperty(key)[1].GetInt32());
        }
    }
}
