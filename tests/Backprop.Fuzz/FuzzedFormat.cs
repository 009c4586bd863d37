namespace Backprop.Fuzz;

/// <summary>A file format: how a sound file of it is made at random, and how the library reads it.</summary>
internal abstract class FuzzedFormat
{
    public abstract string Name { get; }

    /// <summary>Words that mean something in the format, to be put in the place of others.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>A sound file.</summary>
    public abstract Part Make(RandomSource random);

    /// <summary>Repairs in the bytes of a changed file what no part can compute.</summary>
    public virtual void Finish(byte[] file)
    {
    }

    /// <summary>Whether an exception is one that the reader may throw.</summary>
    public virtual bool IsRefusal(Exception error) => error is DataFormatException;

    /// <summary>Reads a file and uses all that was read.</summary>
    /// <exception cref="DataFormatException">The file is refused.</exception>
    public abstract void Read(byte[] file, string name);

    /// <summary>The bytes that really come out of the packed ones in a file, and what they stand for: the allowance of memory beside the file's own length.</summary>
    public virtual long Unpacked(byte[] file) => 0;

    /// <summary>The memory that a reader may take in all for a file.</summary>
    public virtual long BytesAllowed(byte[] file) => FuzzLimits.BaseBytes + FuzzLimits.PerByte * (file.Length + Unpacked(file)) + FuzzLimits.ObjectBytes * Objects(file);

    /// <summary>How many names, lines or entries a file can hold: an object takes memory before its first byte, and is allowed <see cref="FuzzLimits.ObjectBytes"/>.</summary>
    public virtual long Objects(byte[] file) => 0;

    /// <summary>Holds that a tensor has the elements of its shape, and that they can be read.</summary>
    protected static void Use(Tensor tensor)
    {
        long count = 1;
        foreach (int length in tensor.Shape) count *= length;
        Check(count == tensor.ElementCount, $"a tensor of shape {tensor.Shape} has {tensor.ElementCount} elements");
        TensorBytes.Visit(tensor, bytes => count -= bytes.Length / tensor.DType.Size);
        Check(count == 0, $"a tensor of shape {tensor.Shape} lacks the storage of {count} elements");
    }

    protected static void Check(bool holds, string otherwise)
    {
        if (!holds) throw new UnusableException(otherwise);
    }
}

/// <summary>A file was accepted, and what it gave cannot be used.</summary>
internal sealed class UnusableException(string problem) : Exception(problem);
