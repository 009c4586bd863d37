namespace Backprop.Fuzz;

/// <summary>CIFAR-10's binary files: records of one length, without a header.</summary>
internal sealed class Cifar10Format : FuzzedFormat
{
    private const int PixelBytes = 3072;

    private readonly byte[] _pixels = new byte[PixelBytes];

    public override string Name => "cifar10";

    public override Part Make(RandomSource random) =>
        new Group(Enumerable.Range(0, 1 + random.Next(3)).Select(_ => new Group(Number.Byte(random.Next(10)), new Blob(_pixels))));

    public override void Read(byte[] file, string name)
    {
        (byte[] pixels, byte[] labels) = Cifar10File.Read([(new MemoryStream(file), name)]);
        Check(pixels.Length == labels.Length * PixelBytes && file.Length == pixels.Length + labels.Length, $"{pixels.Length} pixels and {labels.Length} labels");
        Check(labels.All(label => label < Cifar10File.ClassCount), "a label names no class");
    }
}
