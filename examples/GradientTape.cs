namespace Backprop.Examples;

/// <summary>What TensorFlow's <c>GradientTape</c> prints for y = sigmoid(x w + b) and for y = x w + b, and why the shapes are what they are.</summary>
public static class GradientTape
{
    /// <summary>Takes both derivatives, then the Jacobian they are the sum of.</summary>
    public static void Run(TextWriter output)
    {
        Tensor x = Leaf(0.5), w = Leaf(1, 2, 3), b = Leaf(4, 5, 6);
        output.WriteLine("x = [[0.5]], w = [[1, 2, 3]], b = [[4, 5, 6]]");
        output.WriteLine();

        Tensor y = (x.MatMul(w) + b).Sigmoid();
        Gradients g = y.Sum().Backward();
        output.WriteLine("y = sigmoid(x w + b)");
        output.WriteLine($"  d sum(y) / d w = {Row(g[w])}");
        output.WriteLine("       tutorial:   [[0.00543311, 0.00123326, 0.00027623]], in float32, where y (1 - y) is rounded: below 1, numbers are 6e-8 apart");
        output.WriteLine($"  d sum(y) / d b = {Row(g[b])}");
        output.WriteLine($"  d sum(y) / d x = {Row(g[x])}");

        Gradients straight = (x.MatMul(w) + b).Sum().Backward();
        output.WriteLine();
        output.WriteLine("y = x w + b");
        output.WriteLine($"  d sum(y) / d w = {Row(straight[w])}");
        output.WriteLine($"  d sum(y) / d b = {Row(straight[b])}");
        output.WriteLine($"  d sum(y) / d x = {Row(straight[x])}");

        // y has three elements, and so a derivative for each pair of one of y and one of w: the Jacobian, [3, 3]. One backward pass gives one row of it.
        output.WriteLine();
        output.WriteLine("The Jacobian of sigmoid(x w + b) by w, a row for each element of y:");
        for (int i = 0; i < 3; i++)
        {
            y = (x.MatMul(w) + b).Sigmoid();
            Tensor oneHot = Tensor.Generate(y.Shape, y.DType, j => j == i ? 1 : 0);
            output.WriteLine($"  d y{i} / d w     = {Row(y.Backward(oneHot)[w])}");
        }

        output.WriteLine();
        output.WriteLine("Why the shapes differ:");
        output.WriteLine("- A gradient has the shape of what it is the gradient of: [1, 3] for w and b, [1, 1] for x, which reaches all three outputs and gets the sum of their parts.");
        output.WriteLine("- That holds for a scalar result. The tape sums a result of more elements without saying so: [1, 3] is the sum of the Jacobian's rows, not the Jacobian.");
        output.WriteLine("- Here nothing is lost: each w reaches one output only, so all of the Jacobian is on its diagonal. Backward asks for a scalar, or for a gradient of the result's shape to begin with.");
    }

    private static Tensor Leaf(params ReadOnlySpan<double> row) => Tensor.From(row, [1, row.Length]).RequireGradient();

    private static string Row(Tensor row) => $"[[{string.Join(", ", row.To(DType.Float64).ToArray<double>().Select(value => value.ToString("0.########")))}]]";
}
