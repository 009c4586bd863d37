namespace Backprop;

/// <summary>Fills a new parameter. The parameter's axes are [out, in, kernel...].</summary>
public delegate void Initializer(Tensor parameter, RandomSource random);

/// <summary>Which way variances are kept: on the way forward by the fan-in, on the way back by the fan-out.</summary>
public enum FanMode
{
    /// <summary>Number of inputs an output sums over: axis 1 times the kernel.</summary>
    FanIn,

    /// <summary>Number of outputs an input feeds: axis 0 times the kernel.</summary>
    FanOut,
}

/// <summary>What a parameter may start with. Formulas and defaults are PyTorch's <c>torch.nn.init</c>.</summary>
public static class Initializers
{
    /// <summary>√2, the gain that keeps the variance through a ReLU.</summary>
    public static double ReluGain => Math.Sqrt(2);

    /// <summary>5/3, the gain for tanh.</summary>
    public static double TanhGain => 5.0 / 3;

    /// <summary>All zeros.</summary>
    public static Initializer Zeros => Constant(0);

    /// <summary>All ones.</summary>
    public static Initializer Ones => Constant(1);

    /// <summary>√(2/(1 + a²)), the gain for a LeakyReLU of slope <paramref name="slope"/>.</summary>
    public static double LeakyReluGain(double slope = 0.01) => Math.Sqrt(2 / (1 + slope * slope));

    /// <summary>All equal to <paramref name="value"/>.</summary>
    public static Initializer Constant(double value) => (parameter, _) => parameter.Fill(value);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Initializer Uniform(double low = 0, double high = 1) => (parameter, random) => Draw(parameter, () => random.NextUniform(low, high));

    /// <summary>Normal with the given mean and deviation. The book's "0.01": <c>Normal(0, 0.01)</c>.</summary>
    public static Initializer Normal(double mean = 0, double standardDeviation = 1) =>
        (parameter, random) => Draw(parameter, () => mean + standardDeviation * random.NextNormal());

    /// <summary>Normal, drawn again while outside of [<paramref name="low"/>, <paramref name="high"/>]; the bounds are absolute, and nothing is rescaled.</summary>
    /// <exception cref="ArgumentException">The bounds are further than 10 deviations from the mean on one side, so that next to nothing would be accepted.</exception>
    public static Initializer TruncatedNormal(double mean = 0, double standardDeviation = 1, double low = -2, double high = 2)
    {
        if (!(low < high && (low - mean) / standardDeviation < 10 && (mean - high) / standardDeviation < 10))
        {
            throw new ArgumentException($"TruncatedNormal: [{low}, {high}] holds next to nothing of a normal distribution of mean {mean} and deviation {standardDeviation}.");
        }
        return (parameter, random) => Draw(parameter, () =>
        {
            double x;
            do
            {
                x = mean + standardDeviation * random.NextNormal();
            }
            while (x < low || x > high);
            return x;
        });
    }

    /// <summary>Uniform in ±gain·√(6/(fan-in + fan-out)); Keras' default ("Glorot"). X. Glorot, Y. Bengio (2010).</summary>
    public static Initializer XavierUniform(double gain = 1) => Scaled(shape => gain * Math.Sqrt(6.0 / (FanIn(shape) + FanOut(shape))), uniform: true);

    /// <summary>Normal of deviation gain·√(2/(fan-in + fan-out)). X. Glorot, Y. Bengio (2010).</summary>
    public static Initializer XavierNormal(double gain = 1) => Scaled(shape => gain * Math.Sqrt(2.0 / (FanIn(shape) + FanOut(shape))), uniform: false);

    /// <summary>Uniform in ±gain·√(3/fan). K. He et al. (2015).</summary>
    /// <param name="mode">Which fan.</param>
    /// <param name="gain">The gain of the function that follows; null: <see cref="ReluGain"/>.</param>
    public static Initializer KaimingUniform(FanMode mode = FanMode.FanIn, double? gain = null) =>
        Scaled(shape => (gain ?? ReluGain) * Math.Sqrt(3.0 / Fan(shape, mode)), uniform: true);

    /// <summary>Normal of deviation gain/√fan. K. He et al. (2015). With fan-in and the default gain this is the book's "He": √(2/in)·N(0, 1).</summary>
    /// <param name="mode">Which fan.</param>
    /// <param name="gain">The gain of the function that follows; null: <see cref="ReluGain"/>.</param>
    public static Initializer KaimingNormal(FanMode mode = FanMode.FanIn, double? gain = null) =>
        Scaled(shape => (gain ?? ReluGain) / Math.Sqrt(Fan(shape, mode)), uniform: false);

    /// <summary>The book's "Xavier": √(1/in)·N(0, 1), which looks at the fan-in only.</summary>
    public static Initializer BookXavier => KaimingNormal(FanMode.FanIn, gain: 1);

    /// <summary>Uniform in ±1/√fan-in: PyTorch's default for linear and convolution layers, weight and bias.</summary>
    internal static Initializer FanInUniform(int fanIn) => Uniform(-1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));

    private static Initializer Scaled(Func<Shape, double> scale, bool uniform) => (parameter, random) =>
    {
        double s = scale(parameter.Shape);
        Draw(parameter, uniform ? () => random.NextUniform(-s, s) : () => s * random.NextNormal());
    };

    private static void Draw(Tensor parameter, Func<double> next) => parameter.CopyFrom(Tensor.Generate(parameter.Shape, parameter.DType, _ => next()));

    private static double Fan(Shape shape, FanMode mode) => mode == FanMode.FanIn ? FanIn(shape) : FanOut(shape);

    private static double FanIn(Shape shape) => Matrix(shape)[1..].ElementCount;

    private static double FanOut(Shape shape) => Matrix(shape)[0] * (double)shape[2..].ElementCount;

    private static Shape Matrix(Shape shape) =>
        shape.Rank >= 2 ? shape : throw new ShapeException($"The fan-in and fan-out of {shape} are not defined: a parameter [out, in, kernel...] has at least two axes.");
}
