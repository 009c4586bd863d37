using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Backprop.Cli;

/// <summary>What a model learns from and is judged by, ready to be fed to it.</summary>
/// <param name="Description">Where it is from.</param>
/// <param name="Kind">What it is, wherever it lies.</param>
/// <param name="Train">The training set.</param>
/// <param name="Test">The test set.</param>
internal sealed record DataSource(string Description, string Kind, Dataset Train, Dataset Test)
{
    /// <summary>Enough for the default network to read what it has not seen, and to be done within a minute.</summary>
    public const int GeneratedTrain = 40_000, GeneratedTest = 5_000;

    private const int TaughtTrain = 1_000, TaughtTest = 200;

    /// <summary>A folder of files, or where none is given what the library makes up itself.</summary>
    /// <param name="model">Who is to be fed.</param>
    /// <param name="folder">A folder of data files, if any.</param>
    /// <param name="seed">What generated training examples depend on.</param>
    /// <param name="limitTrain">At most so many training examples; 0 if they are not needed.</param>
    /// <param name="limitTest">At most so many test examples.</param>
    public static DataSource For(NamedModel model, string? folder, long seed, int? limitTrain, int? limitTest)
    {
        DataSource source = folder is not null ? FromFolder(model.Name, model.InputShape, model.Classes, model.Preprocessing, folder)
            : model.Data == DataKind.Digits ? Digits(model.Preprocessing, seed, Least(GeneratedTrain, limitTrain), Least(GeneratedTest, limitTest))
            : model.Data == DataKind.Random ? Taught(model, seed)
            : throw new UsageException($"{model.Name} is made for CIFAR-10, which can't be generated: give the folder of its binary files with --data DIR.");
        return source with { Train = source.Train.Take(Least(source.Train.Count, limitTrain)), Test = source.Test.Take(Least(source.Test.Count, limitTest)) };
    }

    /// <summary>What a saved model is judged by.</summary>
    /// <param name="model">The model.</param>
    /// <param name="folder">A folder of data files, if any.</param>
    /// <param name="limitTest">At most so many test examples.</param>
    public static DataSource For(Model model, string? folder, int? limitTest)
    {
        NamedModel? named = NamedModels.Find(model.Name);
        if (folder is null) return named is not null ? For(named, null, seed: 0, limitTrain: 0, limitTest) : throw new UsageException($"{model}: say what it is to be judged by, with --data DIR.");
        if (model.InputShape is not { } shape) throw new UsageException($"{model}: the file does not say what its inputs are.");
        DataSource source = FromFolder(model.Name ?? "The model", shape, model.ClassNames.Count, model.Preprocessing ?? Preprocessing.None, folder);
        return source with { Test = source.Test.Take(Least(source.Test.Count, limitTest)) };
    }

    /// <summary>Tells other data apart at little cost: the SHA-256 of 50 examples of each set, evenly spread, and of how many there are.</summary>
    public string Fingerprint()
    {
        const int Examples = 50;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Dataset set in new[] { Train, Test })
        {
            hash.AppendData(BitConverter.GetBytes(set.Count));
            (Tensor inputs, Tensor targets) = set.Read([.. Enumerable.Range(0, Math.Min(Examples, set.Count)).Select(i => (int)((long)i * set.Count / Math.Min(Examples, set.Count)))]);
            hash.AppendData(MemoryMarshal.AsBytes(inputs.AsSpan<float>()));
            hash.AppendData(targets.DType == DType.Int32 ? MemoryMarshal.AsBytes(targets.AsSpan<int>()) : MemoryMarshal.AsBytes(targets.AsSpan<float>()));
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static DataSource FromFolder(string name, Shape shape, int classes, Preprocessing preprocessing, string folder)
    {
        (DataFolderKind kind, Dataset train, Dataset test) = DataFolder.Open(folder);
        bool fits = train.InputShape == shape || (train.InputShape.Rank == 1 && train.InputShape[0] == shape.ElementCount); // a row of a table is a flat image
        if (!fits || train.ClassCount != classes)
        {
            throw new InvalidDataException(
                $"{name} takes inputs {shape} of {classes} classes; those in {folder} are {train.InputShape} of {train.ClassCount}. Choose another --model or --data.");
        }
        return new DataSource(folder, kind.ToString(), Prepared(train, shape, preprocessing), Prepared(test, shape, preprocessing));
    }

    private static DataSource Digits(Preprocessing preprocessing, long seed, int train, int test) =>
        new("generated digits", "generated digits", preprocessing.Apply(GeneratedDigits.Images(train, seed)), preprocessing.Apply(GeneratedDigits.Images(test, GeneratedDigits.TestSeed)));

    /// <summary>Random inputs, and as targets what another network of the same kind says about them: something that can be learnt.</summary>
    private static DataSource Taught(NamedModel model, long seed)
    {
        Module teacher = model.Build(new RandomSource(GeneratedDigits.TestSeed));
        return new DataSource("what a random network of the same kind says", "a random network", Lesson(seed, TaughtTrain), Lesson(GeneratedDigits.TestSeed, TaughtTest));

        TensorDataset Lesson(long of, int count)
        {
            Tensor inputs = Tensor.Uniform(Shape.Create(count).Concat(model.InputShape), new RandomSource(of));
            return new TensorDataset(inputs, teacher.Predict(inputs));
        }
    }

    private static Dataset Prepared(Dataset set, Shape shape, Preprocessing preprocessing)
    {
        if (set is ImageDataset images) return preprocessing.Apply(images);
        (Tensor inputs, Tensor targets) = set.ReadAll();
        inputs = inputs.Reshape([set.Count, .. shape]);
        return new TensorDataset(shape.Rank == 3 ? preprocessing.Apply(inputs) : inputs, targets, set.ClassNames);
    }

    private static int Least(int count, int? limit) => Math.Min(count, limit ?? count);
}
