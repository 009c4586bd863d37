using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Backprop.Cli.Runs;

/// <summary>Reads the log of a training, as far as it is written.</summary>
internal sealed class RunFile
{
    /// <summary>What the log is called in a training's folder.</summary>
    public const string Name = "run.jsonl";

    private readonly string _path;
    private long _position; // in bytes, up to which lines were read
    private int _lines;

    private RunFile(string path, string name) => (_path, Data) = (path, new RunData(name));

    /// <summary>What the log tells.</summary>
    public RunData Data { get; }

    /// <summary>Opens the log of a folder, or a log by its own name, and reads it.</summary>
    /// <param name="folderOrFile">The path.</param>
    /// <param name="name">What the run is to be called; null: as its folder.</param>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="InvalidDataException">It is damaged, or a later version's.</exception>
    public static RunFile Open(string folderOrFile, string? name = null)
    {
        string path = Directory.Exists(folderOrFile) ? Path.Combine(folderOrFile, Name) : folderOrFile;
        if (!File.Exists(path))
        {
            throw new FileNotFoundException(Directory.Exists(folderOrFile)
                ? $"{folderOrFile}: there is no {Name} in this folder. Give a folder that 'backprop train' has written to, its --output."
                : $"{folderOrFile}: there is no such folder. 'backprop train' writes to runs/MODEL, or where --output says.");
        }
        var file = new RunFile(path, name ?? NameOf(folderOrFile));
        file.ReadOn();
        if (file.Data.Start is null) throw new InvalidDataException($"{path}: there is no event of a training in it.");
        return file;
    }

    /// <summary>What a run is called: its folder's name.</summary>
    public static string NameOf(string folder) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));

    /// <summary>Reads the lines that were written since. One without an end is still being written, or was when the process was killed: it is left for later.</summary>
    /// <exception cref="InvalidDataException">A line is no event.</exception>
    public void ReadOn()
    {
        using var file = new FileStream(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        byte[] bytes = new byte[file.Length - _position];
        file.Seek(_position, SeekOrigin.Begin);
        file.ReadExactly(bytes);
        for (int start = 0, end; (end = Array.IndexOf(bytes, (byte)'\n', start)) >= 0; start = end + 1)
        {
            _lines++;
            _position += end + 1 - start;
            Read(bytes.AsSpan(start, end - start));
        }
    }

    /// <summary>What a line says. An editor may have put a byte order mark before the first.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> line) => JsonNode.Parse(line.StartsWith(Encoding.UTF8.Preamble) ? line[Encoding.UTF8.Preamble.Length..] : line);

    private void Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (Parse(line) is not JsonObject fields) throw new FormatException("it is no JSON object");
            if ((string?)fields["event"] == "start" && (int?)fields["format"] > RunEvents.Format)
            {
                throw new InvalidDataException($"{_path}: a later version of backprop wrote this (format {fields["format"]}; this one knows {RunEvents.Format}). Use that one: {fields["version"]}.");
            }
            Data.Add(fields);
        }
        catch (Exception error) when (error is JsonException or FormatException or InvalidOperationException or KeyNotFoundException or DecoderFallbackException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"{_path}, line {_lines}: this is no event of a training: {error.Message.TrimEnd('.')}. Delete the line to go without it.", error);
        }
    }
}
