namespace Backprop.Fuzz;

/// <summary>What reading a file may take at most.</summary>
internal static class FuzzLimits
{
    /// <summary>For each byte of the file, and for each that was really unpacked from it.</summary>
    public const int PerByte = 4;

    /// <summary>Besides, whatever the file: the exception with its message and its stack, a stream and its buffers.</summary>
    public const int BaseBytes = 32 * 1024;

    /// <summary>Besides, for each thing that has a name: strings, a dictionary's place, a tensor.</summary>
    public const int ObjectBytes = 1024;

    public static readonly TimeSpan Time = TimeSpan.FromSeconds(1);

    /// <summary>After that long the reader will never come back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
}
