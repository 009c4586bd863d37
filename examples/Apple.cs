namespace Backprop.Examples;

/// <summary>The graph of the first lesson: what does a basket of fruit cost, and what does each number in it do to the price?</summary>
public static class Apple
{
    /// <summary>Buys apples, then apples and oranges.</summary>
    public static void Run(TextWriter output)
    {
        Tensor apple = Leaf(100), apples = Leaf(2), orange = Leaf(150), oranges = Leaf(3), tax = Leaf(1.1);

        // Forward, from the left to the right: two multiplication nodes.
        Tensor price = new MultiplyOperation().Apply(new MultiplyOperation().Apply(apple, apples), tax);

        // Backward, from the right to the left: it starts with 1, and each node multiplies by its local derivative.
        Gradients g = price.Backward();

        output.WriteLine("2 apples at 100, tax 10 %");
        output.WriteLine($"  price                      {price}");
        output.WriteLine($"  d price / d apple price    {g[apple]}");
        output.WriteLine($"  d price / d apples         {g[apples]}");
        output.WriteLine($"  d price / d tax            {g[tax]}");

        // With oranges there is a sum, and an addition node.
        price = Basket(apple, apples, orange, oranges, tax);
        g = price.Backward();

        output.WriteLine();
        output.WriteLine("2 apples at 100 and 3 oranges at 150, tax 10 %");
        output.WriteLine($"  price                      {price}");
        output.WriteLine($"  d price / d apple price    {g[apple]}      an apple that costs 1 more makes the basket 2.2 dearer: there are two, and they are taxed");
        output.WriteLine($"  d price / d apples         {g[apples]}");
        output.WriteLine($"  d price / d orange price   {g[orange]}");
        output.WriteLine($"  d price / d oranges        {g[oranges]}");
        output.WriteLine($"  d price / d tax            {g[tax]}      what is taxed");

        // The library's own + and * are such nodes.
        price = (apple * apples + orange * oranges) * tax;
        g = price.Backward();
        output.WriteLine();
        output.WriteLine($"(apple * apples + orange * oranges) * tax = {price}, backward: {g[apple]}, {g[apples]}, {g[orange]}, {g[oranges]}, {g[tax]}");
    }

    /// <summary>The graph of the full basket as a picture, with its numbers.</summary>
    public static Explanation Explain()
    {
        Tensor apple = Leaf(100), apples = Leaf(2), orange = Leaf(150), oranges = Leaf(3), tax = Leaf(1.1);
        Tensor price = Basket(apple, apples, orange, oranges, tax);
        return price.Explain([apple, apples, orange, oranges, tax]);
    }

    private static Tensor Basket(Tensor apple, Tensor apples, Tensor orange, Tensor oranges, Tensor tax)
    {
        Tensor sum = new AddOperation().Apply(new MultiplyOperation().Apply(apple, apples), new MultiplyOperation().Apply(orange, oranges));
        return new MultiplyOperation().Apply(sum, tax);
    }

    private static Tensor Leaf(double value) => Tensor.Scalar(value, DType.Float64).RequireGradient();
}

/// <summary>z = x · y. Local derivatives: ∂z/∂x = y, ∂z/∂y = x, so backward has to remember both, and swaps them.</summary>
public sealed class MultiplyOperation : BinaryOperation
{
    private Tensor _x = null!, _y = null!;

    /// <inheritdoc/>
    public override OperationFormula Formula => new("z = x · y", "∂z/∂x = y", "∂z/∂y = x");

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor a, Tensor b)
    {
        (_x, _y) = (Save(a), Save(b));
        return a * b;
    }

    /// <inheritdoc/>
    protected override (Tensor? A, Tensor? B) Backward(Tensor gradient) => (gradient * _y, gradient * _x);
}

/// <summary>z = x + y. Local derivatives: ∂z/∂x = ∂z/∂y = 1, so the gradient passes to both sides as it is.</summary>
public sealed class AddOperation : BinaryOperation
{
    /// <inheritdoc/>
    public override OperationFormula Formula => new("z = x + y", "∂z/∂x = 1", "∂z/∂y = 1");

    /// <inheritdoc/>
    protected override Tensor Forward(Tensor a, Tensor b) => a + b;

    /// <inheritdoc/>
    protected override (Tensor? A, Tensor? B) Backward(Tensor gradient) => (gradient, gradient);
}
