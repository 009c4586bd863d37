namespace Backprop.Fuzz;

/// <summary>NumPy's arrays by name: a zip file of them.</summary>
internal sealed class NpzFormat : FuzzedFormat
{
    public override string Name => "npz";

    public override IReadOnlyList<string> Words { get; } = [.. NpyFormat.WordsOfArrays, "arr_0.npy", "../arr_0.npy", "arr_0.txt", "PK\u0005\u0006"];

    public override Part Make(RandomSource random) =>
        Zip.Of(Enumerable.Range(0, random.Next(4)).Select(i => ($"arr_{i}.npy", NpyFormat.Array(random), random.Next(2) == 0)));

    public override void Read(byte[] file, string name)
    {
        foreach (Tensor tensor in Npz.Load(new MemoryStream(file), name).Values) Use(tensor);
    }

    public override long Unpacked(byte[] file) => Zip.Unpacked(file);

    /// <summary>The entries.</summary>
    public override long Objects(byte[] file) => file.AsSpan().Count("PK"u8);
}
