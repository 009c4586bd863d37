namespace Backprop.Examples;

/// <summary>An example that can be run by name.</summary>
/// <param name="Name">What to type.</param>
/// <param name="Summary">What it shows, one line.</param>
/// <param name="Run">Runs it; what it has to say goes to the writer.</param>
/// <param name="TakesData">Whether it can use a folder of MNIST files in place of generated digits.</param>
/// <param name="TakesSeed">Whether it begins with random numbers.</param>
/// <param name="Explain">Its graph with the numbers of the first step, if it is one to be looked at.</param>
public sealed record Demo(string Name, string Summary, Action<TextWriter, DemoOptions> Run, bool TakesData = false, bool TakesSeed = false, Func<Explanation>? Explain = null);

/// <summary>What may be chosen for a demo.</summary>
/// <param name="DataFolder">A folder of MNIST files; null: generated digits.</param>
/// <param name="Seed">What first weights and generated digits depend on.</param>
/// <param name="Cancellation">Ends a long demo early.</param>
public sealed record DemoOptions(string? DataFolder = null, long Seed = 0, CancellationToken Cancellation = default);
