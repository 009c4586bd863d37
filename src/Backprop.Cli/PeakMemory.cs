using System.Diagnostics;

namespace Backprop.Cli;

/// <summary>The most memory this process ever had.</summary>
internal static class PeakMemory
{
    /// <summary>Peak resident set in MiB, to one decimal.</summary>
    public static double Megabytes
    {
        get
        {
            using Process process = Process.GetCurrentProcess();
            return Math.Round(process.PeakWorkingSet64 / 1048576.0, 1);
        }
    }
}
