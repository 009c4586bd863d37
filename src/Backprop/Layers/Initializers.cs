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

/// <summary>The function that follows a layer, by which a gain is chosen.</summary>
public enum Nonlinearity
{
    /// <summary>None, gain 1; convolutions count as linear.</summary>
    Linear,

    /// <summary>Gain 1.</summary>
    Sigmoid,

    /// <summary>Gain 5/3.</summary>
    Tanh,

    /// <summary>Gain √2.</summary>
    Relu,

    /// <summary>Gain √(2/(1 + slope²)).</summary>
    LeakyRelu,

    /// <summary>Gain 3/4.</summary>
    Selu,
}

/// <summary>What a parameter may start with. Formulas and defaults are PyTorch's <c>torch.nn.init</c>; the book's variants are named so.</summary>
/// <remarks>fan-in = in · kernel, fan-out = out · kernel, of a parameter [out, in, kernel...]. An initializer fills any tensor: <c>Initializers.KaimingNormal()(layer.Weight, random)</c>.</remarks>
public static class Initializers
{
    /// <summary>All zeros.</summary>
    public static Initializer Zeros => Constant(0);

    /// <summary>All ones.</summary>
    public static Initializer Ones => Constant(1);

    /// <summary>The book's plain start, 0.01 · N(0, 1).</summary>
    public static Initializer BookNormal => Normal(0, 0.01);

    /// <summary>The book's "Xavier", √(1/in) · N(0, 1): it looks at the fan-in only.</summary>
    public static Initializer BookXavier => KaimingNormal(nonlinearity: Nonlinearity.Linear);

    /// <summary>The book's "He", √(2/in) · N(0, 1): the same as <see cref="KaimingNormal"/> with its defaults.</summary>
    public static Initializer BookHe => KaimingNormal(nonlinearity: Nonlinearity.Relu);

    /// <summary>By how much weights have to be larger to make up for what a function takes of the variance (PyTorch: <c>calculate_gain</c>).</summary>
    /// <param name="nonlinearity">The function.</param>
    /// <param name="slope">The slope for negative numbers of a LeakyReLU; the others have none.</param>
    public static double Gain(Nonlinearity nonlinearity, double slope = 0.01) => nonlinearity switch
    {
        Nonlinearity.Tanh => 5.0 / 3,
        Nonlinearity.Relu => Math.Sqrt(2),
        Nonlinearity.LeakyRelu => Math.Sqrt(2 / (1 + slope * slope)),
        Nonlinearity.Selu => 0.75,
        _ => 1,
    };

    /// <summary>All equal to <paramref name="value"/>.</summary>
    public static Initializer Constant(double value) => (parameter, _) => parameter.Fill(value);

    /// <summary>Uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Initializer Uniform(double low = 0, double high = 1) => (parameter, random) => Draw(parameter, _ => random.NextUniform(low, high));

    /// <summary>Normal with the given mean and deviation.</summary>
    public static Initializer Normal(double mean = 0, double standardDeviation = 1) =>
        (parameter, random) => Draw(parameter, _ => mean + standardDeviation * random.NextNormal());

    /// <summary>
    /// Normal, drawn again while outside of [<paramref name="low"/>, <paramref name="high"/>]: the bounds are absolute, and nothing is rescaled. (Keras cuts at two
    /// deviations and divides the deviation by 0.8796 to keep the variance.)
    /// </summary>
    /// <exception cref="ArgumentException">Next to nothing of the distribution lies between the bounds.</exception>
    public static Initializer TruncatedNormal(double mean = 0, double standardDeviation = 1, double low = -2, double high = 2)
    {
        if (!(standardDeviation > 0 && low < high && low - mean < 4 * standardDeviation && mean - high < 4 * standardDeviation))
        {
            throw new ArgumentException($"TruncatedNormal: [{low}, {high}] holds next to nothing of a normal distribution of mean {mean} and deviation {standardDeviation}.");
        }
        return (parameter, random) => Draw(parameter, _ =>
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

    /// <summary>Uniform in ±gain·√(6/(fan-in + fan-out)) (Keras' default: <c>glorot_uniform</c>). X. Glorot, Y. Bengio (2010).</summary>
    public static Initializer XavierUniform(double gain = 1) => UniformBy(shape => gain * Math.Sqrt(6 / (Fan(shape, FanMode.FanIn) + Fan(shape, FanMode.FanOut))));

    /// <summary>Normal of deviation gain·√(2/(fan-in + fan-out)). X. Glorot, Y. Bengio (2010).</summary>
    public static Initializer XavierNormal(double gain = 1) => NormalBy(shape => gain * Math.Sqrt(2 / (Fan(shape, FanMode.FanIn) + Fan(shape, FanMode.FanOut))));

    /// <summary>Uniform in ±gain·√(3/fan) (Keras: <c>he_uniform</c>). K. He et al., "Delving deep into rectifiers" (2015).</summary>
    /// <param name="slope">The slope for negative numbers of the LeakyReLU that follows; 0 is a ReLU.</param>
    /// <param name="mode">Which fan.</param>
    /// <param name="nonlinearity">The function that follows, whose <see cref="Gain"/> it is.</param>
    public static Initializer KaimingUniform(double slope = 0, FanMode mode = FanMode.FanIn, Nonlinearity nonlinearity = Nonlinearity.LeakyRelu) =>
        UniformBy(shape => Gain(nonlinearity, slope) * Math.Sqrt(3 / Fan(shape, mode)));

    /// <summary>Normal of deviation gain/√fan (Keras: <c>he_normal</c>). K. He et al., "Delving deep into rectifiers" (2015).</summary>
    /// <inheritdoc cref="KaimingUniform" path="/param"/>
    public static Initializer KaimingNormal(double slope = 0, FanMode mode = FanMode.FanIn, Nonlinearity nonlinearity = Nonlinearity.LeakyRelu) =>
        NormalBy(shape => Gain(nonlinearity, slope) / Math.Sqrt(Fan(shape, mode)));

    /// <summary>Uniform in ±1/√fan-in: PyTorch's default for linear and convolution layers, weight and bias.</summary>
    internal static Initializer FanInUniform(int fanIn) => Uniform(-1 / Math.Sqrt(fanIn), 1 / Math.Sqrt(fanIn));

    private static Initializer UniformBy(Func<Shape, double> bound) => (parameter, random) => Uniform(-bound(parameter.Shape), bound(parameter.Shape))(parameter, random);

    private static Initializer NormalBy(Func<Shape, double> deviation) => (parameter, random) => Normal(0, deviation(parameter.Shape))(parameter, random);

    private static void Draw(Tensor parameter, Func<int, double> element) => parameter.CopyFrom(Tensor.Generate(parameter.Shape, parameter.DType, element));

    private static double Fan(Shape shape, FanMode mode)
    {
        if (shape.Rank < 2) throw new ShapeException($"Initializers: the fan-in and fan-out of {shape} are not defined; a parameter [out, in, kernel...] has at least two axes.");
        return (double)shape[mode == FanMode.FanIn ? 1 : 0] * shape[2..].ElementCount;
    }
}
