using Backprop.Cli;
using Backprop.Cli.Runs;

namespace Backprop.Tests;

/// <summary>Beginnings of trainings that are not to be, of 4 steps an epoch.</summary>
internal static class RunStarts
{
    public static RunStart Of(string model)
    {
        NamedModel named = NamedModels.Get(model);
        var settings = new TrainSettings(model, null, 2, 100, null, null, 0, 400, 100, null);
        return new RunStart(new TrainJob(settings.Complete(), "a", true, null, new Watching()), named, named.Build(new RandomSource(0)), DataSource.For(named, null, 0, 400, 100), StepsAnEpoch: 4, Step: 0);
    }
}
