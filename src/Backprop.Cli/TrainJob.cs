using System.Globalization;
using Backprop.Cli.Runs;
using Backprop.Cli.Screen;

namespace Backprop.Cli;

/// <summary>One run of <c>backprop train</c>: from settings to a saved model, with checkpoints on the way.</summary>
/// <param name="Settings">What is trained, on what, and how; complete.</param>
/// <param name="Output">The folder of the model, and of the folder of checkpoints.</param>
/// <param name="Resumes">Whether it goes on from the newest checkpoint.</param>
/// <param name="CheckpointSteps">The steps between two checkpoints; null: so much time.</param>
/// <param name="Watched">How it is watched.</param>
internal sealed record TrainJob(TrainSettings Settings, string Output, bool Resumes, int? CheckpointSteps, Watching Watched)
{
    private const string FileName = "model.safetensors", CheckpointFolder = "checkpoints";

    private readonly NamedModel _named = Models.Get(Settings.Model!);

    /// <summary>Where the checkpoints of a training into this folder are.</summary>
    public static string CheckpointsOf(string output) => Path.Combine(output, CheckpointFolder);

    public Report Run(Terminal terminal, CancellationToken cancellation)
    {
        DataSource data = DataSource.For(_named, Settings.Data, Settings.Seed!.Value, Settings.LimitTrain, Settings.LimitTest);
        OptimizerChoice choice = OptimizerChoice.Of(Settings.Optimizer, _named.Recipe);
        Recipe recipe = _named.Recipe with { Epochs = Settings.Epochs!.Value, BatchSize = Settings.BatchSize!.Value, LearningRate = Settings.LearningRate!.Value };
        var random = new RandomSource(Settings.Seed.Value);
        Module model = _named.Build(random.Fork());
        using var folder = new OutputFolder(Output);
        Watched.Prepare();
        terminal.Say(string.Create(CultureInfo.InvariantCulture,
            $"{_named}; {model.Parameters.Sum(parameter => parameter.ElementCount):N0} parameters, {choice.Name} {recipe.LearningRate}, batches of {recipe.BatchSize}"));
        terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{data.Description}: {data.Train.Count:N0} to learn from, {data.Test.Count:N0} to be judged by; threads: {Threads.Count}"));
        History history = Fit(terminal, model, choice.Create(model.Parameters, recipe.LearningRate), recipe, data, random.Fork(), cancellation);

        Model saved = ModelFile.Of(_named, model, data, recipe, choice.Name, Settings.Seed.Value, history);
        string path = Path.Combine(Output, FileName);
        saved.Save(path);

        var report = new Report();
        report.AddModel(saved, data.Description, history.Last.Validation!);
        report.Add("train_images", data.Train.Count);
        report.Add("train_loss", history.Last.Train.Loss);
        report.AddCost(history.Seconds, history.ExamplesPerSecond, model);
        report.Add("optimizer", choice.Name);
        report.Add("learning_rate", recipe.LearningRate);
        report.Add("batch_size", recipe.BatchSize);
        report.Add("seed", Settings.Seed.Value);
        report.Add("threads", Threads.Count);
        report.Add("saved to", path, "saved_to", path);
        return report;
    }

    private History Fit(Terminal terminal, Module model, Optimizer optimizer, Recipe recipe, DataSource data, RandomSource order, CancellationToken cancellation)
    {
        var trainer = new Trainer(model, recipe.LossFunction, optimizer);
        long steps = (long)recipe.Epochs * new DataLoader(data.Train, recipe.BatchSize).BatchCount;
        var progress = new TrainingScreen(terminal, recipe.BatchSize, Watched.Plot ? new LossChart() : null);
        var lines = new JsonLines(Path.Combine(Output, RunFile.Name));
        using var log = new RunLog(this, _named, data, [lines, new ReportFile(Output, lines), .. Watched.Sinks(terminal)], trouble => Say($"{trouble.Message} Training goes on without it."));
        var checkpoints = new Checkpoints(CheckpointsOf(Output)) { Resume = Resumes, Steps = CheckpointSteps, Metadata = Settings.ToMetadata(), Trouble = Warn };
        try
        {
            return trainer.Fit(data.Train, recipe.Epochs, recipe.BatchSize, data.Test, recipe.Loss == LossKind.CrossEntropy ? [new Accuracy()] : [], [log, progress],
                recipe.CreateSchedule(steps), random: order, nonFinite: Settings.NonFinite!.Value, checkpoints: checkpoints, progress: progress, cancellationToken: cancellation);
        }
        catch (OperationCanceledException)
        {
            log.Stop(StopCause.Interrupted, "It was interrupted.");
            progress.Finish();
            terminal.Error.WriteLine($"Stopped. Go on from the last step with: backprop train --resume --output {Output}");
            throw;
        }
        catch (DivergedException error)
        {
            log.Stop(StopCause.Diverged, error.Message);
            throw new ArithmeticException($"{error.Message} The checkpoints in {checkpoints.Folder} are from before: --resume with another --learning-rate, or with --non-finite skip, goes on from there.", error);
        }
        catch (Exception error)
        {
            log.Stop(StopCause.Failed, BackpropCommand.Explain(error));
            throw;
        }
        finally
        {
            progress.Finish();
        }

        void Warn(IOException trouble) => Say($"{trouble.Message} {(trouble is DataFormatException ? "An older checkpoint is taken." : "Training goes on, and tries again later.")}");

        void Say(string warning)
        {
            progress.Clear();
            terminal.Error.WriteLine($"Warning: {warning}");
        }
    }
}
