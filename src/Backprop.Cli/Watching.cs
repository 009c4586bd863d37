using System.Runtime.CompilerServices;
using Backprop.Cli.Runs;
using Backprop.Cli.TensorBoard;

namespace Backprop.Cli;

/// <summary>How a training is watched, besides its progress. It changes nothing about what is trained, so a checkpoint does not keep it.</summary>
/// <param name="Plot">Whether the losses are drawn in the terminal.</param>
/// <param name="JsonLines">The file that events go to as JSON; <c>-</c>: stdout; null: none.</param>
/// <param name="TensorBoard">The folder that events go to for TensorBoard; null: none.</param>
internal sealed record Watching(bool Plot = false, string? JsonLines = null, string? TensorBoard = null)
{
    /// <summary>Whether the events have stdout for themselves.</summary>
    public bool TakesOut => JsonLines == "-";

    /// <summary>Makes sure that what was asked for can be written, so that nobody trains for nothing.</summary>
    /// <exception cref="IOException">It can't.</exception>
    public void Prepare()
    {
        if (JsonLines is not null && !TakesOut) Try("--jsonl", JsonLines, () =>
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(JsonLines))!);
            using var file = new FileStream(JsonLines, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        });
        if (TensorBoard is not null) Try("--tensorboard", TensorBoard, () => Directory.CreateDirectory(TensorBoard));
    }

    /// <summary>Who is to be told of the events.</summary>
    public IEnumerable<IRunSink> Sinks(Terminal terminal)
    {
        if (JsonLines is not null) yield return TakesOut ? new JsonLines(terminal.Out) : new JsonLines(JsonLines);
        if (TensorBoard is not null) yield return ToTensorBoard(TensorBoard);
    }

    /// <summary>Apart, so that Google.Protobuf is loaded only where it is asked for.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static EventFiles ToTensorBoard(string folder) => new EventFiles(folder);

    private static void Try(string option, string path, Action open)
    {
        try
        {
            open();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"{option} {path}: this can't be written ({error.Message.TrimEnd('.')}). Choose another path.", error);
        }
    }
}
