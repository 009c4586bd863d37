namespace Backprop.Cli;

/// <summary>What the command says to the shell when it ends.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Usage = 2;

    /// <summary>128 plus the number of the signal: SIGINT is 2, SIGTERM 15.</summary>
    public const int Interrupted = 130, Terminated = 143;
}
