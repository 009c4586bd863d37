namespace Backprop.Tests;

/// <summary>
/// Runs the golden cases of recurrent cells and attention. The library has no such layers yet; here they are put together from its operations, which also shows that the engine takes
/// weights that are used again in each step, and graphs that are no chain.
/// </summary>
internal static class GoldenSequences
{
    public static void Lstm(GoldenCase golden) => Recurrent(golden, (inputs, layer, x, state) =>
    {
        Tensor[] gates = Parts(Gates(inputs, layer, "ih", x) + Gates(inputs, layer, "hh", state[0]), 4);
        Tensor c = gates[1].Sigmoid() * state[1] + gates[0].Sigmoid() * gates[2].Tanh();
        return [gates[3].Sigmoid() * c.Tanh(), c];
    }, "h", "c");

    public static void Gru(GoldenCase golden) => Recurrent(golden, (inputs, layer, x, state) =>
    {
        Tensor[] l = Parts(Gates(inputs, layer, "ih", x), 3), r = Parts(Gates(inputs, layer, "hh", state[0]), 3);
        Tensor z = (l[1] + r[1]).Sigmoid(), n = (l[2] + (l[0] + r[0]).Sigmoid() * r[2]).Tanh();
        return [(1 - z) * n + z * state[0]];
    }, "h");

    public static void Attention(GoldenCase golden) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        Tensor query = inputs["query"], key = inputs.GetValueOrDefault("key", query), value = inputs.GetValueOrDefault("value", query);
        Tensor? mask = inputs.GetValueOrDefault("mask");
        if (golden.Attribute<string>("op") == "scaled_dot_product")
        {
            if (golden.Attribute<bool>("causal")) mask = Tensor.Generate([query.Shape[^2], key.Shape[^2]], query.DType, i => i % key.Shape[^2] <= i / key.Shape[^2] ? 1 : 0);
            return DotProduct(query, key, value, mask);
        }
        int heads = golden.Attribute<int>("num_heads");
        Tensor[] weights = Parts(inputs["in_proj_weight"], 3, axis: 0), biases = Parts(inputs["in_proj_bias"], 3, axis: 0);
        Dictionary<string, Tensor> result = DotProduct(
            Split(query.Linear(weights[0], biases[0])), Split(key.Linear(weights[1], biases[1])), Split(value.Linear(weights[2], biases[2])), mask);
        Tensor joined = result["y"].Permute(0, 2, 1, 3).Reshape(query.Shape[0], query.Shape[1], query.Shape[2]);
        return new Dictionary<string, Tensor> { ["y"] = joined.Linear(inputs["out_proj_weight"], inputs["out_proj_bias"]), ["weights"] = result["weights"] };

        Tensor Split(Tensor x) => x.Reshape(x.Shape[0], x.Shape[1], heads, -1).Permute(0, 2, 1, 3); // [n, heads, time, width]
    });

    /// <summary>softmax(query · keyᵀ / √width) · value; what the mask forbids gets −∞ before the softmax.</summary>
    private static Dictionary<string, Tensor> DotProduct(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        Tensor scores = query.MatMul(key.Transpose()) / Math.Sqrt(query.Shape[^1]);
        if (mask is not null) scores += mask.Log();
        Tensor weights = scores.Softmax();
        return new() { ["y"] = weights.MatMul(value), ["weights"] = weights };
    }

    /// <summary>Layers of cells, each over all steps, from the states <c>h0</c>, <c>c0</c> on.</summary>
    private static void Recurrent(GoldenCase golden, Func<IReadOnlyDictionary<string, Tensor>, int, Tensor, Tensor[], Tensor[]> cell, params string[] states) => GoldenRun.AssertAgrees(golden, inputs =>
    {
        Tensor[] steps = Steps(inputs["x"], axis: 1);
        Tensor[][] last = [.. states.Select(state => Steps(inputs[state + "0"], axis: 0))];
        for (int layer = 0; layer < golden.Attribute<int>("num_layers"); layer++)
        {
            for (int t = 0; t < steps.Length; t++)
            {
                Tensor[] next = cell(inputs, layer, steps[t], [.. last.Select(state => state[layer])]);
                for (int i = 0; i < next.Length; i++) last[i][layer] = next[i];
                steps[t] = next[0];
            }
        }
        Dictionary<string, Tensor> outputs = states.Zip(last).ToDictionary(state => state.First + "_n", state => Tensor.Stack(0, state.Second));
        outputs["y"] = Tensor.Stack(1, steps);
        return outputs;
    });

    private static Tensor Gates(IReadOnlyDictionary<string, Tensor> inputs, int layer, string kind, Tensor x) => x.Linear(inputs[$"weight_{kind}_l{layer}"], inputs[$"bias_{kind}_l{layer}"]);

    /// <summary>Equal parts of an axis.</summary>
    private static Tensor[] Parts(Tensor x, int count, int axis = -1)
    {
        int at = axis < 0 ? axis + x.Rank : axis, length = x.Shape[at] / count;
        return [.. Enumerable.Range(0, count).Select(part => x.Slice([.. Enumerable.Repeat<SliceRange>(.., at), new SliceRange(part * length, (part + 1) * length)]))];
    }

    /// <summary>The positions of an axis, without it.</summary>
    private static Tensor[] Steps(Tensor x, int axis) => [.. Parts(x, x.Shape[axis], axis).Select(part => part.Squeeze(axis))];
}
