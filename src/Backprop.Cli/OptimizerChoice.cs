namespace Backprop.Cli;

/// <summary>An optimizer that can be named on the command line.</summary>
/// <param name="Name">Its name.</param>
/// <param name="LearningRate">Its own default.</param>
/// <param name="Create">Makes one for parameters, with a learning rate.</param>
internal sealed record OptimizerChoice(string Name, double LearningRate, Func<IReadOnlyList<Parameter>, double, Optimizer> Create)
{
    public static IReadOnlyList<OptimizerChoice> All { get; } =
    [
        new("sgd", 1e-3, (parameters, rate) => new Sgd(parameters, rate)),
        new("momentum", 1e-3, (parameters, rate) => new Sgd(parameters, rate, momentum: 0.9)),
        new("adagrad", 1e-2, (parameters, rate) => new Adagrad(parameters, rate)),
        new("rmsprop", 1e-2, (parameters, rate) => new RmsProp(parameters, rate)),
        new("adadelta", 1, (parameters, rate) => new Adadelta(parameters, rate)),
        new("adam", 1e-3, (parameters, rate) => new Adam(parameters, rate)),
        new("adamw", 1e-3, (parameters, rate) => new AdamW(parameters, rate)),
        new("nadam", 2e-3, (parameters, rate) => new NAdam(parameters, rate)),
        new("radam", 1e-3, (parameters, rate) => new RAdam(parameters, rate)),
    ];

    public static string Names => string.Join(", ", All.Select(choice => choice.Name));

    /// <summary>The one that is asked for, or else the model's own, with the model's settings where it is that.</summary>
    /// <exception cref="UsageException">There is no such optimizer.</exception>
    public static OptimizerChoice Of(string? name, Recipe recipe)
    {
        var own = new OptimizerChoice(recipe is { Optimizer: OptimizerKind.Adam } ? "adam" : recipe.Momentum > 0 ? "momentum" : "sgd", recipe.LearningRate,
            (parameters, rate) => (recipe with { LearningRate = rate }).CreateOptimizer(parameters));
        if (name is null || name == own.Name) return own;
        return All.FirstOrDefault(choice => choice.Name == name)
            ?? throw new UsageException($"There is no optimizer '{name}'{Nearest.Suggestion(name, All.Select(choice => choice.Name))} All: {Names}.");
    }
}
