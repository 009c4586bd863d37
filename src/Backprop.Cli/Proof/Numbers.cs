namespace Backprop.Cli.Proof;

/// <summary>The numbers that break careless code, and short ways to write a case.</summary>
internal static class Numbers
{
    public const double Big = 1e4, Inf = double.PositiveInfinity, NaN = double.NaN;

    /// <summary>A number that is subnormal in float32.</summary>
    public const double Tiny = 1e-40;

    /// <summary>The arguments at which the outcome of every function of one number is stated.</summary>
    public static IReadOnlyList<double> Extremes { get; } = [Big, -Big, Inf, -Inf, NaN, Tiny, -0.0];

    /// <summary>A tensor of float64; of zeros if no element is given.</summary>
    public static Tensor Of(Shape shape, params double[] elements) => elements.Length == 0 ? Tensor.Zeros(shape, DType.Float64) : Tensor.From(elements, shape);

    /// <summary>A vector of float64.</summary>
    public static Tensor Of(params double[] elements) => Tensor.From(elements);

    /// <summary>A function of one number, element by element.</summary>
    public static OperationCase Unary(string name, Func<Tensor, Tensor> function, (double Low, double High) domain, params (double X, double Y, double Slope)[] table) => new(name, inputs => function(inputs[0]))
    {
        Shapes = [[[3, 7]], [[2, 3, 4]], [[1]], [Shape.Scalar], [[0]], [[2, 0]]],
        Domain = domain,
        Stated = [new([Of([.. table.Select(row => row.X)])], [.. table.Select(row => row.Y)], [.. table.Select(row => row.Slope)])],
    };

    /// <summary>A function of two numbers, element by element, with broadcasting.</summary>
    public static OperationCase Binary(string name, Func<Tensor, Tensor, Tensor> function, (double Low, double High) domain, params (double A, double B, double Result, double SlopeA, double SlopeB)[] table) =>
        new(name, inputs => function(inputs[0], inputs[1]))
        {
            Shapes =
            [
                [[3, 4], [3, 4]],
                [[3, 4], [4]], [[4], [3, 4]], [[3, 1], [1, 4]], [[2, 3, 4], [3, 1]], [[2, 1, 4], [5, 1]], [[3, 4], Shape.Scalar], [Shape.Scalar, [2, 3]],
                [Shape.Scalar, Shape.Scalar], [[1], [1]], [[0], [0]], [[2, 0], [1]], [[0, 3], [3]],
            ],
            Domain = domain,
            Stated =
            [
                new([Of([.. table.Select(row => row.A)]), Of([.. table.Select(row => row.B)])], [.. table.Select(row => row.Result)], [.. table.Select(row => row.SlopeA)], [.. table.Select(row => row.SlopeB)]),
            ],
        };
}
