using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Backprop.Cli;

/// <summary>What the command runs on.</summary>
internal static class Machine
{
    /// <summary>The version of .NET.</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>The operating system.</summary>
    public static string System => RuntimeInformation.OSDescription;

    /// <summary>For example x64.</summary>
    public static string Architecture => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The processor's name, as far as the system tells it: Linux and Windows do.</summary>
    public static string? Processor { get; } = NameOfProcessor();

    /// <summary>The widest vectors that it computes with.</summary>
    public static string Vectors =>
        Vector512.IsHardwareAccelerated ? "Vector512" : Vector256.IsHardwareAccelerated ? "Vector256" : Vector128.IsHardwareAccelerated ? "Vector128" : "none";

    private static string? NameOfProcessor()
    {
        const string File = "/proc/cpuinfo", Field = "model name";
        if (!OperatingSystem.IsLinux()) return Environment.GetEnvironmentVariable("PROCESSOR_IDENTIFIER");
        try
        {
            return global::System.IO.File.ReadLines(File).FirstOrDefault(line => line.StartsWith(Field, StringComparison.Ordinal))?.Split(':', 2)[^1].Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
