using System.Diagnostics;

namespace Backprop.Cli.Bench;

/// <summary>Starts this very command once more, in a process of its own.</summary>
internal static class OwnProcess
{
    /// <summary>Runs it to its end, passes its complaints on, and returns what it printed.</summary>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    public static string Run(IEnumerable<string> arguments, TextWriter error, CancellationToken cancellation)
    {
        string library = Path.Combine(AppContext.BaseDirectory, "Backprop.Cli.dll"), program = Path.ChangeExtension(library, OperatingSystem.IsWindows() ? ".exe" : null);
        bool needsHost = File.Exists(library) && !File.Exists(program); // as an installed tool
        var start = new ProcessStartInfo(needsHost ? Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet" : File.Exists(program) ? program : Environment.ProcessPath!)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (needsHost) start.ArgumentList.Add(library);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);

        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"{start.FileName} did not start.");
        using CancellationTokenRegistration kill = cancellation.Register(process.Kill);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is not null) error.WriteLine(line.Data);
        };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == ExitCode.Done ? output : throw new InvalidOperationException($"the measurement ended with code {process.ExitCode}");
    }
}
