namespace Backprop.Cli.Runs;

/// <summary>A close look at a model after an epoch.</summary>
/// <param name="Histograms">Of the parameters, of what each layer makes of some test examples, and of the gradients of the epoch's last step.</param>
/// <param name="Confusion">What was taken for what in the validation set; null where there are no classes.</param>
/// <param name="Mistakes">The most confident wrong answers among them, the worst first.</param>
/// <param name="Filters">What the first layer looks for; null where it does not look at pictures.</param>
internal sealed record Insight(IReadOnlyList<Histogram> Histograms, ConfusionMatrix? Confusion, IReadOnlyList<Mistake> Mistakes, FilterBank? Filters);

/// <summary>A wrong answer about an example of the validation set.</summary>
/// <param name="Index">The example's number in the set.</param>
/// <param name="Actual">Its class.</param>
/// <param name="Likeliest">What the model takes it for: at most three classes and their probabilities, the likeliest first.</param>
/// <param name="Picture">How it looks, as it was before preprocessing; null where it is no picture.</param>
internal sealed record Mistake(int Index, int Actual, IReadOnlyList<Guess> Likeliest, Image? Picture);

/// <summary>A class that an example may be of.</summary>
/// <param name="Class">Its number.</param>
/// <param name="Probability">What the model gives for it.</param>
internal sealed record Guess(int Class, double Probability);

/// <summary>The weights of a layer, as pictures of what it looks for.</summary>
/// <param name="Name">The parameter's name.</param>
/// <param name="Largest">The largest weight, sign aside: 255 in the pictures; 0 is 128 there.</param>
/// <param name="Pictures">A picture for each output of the layer, or for the first of them.</param>
internal sealed record FilterBank(string Name, double Largest, IReadOnlyList<Image> Pictures);
