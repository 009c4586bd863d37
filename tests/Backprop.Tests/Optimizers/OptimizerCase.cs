namespace Backprop.Tests;

/// <summary>An optimizer, and what it makes of a parameter of 1 whose gradient is ½ twice.</summary>
public sealed record OptimizerCase(string Name, Func<Parameter[], Optimizer> Create, double AfterOne, double AfterTwo)
{
    // NAdam's momentum of step t: 0.9 (1 - 0.96^(t · 0.004) / 2)
    private static double Mu(int step) => 0.9 * (1 - 0.5 * Math.Pow(0.96, step * 0.004));

    private static readonly double s_adadelta1 = Math.Sqrt(1e-6) / Math.Sqrt(0.1 * 0.25 + 1e-6) * 0.5;
    private static readonly double s_adadelta2 = Math.Sqrt(0.1 * s_adadelta1 * s_adadelta1 + 1e-6) / Math.Sqrt(0.9 * 0.025 + 0.025 + 1e-6) * 0.5;
    private static readonly double s_nadam1 = (Mu(2) * 0.05 / (1 - Mu(1) * Mu(2)) + (1 - Mu(1)) * 0.5 / (1 - Mu(1))) / 0.5;
    private static readonly double s_nadam2 = (Mu(3) * 0.095 / (1 - Mu(1) * Mu(2) * Mu(3)) + (1 - Mu(2)) * 0.5 / (1 - Mu(1) * Mu(2))) / 0.5;

    public static IReadOnlyList<OptimizerCase> All { get; } =
    [
        new("Sgd", p => new Sgd(p, 0.1), 0.95, 0.9),
        new("Sgd with momentum: 0.5, then 0.9 · 0.5 + 0.5", p => new Sgd(p, 0.1, momentum: 0.9), 0.95, 0.95 - 0.095),
        new("Sgd of Nesterov: 0.5 + 0.9 · 0.5, then 0.5 + 0.9 · 0.95", p => new Sgd(p, 0.1, momentum: 0.9, nesterov: true), 1 - 0.095, 1 - 0.095 - 0.1355),
        new("Sgd with decay: 0.5 + 0.2 · 1, then 0.5 + 0.2 · 0.93", p => new Sgd(p, 0.1, weightDecay: 0.2), 0.93, 0.93 - 0.0686),
        new("Adagrad: 0.5 / √0.25, then 0.5 / √0.5", p => new Adagrad(p, 0.1), 0.9, 0.9 - 0.05 / Math.Sqrt(0.5)),
        new("RmsProp: the squares' mean is 0.125, then 0.1875", p => new RmsProp(p, 0.1, alpha: 0.5), 1 - 0.05 / Math.Sqrt(0.125), 1 - 0.05 / Math.Sqrt(0.125) - 0.05 / Math.Sqrt(0.1875)),
        new("Adadelta", p => new Adadelta(p), 1 - s_adadelta1, 1 - s_adadelta1 - s_adadelta2),
        new("Adam: the rate, for a gradient that stays", p => new Adam(p, 0.1), 0.9, 0.8),
        new("AdamW: decays by 0.001, then the rate", p => new AdamW(p, 0.1), 0.999 - 0.1, (0.999 - 0.1) * 0.999 - 0.1),
        new("NAdam", p => new NAdam(p, 0.1), 1 - 0.1 * s_nadam1, 1 - 0.1 * (s_nadam1 + s_nadam2)),
        new("RAdam: at first the mean of gradients alone", p => new RAdam(p, 0.1), 0.95, 0.9),
    ];

    public override string ToString() => Name;
}
