namespace Backprop.Fuzz;

/// <summary>How many bytes really come out of packed ones, until they end or are found damaged.</summary>
internal static class UnpackedBytes
{
    public static long Count(Func<Stream> open)
    {
        long count = 0;
        if (!ReadsToEnd(new byte[1 << 16])) ReadsToEnd(new byte[1]); // a block in which damage is found is lost; byte by byte all comes that is before
        return count;

        bool ReadsToEnd(byte[] block)
        {
            count = 0;
            using Stream stream = open();
            try
            {
                for (int read = 1; read > 0; count += read) read = stream.Read(block);
                return true;
            }
            catch (Exception e) when (e is InvalidDataException or IOException)
            {
                return false;
            }
        }
    }
}
