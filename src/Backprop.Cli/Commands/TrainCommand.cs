using System.CommandLine;
using System.Globalization;
using Backprop.Cli.Runs;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop train</c>: trains a named model on a data set, and saves it.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> model = Options.Text("--model", "NAME", $"One of {Models.Names} [default: simple-convnet]");
        Option<string?> data = Options.Text("--data", "DIR", "A folder of data files: MNIST and its like, CIFAR-10, or train.csv and test.csv with a pixel a column [default: digits that are generated]");
        Option<int?> epochs = Options.Count("--epochs", "Passes over the training set [default: the model's own]");
        Option<int?> batchSize = Options.Count("--batch-size", "Examples a step [default: the model's own]");
        Option<string?> optimizer = Options.Text("--optimizer", "NAME", $"One of {OptimizerChoice.Names} [default: the model's own]");
        Option<double?> learningRate = Options.Positive("--learning-rate", "How far a step goes [default: the model's own]");
        Option<long?> seed = Options.Seed("What first weights, order and generated digits depend on [default: 0]");
        Option<int?> limitTrain = Options.Count("--limit-train", "Use at most so many training examples"), limitTest = Options.Count("--limit-test", "Use at most so many test examples");
        Option<int?> threads = Options.Threads();
        Option<string?> output = Options.Text("--output", "DIR", "Where the model is saved, and checkpoints on the way [default: runs/MODEL]");
        Option<bool> resume = new("--resume") { Description = "Go on from the newest checkpoint in the output folder; needs no option that was given at the beginning" };
        Option<int?> checkpointEvery = Options.Count("--checkpoint-every", "Write a checkpoint after so many steps [default: every 30 seconds]");
        Option<NonFinite?> nonFinite = Options.NonFinite();
        Option<bool> plot = new("--plot") { Description = "Draw the losses in the terminal while they fall; where progress is redirected, at the end" };
        Option<string?> jsonLines = Options.Text("--jsonl", "FILE", "Write each event of the training as a line of JSON; - is stdout, where nothing else is written then");
        Option<string?> tensorBoard = Options.Text("--tensorboard", "DIR", "Write event files that TensorBoard opens: tensorboard --logdir DIR");
        Option<bool> json = Options.Json();
        var command = new Command("train", "Train a named model, judge it after each epoch, and save it.")
        {
            model, data, epochs, batchSize, optimizer, learningRate, seed, limitTrain, limitTest, threads, output, resume, checkpointEvery, nonFinite, plot, jsonLines, tensorBoard, json,
        };
        command.SetAction(parsed =>
        {
            Options.UseThreads(parsed.GetValue(threads));
            var asked = new TrainSettings(
                parsed.GetValue(model), parsed.GetValue(data), parsed.GetValue(epochs), parsed.GetValue(batchSize), parsed.GetValue(optimizer), parsed.GetValue(learningRate),
                parsed.GetValue(seed), parsed.GetValue(limitTrain), parsed.GetValue(limitTest), parsed.GetValue(nonFinite));
            TrainSettings complete = asked.Complete();
            string folder = parsed.GetValue(output) ?? Path.Combine("runs", complete.Model!);
            bool resumes = parsed.GetValue(resume);
            Checkpoint? newest = new Checkpoints(TrainJob.CheckpointsOf(folder)) { Trouble = _ => { } }.Newest();
            if (newest is not null && resumes)
            {
                complete = asked.GoOn(TrainSettings.Of(newest));
                terminal.Say(string.Create(CultureInfo.InvariantCulture, $"Going on from {newest.Path}: {newest.Step:N0} steps are done"));
            }
            else if (newest is { IsFinished: false, Step: > 0 })
            {
                throw new UsageException(string.Create(CultureInfo.InvariantCulture,
                    $"{folder} has checkpoints of a training that is not finished ({newest.Step} steps are done). Go on with it by --resume, choose another --output, or delete {TrainJob.CheckpointsOf(folder)}."));
            }
            if (parsed.GetValue(jsonLines) is { } lines && Path.GetFullPath(lines) == Path.GetFullPath(Path.Combine(folder, RunFile.Name)))
            {
                throw new UsageException($"--jsonl {lines}: this is the log that each training leaves beside its model. Leave the option out, or choose another file.");
            }
            var watched = new Watching(parsed.GetValue(plot), parsed.GetValue(jsonLines), parsed.GetValue(tensorBoard));
            Report report = new TrainJob(complete, folder, resumes, parsed.GetValue(checkpointEvery), watched).Run(terminal, cancellation);
            report.Write(terminal, parsed.GetValue(json), withTable: !watched.TakesOut);
        });
        return command;
    }
}
