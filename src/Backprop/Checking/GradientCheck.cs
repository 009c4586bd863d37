namespace Backprop;

/// <summary>Proves a backward pass: compares it with central differences, <c>(L(w + h) − L(w − h)) / 2h</c>, element by element.</summary>
/// <remarks>
/// <para>Everything is computed in float64, by the code that computes in float32: inputs and parameters of float32 are replaced by float64 ones for the time of the check.
/// L is the function's result weighted by random numbers, the upstream gradient, and never a plain sum, which hides mistakes. h is ∛ε, about 6·10⁻⁶, times max(1, |w|).</para>
/// <para>Where the slope is another to the left than to the right, as ReLU's at 0, backward may give either, or one between, and the report says <i>kink</i>. If something is wrong, each
/// operation of the graph is checked alone, and the report names the ones that are to blame, with their layer.</para>
/// <para>Parameters, running statistics, random sources and modes are as before when the check returns. A function is called many times and has to give the same result each time.</para>
/// </remarks>
public static class GradientCheck
{
    /// <summary>Checks a function of one tensor.</summary>
    /// <param name="function">The function, for example <c>x => x.Relu()</c>. Other tensors that it uses have to be of float64.</param>
    /// <param name="x">Where its slope is taken.</param>
    /// <param name="options">The tolerance, the sample; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The result is not float64, or not the same each time.</exception>
    public static GradientReport Of(Func<Tensor, Tensor> function, Tensor x, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Of(inputs => function(inputs[0]), [x], options);
    }

    /// <summary>Checks a function of two tensors in both.</summary>
    /// <inheritdoc cref="Of(Func{Tensor, Tensor}, Tensor, GradientCheckOptions?)"/>
    public static GradientReport Of(Func<Tensor, Tensor, Tensor> function, Tensor a, Tensor b, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        return Of(inputs => function(inputs[0], inputs[1]), [a, b], options);
    }

    /// <summary>Checks a function of any number of tensors.</summary>
    /// <param name="function">The function. Other tensors that it uses have to be of float64.</param>
    /// <param name="inputs">Where its slopes are taken. If some of them require a gradient, those are checked; else all that hold floating-point numbers.</param>
    /// <param name="options">The tolerance, the sample; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The result is not float64, or not the same each time.</exception>
    public static GradientReport Of(Func<IReadOnlyList<Tensor>, Tensor> function, IReadOnlyList<Tensor> inputs, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(function);
        ArgumentNullException.ThrowIfNull(inputs);
        (Tensor[] copies, List<Variable> variables) = InFloat64(inputs);
        return new GradientComparison(null, () => function(copies), variables, options).Run();
    }

    /// <summary>Checks an operation.</summary>
    /// <param name="create">Makes a new one, for an operation object is one application: <c>() => new CubeOperation()</c>.</param>
    /// <param name="inputs">What it is applied to. If some of them require a gradient, those are checked; else all that hold floating-point numbers.</param>
    /// <param name="options">The tolerance, the sample; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The result is not float64, or not the same each time.</exception>
    public static GradientReport Of(Func<Operation> create, IReadOnlyList<Tensor> inputs, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        ArgumentNullException.ThrowIfNull(inputs);
        (Tensor[] copies, List<Variable> variables) = InFloat64(inputs);
        return new GradientComparison(create().Name, () => create().ApplyTo(copies), variables, options).Run();
    }

    /// <summary>Checks a module in its present mode: all parameters, and the input where that holds floating-point numbers.</summary>
    /// <param name="model">The module. Parameters and buffers are replaced by float64 ones for the time of the check.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="loss">What is made of its output; null checks the output itself.</param>
    /// <param name="options">The tolerance, the sample; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The result is not float64, or not the same each time.</exception>
    public static GradientReport Of(Module model, Tensor input, Func<Tensor, Tensor>? loss = null, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(input);
        options ??= new GradientCheckOptions();
        using var replica = new Float64Replica(model);
        Tensor x = Variable.Float64Copy(input);
        List<Variable> variables = [.. model.NamedParameters.Select(named => new Variable(named.Key, named.Value))];
        if (options.IncludeInput && x.DType.IsFloatingPoint) variables.Add(new Variable("input", x.RequireGradient()));
        return new GradientComparison(
            model.GetType().Name,
            () => model.Forward(x) is var y && loss is null ? y : loss!(y),
            variables,
            options with { RandomSources = [.. options.RandomSources, .. model.RandomSources] }).Run();
    }

    /// <summary>Checks a module and a loss: <c>GradientCheck.Of(model, images, labels, Losses.CrossEntropy)</c>.</summary>
    /// <param name="model">The module. Parameters and buffers are replaced by float64 ones for the time of the check.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="target">What the loss compares the output with.</param>
    /// <param name="loss">The loss of output and target.</param>
    /// <param name="options">The tolerance, the sample; null for the defaults.</param>
    /// <exception cref="InvalidOperationException">The result is not float64, or not the same each time.</exception>
    public static GradientReport Of(Module model, Tensor input, Tensor target, Func<Tensor, Tensor, Tensor> loss, GradientCheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(loss);
        Tensor t = Variable.Float64Copy(target);
        return Of(model, input, y => loss(y, t), options);
    }

    /// <summary>Throws unless a function of one tensor is right, see <see cref="Of(Func{Tensor, Tensor}, Tensor, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Func<Tensor, Tensor> function, Tensor x, GradientCheckOptions? options = null) => Assert(Of(function, x, options));

    /// <summary>Throws unless a function of two tensors is right, see <see cref="Of(Func{Tensor, Tensor, Tensor}, Tensor, Tensor, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Func<Tensor, Tensor, Tensor> function, Tensor a, Tensor b, GradientCheckOptions? options = null) => Assert(Of(function, a, b, options));

    /// <summary>Throws unless a function is right, see <see cref="Of(Func{IReadOnlyList{Tensor}, Tensor}, IReadOnlyList{Tensor}, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Func<IReadOnlyList<Tensor>, Tensor> function, IReadOnlyList<Tensor> inputs, GradientCheckOptions? options = null) => Assert(Of(function, inputs, options));

    /// <summary>Throws unless an operation is right, see <see cref="Of(Func{Operation}, IReadOnlyList{Tensor}, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Func<Operation> create, IReadOnlyList<Tensor> inputs, GradientCheckOptions? options = null) => Assert(Of(create, inputs, options));

    /// <summary>Throws unless a module is right, see <see cref="Of(Module, Tensor, Func{Tensor, Tensor}?, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Module model, Tensor input, Func<Tensor, Tensor>? loss = null, GradientCheckOptions? options = null) => Assert(Of(model, input, loss, options));

    /// <summary>Throws unless a module with a loss is right, see <see cref="Of(Module, Tensor, Tensor, Func{Tensor, Tensor, Tensor}, GradientCheckOptions?)"/>.</summary>
    /// <exception cref="GradientCheckException">It is not; the message is the report.</exception>
    public static void AssertCorrect(Module model, Tensor input, Tensor target, Func<Tensor, Tensor, Tensor> loss, GradientCheckOptions? options = null) =>
        Assert(Of(model, input, target, loss, options));

    private static void Assert(GradientReport report)
    {
        if (!report.IsCorrect) throw new GradientCheckException(report);
    }

    private static (Tensor[] Copies, List<Variable> Variables) InFloat64(IReadOnlyList<Tensor> inputs)
    {
        Tensor[] copies = [.. inputs.Select(Variable.Float64Copy)];
        bool chosen = inputs.Any(input => input.RequiresGradient);
        var variables = new List<Variable>();
        for (int i = 0; i < copies.Length; i++)
        {
            if (chosen ? !inputs[i].RequiresGradient : !copies[i].DType.IsFloatingPoint) continue;
            string name = (inputs[i] as Parameter)?.Name ?? (copies.Length == 1 ? "input" : $"input {i}");
            variables.Add(new Variable(name, copies[i].RequireGradient()));
        }
        return (copies, variables);
    }
}
