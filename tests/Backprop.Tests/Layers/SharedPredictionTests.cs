using System.Globalization;

namespace Backprop.Tests;

/// <summary>
/// One model, many threads. A short run; the full one, 64 threads with 10 000 predictions each in every mode, is
/// <c>BACKPROP_PREDICTIONS=10000 dotnet test -c Release tests/Backprop.Tests --filter SharedPrediction</c>.
/// </summary>
public class SharedPredictionTests
{
    private const int ThreadCount = 64, InputCount = 8;

    /// <summary>How often each thread predicts.</summary>
    private static readonly int s_predictions = int.Parse(Environment.GetEnvironmentVariable("BACKPROP_PREDICTIONS") ?? "5", CultureInfo.InvariantCulture);

    public static TheoryData<string> Names => [.. NamedModels.All.Select(model => model.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Predict_OnManyThreads_GivesTheBitsOfOne(string name) => AssertSameBits(name, model => model.Evaluate(), (model, x) => model.Predict(x));

    [Theory, MemberData(nameof(Names))]
    public void Predict_OfAModelInTrainingMode_OnManyThreads_GivesTheBitsOfOne(string name) => AssertSameBits(name, model => model.Train(), (model, x) => model.Predict(x));

    [Theory, MemberData(nameof(Names))]
    public void Forward_InEvaluationMode_OnManyThreads_GivesTheBitsOfOne(string name) => AssertSameBits(name, model => model.Evaluate(), (model, x) => model.Forward(x));

    [Fact]
    public void Predict_LeavesTheModeOfOtherThreadsAlone()
    {
        using var inside = new ManualResetEventSlim();
        using var leave = new ManualResetEventSlim();
        var gate = new Gate(inside, leave);
        var model = new Sequential(gate, new Dropout(0.5, new RandomSource(1)));
        var predicting = new Thread(() => model.Predict(Tensor.Ones([100])));
        predicting.Start();
        inside.Wait();
        Assert.True(model.Training && gate.Training);
        gate.IsOpen = true;
        Assert.Contains(0f, model.Forward(Tensor.Ones([100])).ToArray<float>()); // dropout drops: this thread is training
        leave.Set();
        predicting.Join();
        Assert.False(gate.WasTraining);
        Assert.True(model.Training && gate.Training);
    }

    private static void AssertSameBits(string name, Action<Module> prepare, Func<Module, Tensor, Tensor> compute)
    {
        NamedModel named = NamedModels.Get(name);
        Module model = named.Build(new RandomSource(1));
        Shape shape = Shape.Create(1).Concat(named.InputShape);
        if (named.Recipe.Loss != LossKind.Mse) model.Forward(Tensor.Normal(Shape.Create(16).Concat(named.InputShape), new RandomSource(2))); // batch normalization has seen something
        prepare(model);
        Tensor[] inputs = [.. Enumerable.Range(0, InputCount).Select(seed => Tensor.Normal(shape, new RandomSource(seed)))];
        float[][] expected = [.. inputs.Select(x => compute(model, x).ToArray<float>())];
        bool training = model.Training;
        string state = model.WeightsSha256();

        int wrong = 0, right = 0;
        Exception? failure = null;
        Thread[] threads = [.. Enumerable.Range(0, ThreadCount).Select(number => new Thread(() => Run(number)))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Null(failure);
        Assert.Equal((ThreadCount * s_predictions, 0), (right, wrong));
        Assert.Equal((training, state), (model.Training, model.WeightsSha256()));

        void Run(int number)
        {
            try
            {
                for (int i = 0; i < s_predictions; i++)
                {
                    int which = (number + i) % InputCount;
                    Interlocked.Increment(ref compute(model, inputs[which]).AsSpan<float>().SequenceEqual(expected[which]) ? ref right : ref wrong); // numbers, of which none is NaN: the bits
                }
            }
            catch (Exception e) // is thrown on the thread that waits
            {
                failure = e;
            }
        }
    }

    /// <summary>Stops the first thread that comes by until it is told to go on.</summary>
    private sealed class Gate(ManualResetEventSlim inside, ManualResetEventSlim leave) : Module
    {
        public bool IsOpen { get; set; }

        public bool WasTraining { get; private set; }

        protected override Tensor Compute(Tensor x)
        {
            if (IsOpen) return x;
            inside.Set();
            leave.Wait();
            WasTraining = Training;
            return x;
        }
    }
}
