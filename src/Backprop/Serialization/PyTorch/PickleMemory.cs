namespace Backprop;

/// <summary>What the values of a file may take: four bytes for each of the file, and a little, however small it is. Instructions of a byte can ask for much more.</summary>
internal sealed class PickleMemory(long fileLength)
{
    private const long Little = 1 << 20;

    private long _left = 4 * fileLength + Little;

    /// <summary>Takes so many bytes; false if there are not as many left.</summary>
    public bool TryTake(long bytes)
    {
        if (bytes > _left) return false;
        _left -= bytes;
        return true;
    }
}
