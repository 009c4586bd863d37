namespace Backprop.Cli.Runs;

/// <summary>Looks closely at a model after some of its epochs: the first, the last, and at most a dozen, evenly spread. It draws no random numbers, and changes nothing.</summary>
internal sealed class Inspector(NamedModel named, DataSource data)
{
    private const int MostEpochs = 12, MostMistakes = 24, MostFilters = 64, Sample = 32, Likeliest = 3;

    private readonly List<Histogram> _gradients = [];
    private readonly List<Mistake> _worst = []; // the most confident first, without their pictures
    private readonly StepMemory _memory = new();
    private readonly Tensor _sample = data.Test.Take(Sample).ReadAll().Inputs;
    private ConfusionMatrix? _confusion;
    private int _seen; // examples of the validation set

    /// <summary>Whether an epoch is looked at.</summary>
    public static bool LooksAt(int epoch, int epochs) => epoch == 1 || epoch == epochs || epoch % ((epochs + MostEpochs - 1) / MostEpochs) == 0;

    /// <summary>The gradients of an epoch's last step.</summary>
    public void Take(Module model, Gradients gradients)
    {
        _gradients.Clear();
        foreach ((string name, Parameter parameter) in model.NamedParameters)
        {
            if (gradients.TryGet(parameter, out Tensor? gradient)) _gradients.Add(Histogram.Of(HistogramKind.Gradient, name, gradient));
        }
    }

    /// <summary>A batch of the validation set.</summary>
    public void Take(Tensor prediction, Tensor target)
    {
        if (data.Test.ClassCount == 0) return;
        if (_seen == 0)
        {
            _confusion = new ConfusionMatrix(data.Test.ClassCount);
            _worst.Clear();
        }
        _confusion!.Add(prediction, target);
        ReadOnlySpan<int> labels = target.AsSpan<int>();
        for (int row = 0; row < labels.Length; row++)
        {
            ReadOnlySpan<float> scores = prediction.AsSpan<float>().Slice(row * _confusion.Classes, _confusion.Classes);
            if (Best(scores) != labels[row]) TakeMistake(_seen + row, labels[row], scores);
        }
        _seen += labels.Length;
    }

    private void TakeMistake(int index, int actual, ReadOnlySpan<float> scores)
    {
        int best = Best(scores);
        double sum = 0;
        foreach (float score in scores) sum += Math.Exp(score - scores[best]);
        if (_worst.Count == MostMistakes && !(1 / sum > _worst[^1].Likeliest[0].Probability)) return;
        var guesses = new Guess[scores.Length];
        for (int c = 0; c < guesses.Length; c++) guesses[c] = new Guess(c, Math.Exp(scores[c] - scores[best]) / sum);
        Array.Sort(guesses, (a, b) => a.Probability != b.Probability ? b.Probability.CompareTo(a.Probability) : a.Class - b.Class);
        int place = _worst.Count;
        while (place > 0 && _worst[place - 1].Likeliest[0].Probability < guesses[0].Probability) place--;
        _worst.Insert(place, new Mistake(index, actual, guesses[..Math.Min(Likeliest, guesses.Length)], Picture: null));
        if (_worst.Count > MostMistakes) _worst.RemoveAt(MostMistakes);
    }

    /// <summary>The first of the greatest scores.</summary>
    private static int Best(ReadOnlySpan<float> scores)
    {
        int best = 0;
        for (int c = 1; c < scores.Length; c++)
        {
            if (scores[c] > scores[best]) best = c;
        }
        return best;
    }

    /// <summary>What there is to see, after the epoch.</summary>
    public Insight Look(Module model)
    {
        _seen = 0;
        using StepScope scope = _memory.Begin();
        var histograms = new List<Histogram>();
        foreach ((string name, Parameter parameter) in model.NamedParameters) histograms.Add(Histogram.Of(HistogramKind.Weight, name, parameter));
        model.Predict(_sample, layer =>
        {
            if (layer.Layer.Children.Count == 0 && layer.Layer is not (Flatten or Dropout or Identity)) histograms.Add(Histogram.Of(HistogramKind.Activation, layer.Path, layer.Output));
        });
        var insight = new Insight([.. histograms, .. _gradients], _confusion, Mistakes(), Filters(model));
        _gradients.Clear(); // the last step of an epoch may be left out
        return insight;
    }

    private Mistake[] Mistakes()
    {
        if (_worst.Count == 0) return [];
        int[] indices = new int[_worst.Count];
        for (int i = 0; i < indices.Length; i++) indices[i] = _worst[i].Index;
        Tensor inputs = data.Test.Read(indices).Inputs;
        var mistakes = new Mistake[indices.Length];
        for (int i = 0; i < mistakes.Length; i++) mistakes[i] = _worst[i] with { Picture = PictureOf(inputs, i) };
        return mistakes;
    }

    /// <summary>An example with its preprocessing undone.</summary>
    private Image? PictureOf(Tensor inputs, int row)
    {
        if (!IsPicture(named.InputShape)) return null;
        (int channels, int height, int width) = (named.InputShape[0], named.InputShape[1], named.InputShape[2]);
        Preprocessing done = named.Preprocessing;
        ReadOnlySpan<float> x = inputs.AsSpan<float>().Slice(row * channels * height * width, channels * height * width);
        byte[] pixels = new byte[x.Length];
        for (int i = 0; i < pixels.Length; i++)
        {
            int channel = i / (height * width);
            double pixel = (x[i] * done.Deviation[channel % done.Deviation.Count] + done.Mean[channel % done.Mean.Count]) * done.Divisor;
            pixels[i] = (byte)Math.Clamp(Math.Round(pixel), 0, 255);
        }
        return new Image(width, height, channels, pixels);
    }

    private FilterBank? Filters(Module model)
    {
        if (!IsPicture(named.InputShape) || FirstWeight(model) is not { } weight) return null;
        Shape shape = weight.Rank == 4 ? weight.Shape[1..] : named.InputShape;
        if (!IsPicture(shape) || weight.ElementCount != weight.Shape[0] * shape.ElementCount) return null;
        ReadOnlySpan<float> weights = weight.AsSpan<float>();
        float largest = 0;
        foreach (float each in weights) largest = Math.Max(largest, Math.Abs(each));
        var pictures = new Image[Math.Min(weight.Shape[0], MostFilters)];
        for (int i = 0; i < pictures.Length; i++)
        {
            byte[] pixels = new byte[shape.ElementCount];
            for (int j = 0; j < pixels.Length; j++) pixels[j] = (byte)Math.Round(128 + 127 * (largest > 0 ? weights[i * pixels.Length + j] / largest : 0));
            pictures[i] = new Image(shape[2], shape[1], shape[0], pixels);
        }
        return new FilterBank(weight.Name, largest, pictures);
    }

    /// <summary>The weights of the layer that meets the picture.</summary>
    private static Parameter? FirstWeight(Module module) => module switch
    {
        Conv2d convolution => convolution.Weight,
        Linear linear => linear.Weight,
        _ => module.Children.Select(child => FirstWeight(child.Value)).FirstOrDefault(weight => weight is not null),
    };

    private static bool IsPicture(Shape shape) => shape.Rank == 3 && shape[0] is (1 or 3);
}
