namespace Backprop;

/// <summary>How much memory packed bytes may take: no more than they justify, and no more than has really come out of them.</summary>
internal static class Unpacking
{
    private const int MostExpansion = 1032; // deflate makes at most 258 bytes of 2 bits
    private const int DataExpansion = 200; // more than data shrink, even pictures that are nearly empty
    private const long Harmless = 64 << 20; // bytes that may be of one value throughout, and shrink as much as can be
    private const int FirstBlock = 4096;

    /// <summary>The most bytes that so many bytes of deflate can hold; what says it holds more is cut off, or a bomb: small, and made to fill the memory.</summary>
    public static long Most(long packed) => Math.Min(packed * MostExpansion, Math.Max(packed * DataExpansion, Harmless));

    /// <summary>The next bytes of a stream, of which there shall be <paramref name="claimed"/>: memory grows as they come, twice as many at most.</summary>
    /// <returns>As many as there were, and no more than claimed.</returns>
    public static ArraySegment<byte> Read(Stream stream, int claimed)
    {
        byte[] bytes = [];
        int read = 0;
        while (read == bytes.Length && read < claimed)
        {
            byte[] larger = GC.AllocateUninitializedArray<byte>((int)Math.Min(claimed, Math.Max(2L * read, FirstBlock)));
            bytes.AsSpan().CopyTo(larger);
            bytes = larger;
            read += stream.ReadAtLeast(bytes.AsSpan(read), bytes.Length - read, throwOnEndOfStream: false);
        }
        return new ArraySegment<byte>(bytes, 0, read);
    }
}
