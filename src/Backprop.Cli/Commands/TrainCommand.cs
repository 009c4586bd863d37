using System.CommandLine;
using System.Globalization;

namespace Backprop.Cli.Commands;

/// <summary><c>backprop train</c>: trains a named model on a data set, and saves it.</summary>
internal static class TrainCommand
{
    private const string DefaultModel = "simple-convnet", FileName = "model.safetensors", InterruptedFileName = "interrupted.safetensors";

    public static Command Create(Terminal terminal, CancellationToken cancellation)
    {
        Option<string?> model = Options.Text("--model", "NAME", $"One of {Models.Names} [default: {DefaultModel}]");
        Option<string?> data = Options.Text("--data", "DIR", "A folder of data files: MNIST and its like, CIFAR-10, or train.csv and test.csv with a pixel a column [default: digits that are generated]");
        Option<int?> epochs = Options.Count("--epochs", "Passes over the training set [default: the model's own]");
        Option<int?> batchSize = Options.Count("--batch-size", "Examples a step [default: the model's own]");
        Option<string?> optimizer = Options.Text("--optimizer", "NAME", $"One of {OptimizerChoice.Names} [default: the model's own]");
        Option<double?> learningRate = Options.Positive("--learning-rate", "How far a step goes [default: the model's own]");
        Option<long?> seed = Options.Seed("What first weights, order and generated digits depend on [default: 0]");
        Option<int?> limitTrain = Options.Count("--limit-train", "Use at most so many training examples"), limitTest = Options.Count("--limit-test", "Use at most so many test examples");
        Option<int?> threads = Options.Threads();
        Option<string?> output = Options.Text("--output", "DIR", "Where the model is saved [default: runs/MODEL]");
        Option<bool> json = Options.Json();
        var command = new Command("train", "Train a named model, judge it after each epoch, and save it.")
        {
            model, data, epochs, batchSize, optimizer, learningRate, seed, limitTrain, limitTest, threads, output, json,
        };
        command.SetAction(parsed =>
        {
            NamedModel named = Models.Get(parsed.GetValue(model) ?? DefaultModel);
            OptimizerChoice choice = OptimizerChoice.Of(parsed.GetValue(optimizer), named.Recipe);
            Options.UseThreads(parsed.GetValue(threads));
            var job = new TrainJob(
                named,
                named.Recipe with
                {
                    Epochs = parsed.GetValue(epochs) ?? named.Recipe.Epochs,
                    BatchSize = parsed.GetValue(batchSize) ?? named.Recipe.BatchSize,
                    LearningRate = parsed.GetValue(learningRate) ?? choice.LearningRate,
                },
                choice, parsed.GetValue(seed) ?? 0, parsed.GetValue(output) ?? Path.Combine("runs", named.Name));
            DataSource source = DataSource.For(named, parsed.GetValue(data), job.Seed, parsed.GetValue(limitTrain), parsed.GetValue(limitTest));
            job.Run(terminal, source, cancellation).Write(terminal, parsed.GetValue(json));
        });
        return command;
    }

    /// <summary>A training as it was asked for.</summary>
    private sealed record TrainJob(NamedModel Named, Recipe Recipe, OptimizerChoice Choice, long Seed, string Output)
    {
        public Report Run(Terminal terminal, DataSource data, CancellationToken cancellation)
        {
            var random = new RandomSource(Seed);
            Module model = Named.Build(random.Fork());
            using var folder = new OutputFolder(Output);
            terminal.Say(string.Create(CultureInfo.InvariantCulture,
                $"{Named}; {model.Parameters.Sum(parameter => parameter.ElementCount):N0} parameters, {Choice.Name} {Recipe.LearningRate}, batches of {Recipe.BatchSize}"));
            terminal.Say(string.Create(CultureInfo.InvariantCulture, $"{data.Description}: {data.Train.Count:N0} to learn from, {data.Test.Count:N0} to be judged by; threads: {Threads.Count}"));
            History history = Fit(terminal, model, data, random.Fork(), cancellation);

            Model saved = ModelFile.Of(Named, model, data, Recipe, Choice.Name, Seed, history);
            string path = Path.Combine(Output, FileName);
            saved.Save(path);

            var report = new Report();
            report.AddModel(saved, data.Description, history.Last.Validation!);
            report.Add("train_images", data.Train.Count);
            report.Add("train_loss", history.Last.Train.Loss);
            report.AddCost(history.Seconds, history.ExamplesPerSecond, model);
            report.Add("optimizer", Choice.Name);
            report.Add("learning_rate", Recipe.LearningRate);
            report.Add("batch_size", Recipe.BatchSize);
            report.Add("seed", Seed);
            report.Add("threads", Threads.Count);
            report.Add("saved to", path, "saved_to", path);
            return report;
        }

        private History Fit(Terminal terminal, Module model, DataSource data, RandomSource order, CancellationToken cancellation)
        {
            var trainer = new Trainer(model, Recipe.LossFunction, Choice.Create(model.Parameters, Recipe.LearningRate));
            long steps = (long)Recipe.Epochs * new DataLoader(data.Train, Recipe.BatchSize).BatchCount;
            var progress = new ProgressLine(terminal);
            try
            {
                return trainer.Fit(data.Train, Recipe.Epochs, Recipe.BatchSize, data.Test, Recipe.Loss == LossKind.CrossEntropy ? [new Accuracy()] : [], [progress],
                    Recipe.CreateSchedule(steps), random: order, progress: progress, cancellationToken: cancellation);
            }
            catch (OperationCanceledException)
            {
                progress.Clear();
                string path = Path.Combine(Output, InterruptedFileName); // not over a model that was trained to its end
                ModelFile.Of(Named, model, data).Save(path);
                terminal.Error.WriteLine($"Stopped. The weights of the last step are in {path}");
                throw;
            }
            finally
            {
                progress.Clear();
            }
        }
    }
}
