namespace Backprop.Cli;

/// <summary>The command was asked for something that does not exist: exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
