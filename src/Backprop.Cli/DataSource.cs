namespace Backprop.Cli;

/// <summary>What a model learns from and is judged by, ready to be fed to it.</summary>
/// <param name="Description">Where it is from.</param>
/// <param name="Train">The training set.</param>
/// <param name="Test">The test set.</param>
internal sealed record DataSource(string Description, Dataset Train, Dataset Test)
{
    /// <summary>Enough for the default network to read what it has not seen, and to be done within a minute.</summary>
    public const int GeneratedTrain = 40_000, GeneratedTest = 5_000;

    private const int TaughtTrain = 1_000, TaughtTest = 200;

    /// <summary>A folder of files, or where none is given what the library makes up itself.</summary>
    /// <param name="model">Who is to be fed.</param>
    /// <param name="preprocessing">What is done to pixels.</param>
    /// <param name="folder">A folder of data files, if any.</param>
    /// <param name="seed">What generated training examples depend on.</param>
    /// <param name="limitTrain">At most so many training examples; 0 if they are not needed.</param>
    /// <param name="limitTest">At most so many test examples.</param>
    public static DataSource For(NamedModel model, Preprocessing preprocessing, string? folder, long seed, int? limitTrain, int? limitTest)
    {
        DataSource source = folder is not null ? FromFolder(model, preprocessing, folder)
            : model.Data == DataKind.Digits ? Digits(preprocessing, seed, Least(GeneratedTrain, limitTrain), Least(GeneratedTest, limitTest))
            : model.Data == DataKind.Random ? Taught(model, seed)
            : throw new UsageException($"{model.Name} is made for CIFAR-10, which can't be generated: give the folder of its binary files with --data DIR.");
        return source with { Train = source.Train.Take(Least(source.Train.Count, limitTrain)), Test = source.Test.Take(Least(source.Test.Count, limitTest)) };
    }

    private static DataSource FromFolder(NamedModel model, Preprocessing preprocessing, string folder)
    {
        (_, Dataset train, Dataset test) = DataFolder.Open(folder);
        bool fits = train.InputShape == model.InputShape || (train.InputShape.Rank == 1 && train.InputShape[0] == model.InputShape.ElementCount); // a row of a table is a flat image
        if (!fits || train.ClassCount != model.Classes)
        {
            throw new InvalidDataException(
                $"{model.Name} takes inputs {model.InputShape} of {model.Classes} classes; those in {folder} are {train.InputShape} of {train.ClassCount}. Choose another --model or --data.");
        }
        return new DataSource(folder, Prepared(train, model.InputShape, preprocessing), Prepared(test, model.InputShape, preprocessing));
    }

    private static DataSource Digits(Preprocessing preprocessing, long seed, int train, int test) =>
        new("generated digits", GeneratedDigits.Images(train, seed).Rescale(preprocessing.Scale, preprocessing.Shift),
            GeneratedDigits.Images(test, GeneratedDigits.TestSeed).Rescale(preprocessing.Scale, preprocessing.Shift));

    /// <summary>Random inputs, and as targets what another network of the same kind says about them: something that can be learnt.</summary>
    private static DataSource Taught(NamedModel model, long seed)
    {
        Module teacher = model.Build(new RandomSource(GeneratedDigits.TestSeed));
        return new DataSource("what a random network of the same kind says", Lesson(seed, TaughtTrain), Lesson(GeneratedDigits.TestSeed, TaughtTest));

        TensorDataset Lesson(long of, int count)
        {
            Tensor inputs = Tensor.Uniform(Shape.Create(count).Concat(model.InputShape), new RandomSource(of));
            return new TensorDataset(inputs, teacher.Predict(inputs));
        }
    }

    private static Dataset Prepared(Dataset set, Shape shape, Preprocessing preprocessing)
    {
        if (set is ImageDataset images) return images.Rescale(preprocessing.Scale, preprocessing.Shift);
        (Tensor inputs, Tensor targets) = set.ReadAll();
        return new TensorDataset(inputs.Reshape([set.Count, .. shape]) * preprocessing.Scale + preprocessing.Shift, targets, set.ClassNames);
    }

    private static int Least(int count, int? limit) => Math.Min(count, limit ?? count);
}
