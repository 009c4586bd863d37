using System.Globalization;
using Backprop.Cli.Runs;
using Google.Protobuf;

namespace Backprop.Cli.TensorBoard;

/// <summary>The events of one run in a folder, in a file of their own. TensorBoard reads all files of a folder, in the order of their names, as one run.</summary>
internal sealed class EventFile : IDisposable
{
    private const string Prefix = "events.out.tfevents.";

    private readonly RecordFile _file;

    /// <summary>Begins a file; what earlier files say of steps from <paramref name="firstStep"/> on is void, for they are done again.</summary>
    public EventFile(string folder, long firstStep)
    {
        Directory.CreateDirectory(folder);
        IsFirst = !Directory.EnumerateFiles(folder, Prefix + "*").Any();
        _file = new RecordFile(Path.Combine(folder, $"{Prefix}{Number(folder).ToString("D10", CultureInfo.InvariantCulture)}.backprop"));
        Write(new Event { Step = firstStep, FileVersion = "brain.Event:2" });
        Write(new Event { Step = firstStep, SessionLog = new SessionLog { Status = SessionLog.Types.SessionStatus.Start } });
    }

    /// <summary>Whether the run has no earlier files.</summary>
    public bool IsFirst { get; }

    public void Scalar(long step, string tag, double value) => Write(step, new Summary.Types.Value { Tag = tag, SimpleValue = (float)value });

    public void Histogram(long step, string tag, Histogram histogram)
    {
        var message = new HistogramProto { Min = histogram.Min, Max = histogram.Max, Num = histogram.Count, Sum = histogram.Sum, SumSquares = histogram.SumOfSquares };
        for (int bin = 0; bin < histogram.Counts.Length; bin++)
        {
            message.BucketLimit.Add(histogram.Edge(bin + 1));
            message.Bucket.Add(histogram.Counts[bin]);
        }
        Write(step, new Summary.Types.Value { Tag = tag, Histo = message });
    }

    public void Image(long step, string tag, Image image)
    {
        using var png = new MemoryStream();
        ImageFile.Write(png, image);
        Write(step, new Summary.Types.Value
        {
            Tag = tag,
            Image = new Summary.Types.Image { Height = image.Height, Width = image.Width, Colorspace = image.Channels, EncodedImageString = ByteString.CopyFrom(png.ToArray()) },
        });
    }

    public void Graph(GraphDef graph) => Write(new Event { GraphDef = graph.ToByteString() });

    public void Flush() => _file.Flush();

    public void Dispose() => _file.Dispose();

    private void Write(long step, Summary.Types.Value value) => Write(new Event { Step = step, Summary = new Summary { Value = { value } } });

    private void Write(Event message)
    {
        message.WallTime = (DateTime.UtcNow - DateTime.UnixEpoch).TotalSeconds;
        _file.Write(message.ToByteArray());
    }

    /// <summary>The time in seconds, as TensorFlow names its files; later than any that is there, for their order counts.</summary>
    private static long Number(string folder)
    {
        long number = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        foreach (string path in Directory.EnumerateFiles(folder, Prefix + "*"))
        {
            if (long.TryParse(Path.GetFileName(path)[Prefix.Length..].Split('.')[0], NumberStyles.None, CultureInfo.InvariantCulture, out long taken) && taken >= number) number = taken + 1;
        }
        return number;
    }
}
