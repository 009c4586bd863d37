namespace Backprop.Fuzz;

/// <summary>Bytes without a structure of their own.</summary>
internal sealed class Blob(byte[] bytes) : Part
{
    private byte[] _bytes = bytes;

    public static Blob Random(RandomSource random, int length)
    {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = (byte)random.Next(256);
        return new Blob(bytes);
    }

    public override void Change(Mutation mutation) => _bytes = mutation.Bytes(_bytes);

    protected override void Write(PartWriter writer) => writer.Write(_bytes);
}
