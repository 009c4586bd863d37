using System.Text.Json.Nodes;

namespace Backprop;

/// <summary>What a network is made of, and what it costs: its layers in the order in which they end, found out by one prediction (Keras: <c>summary</c>; torchinfo).</summary>
/// <remarks>
/// <code>Console.WriteLine(ModelSummary.Of(model, [1, 28, 28]));</code>
/// Each module that is called has a row, unless it has no parameters of its own and only passes on what its parts make, as a <see cref="Sequential"/> does; one that is never
/// called has a row if it has parameters of its own. The network is watched in evaluation mode, where the row of a <see cref="Dropout"/> costs nothing, and is not changed.
/// </remarks>
public sealed class ModelSummary
{
    /// <summary>How many columns of <see cref="Cells"/> are words; the others are numbers, and look better to the right.</summary>
    public const int WordColumns = 3;

    private ModelSummary(Tensor input, IReadOnlyList<LayerSummary> layers, Module module)
    {
        InputShape = input.Shape;
        Layers = layers;
        foreach (LayerSummary layer in layers)
        {
            Parameters += layer.Parameters;
            TrainableParameters += layer.TrainableParameters;
            Buffers += layer.Buffers;
            MultiplyAdds += layer.MultiplyAdds;
            ActivationBytes += layer.ActivationBytes;
        }
        foreach ((_, Parameter parameter) in module.NamedParameters) ParameterBytes += parameter.ByteCount;
    }

    /// <summary>The shape of the input that the network was watched on, with the batch.</summary>
    public Shape InputShape { get; }

    /// <summary>The layers, in the order in which they end; last those that have parameters and were never called.</summary>
    public IReadOnlyList<LayerSummary> Layers { get; }

    /// <summary>The elements of all parameters; what several layers share is counted once.</summary>
    public long Parameters { get; }

    /// <summary>Of those, the elements that gradients are computed for.</summary>
    public long TrainableParameters { get; }

    /// <summary>The elements of all buffers.</summary>
    public long Buffers { get; }

    /// <summary>The products that a forward pass of the batch adds up, see <see cref="Operation.MultiplyAdds"/>. Its backward pass adds up about twice as many.</summary>
    public long MultiplyAdds { get; }

    /// <summary>The memory of the parameters.</summary>
    public long ParameterBytes { get; }

    /// <summary>The memory of all that the layers make of the batch, which a training step keeps for its backward pass, nearly all of it.</summary>
    public long ActivationBytes { get; }

    /// <summary>The table, cell by cell: the headings, a row for each layer, the totals.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Cells => SummaryText.Cells(this);

    /// <summary>What goes below the table: the input, the memory of the parameters, what is not trained, what is in buffers.</summary>
    public string Remark => SummaryText.Remark(this);

    /// <summary>Watches a network on inputs of zeros.</summary>
    /// <param name="module">The network, or any layer.</param>
    /// <param name="inputShape">The shape of one input, without the batch. A module that takes no floating-point numbers needs <see cref="Of(Module, Tensor)"/>.</param>
    /// <param name="batchSize">How many inputs.</param>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public static ModelSummary Of(Module module, Shape inputShape, int batchSize = 1)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        DType dtype = DType.Float32;
        foreach ((_, Parameter parameter) in module.NamedParameters)
        {
            dtype = parameter.DType;
            break;
        }
        return Of(module, Tensor.Zeros(Shape.Create(batchSize).Concat(inputShape), dtype));
    }

    /// <summary>Watches a network on an input.</summary>
    /// <param name="module">The network, or any layer.</param>
    /// <param name="input">A batch.</param>
    /// <exception cref="ShapeException">The input does not fit.</exception>
    public static ModelSummary Of(Module module, Tensor input)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(input);
        using StepMemory.Outside outside = StepMemory.Suspend();
        var watch = new SummaryWatch(input);
        using (watch.Open()) module.Predict(input);
        watch.End(module);
        return new ModelSummary(input, watch.Layers, module);
    }

    /// <summary>A table with the totals below it.</summary>
    public override string ToString() => SummaryText.Of(this);

    /// <summary>The same for programs: <c>input_shape</c>, <c>layers</c>, and the totals.</summary>
    public JsonObject ToJson() => new()
    {
        ["input_shape"] = Json(InputShape),
        ["layers"] = new JsonArray([.. Layers.Select(Json)]),
        ["parameters"] = Parameters,
        ["trainable_parameters"] = TrainableParameters,
        ["buffers"] = Buffers,
        ["multiply_adds"] = MultiplyAdds,
        ["parameter_bytes"] = ParameterBytes,
        ["activation_bytes"] = ActivationBytes,
    };

    private static JsonNode Json(LayerSummary layer) => new JsonObject
    {
        ["path"] = layer.Path,
        ["type"] = layer.Layer.Description.Type,
        ["description"] = layer.Description,
        ["inputs"] = new JsonArray([.. layer.Inputs.Select(row => (JsonNode)row)]),
        ["output_shape"] = layer.OutputShape is { } shape ? Json(shape) : null,
        ["parameters"] = layer.Parameters,
        ["trainable_parameters"] = layer.TrainableParameters,
        ["buffers"] = layer.Buffers,
        ["multiply_adds"] = layer.MultiplyAdds,
        ["activation_bytes"] = layer.ActivationBytes,
    };

    private static JsonArray Json(Shape shape)
    {
        var lengths = new JsonArray();
        foreach (int length in shape.AsSpan()) lengths.Add((JsonNode)length);
        return lengths;
    }
}
