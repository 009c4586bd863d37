namespace Backprop;

/// <summary>A file in a zip file.</summary>
/// <param name="Name">Its name, with <c>/</c> between folders.</param>
/// <param name="IsDeflated">Whether it is compressed; otherwise it lies there as it is.</param>
/// <param name="Crc">The checksum of what it holds.</param>
/// <param name="PackedLength">Bytes it takes.</param>
/// <param name="Length">Bytes it is said to hold; not compressed, just as many.</param>
/// <param name="HeaderStart">Where its own header starts.</param>
/// <param name="Start">Where its bytes start.</param>
internal sealed record ZipEntry(string Name, bool IsDeflated, uint Crc, long PackedLength, long Length, long HeaderStart, long Start)
{
    public long End => Start + PackedLength;
}
