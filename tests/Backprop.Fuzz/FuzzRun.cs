using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Backprop.Fuzz;

/// <summary>Tries changed files of one format, one after the other on one thread, and counts what became of them.</summary>
/// <remarks>The file of a seed is always the same. Every sixteenth is a sound one, and must be accepted.</remarks>
internal sealed class FuzzRun
{
    private const int MostProblems = 20;
    private const int MostKinds = 200; // of messages that are counted apart
    private const int MostExpansion = 1032; // of deflate: what comes out before damage is found depends on how much is asked for at once
    private const int Attempts = 3; // a busy machine, or a method on its first run, takes time and memory that are not the reader's

    private readonly FuzzedFormat _format;
    private readonly SortedDictionary<string, int> _refusals = new(StringComparer.Ordinal);

    private FuzzRun(FuzzedFormat format) => _format = format;

    public int Files { get; private set; }

    public int Accepted { get; private set; }

    /// <summary>Files refused, by what was wrong with them.</summary>
    public IReadOnlyDictionary<string, int> Refusals => _refusals;

    /// <summary>What should not have happened, each with the seed of its file.</summary>
    public List<string> Problems { get; } = [];

    public (TimeSpan Time, long Seed) Slowest { get; private set; }

    /// <summary>The largest part of its allowance (see <see cref="FuzzLimits"/>) that a file took.</summary>
    public (double OfAllowance, long Bytes, int FileBytes, long Seed) Largest { get; private set; }

    /// <summary>Tries the files of the seeds from <paramref name="seed"/> on.</summary>
    public static FuzzRun Start(FuzzedFormat format, long seed, int count, Action<FuzzRun>? progress = null)
    {
        var run = new FuzzRun(format);
        using var watchdog = new Watchdog(format);
        for (int i = 0; i < count && run.Problems.Count < MostProblems; i++)
        {
            run.Try(seed + i, watchdog);
            progress?.Invoke(run);
        }
        return run;
    }

    /// <summary>The file of a seed, and whether it is a sound one.</summary>
    public static byte[] File(FuzzedFormat format, long seed, out bool isSound)
    {
        var random = new RandomSource(seed);
        Part root = format.Make(random);
        isSound = random.Next(16) == 0;
        byte[] file = isSound ? PartWriter.ToBytes(root) : new Mutation(random, format.Words).Change(root);
        if (random.Next(8) != 0 || isSound) format.Finish(file);
        return file;
    }

    private void Try(long seed, Watchdog watchdog)
    {
        byte[] file = File(_format, seed, out bool isSound);
        watchdog.Reading(seed);
        Attempt attempt = Attempt.Make(_format, file);
        for (int again = 1; again < Attempts && attempt.Time > FuzzLimits.Time; again++)
        {
            Attempt other = Attempt.Make(_format, file);
            if (other.Time < attempt.Time) attempt = other;
        }
        watchdog.Done();

        Files++;
        if (attempt.Error is null) Accepted++;
        else if (attempt.Error is DataFormatException refusal) Count(refusal, file, seed);
        else if (_format.IsRefusal(attempt.Error)) Count(Kind(attempt.Error.Message));
        else Problem(seed, Shortened(attempt.Error));
        if (isSound && attempt.Error is not null) Problem(seed, $"a sound file is refused: {attempt.Error.Message}");
        if (attempt.Time > FuzzLimits.Time) Problem(seed, $"{attempt.Time.TotalSeconds:f2} s for {file.Length} bytes");
        if (attempt.Time > Slowest.Time) Slowest = (attempt.Time, seed);
        Weigh(attempt, file, seed);
    }

    private void Weigh(Attempt attempt, byte[] file, long seed)
    {
        long cheap = FuzzLimits.BaseBytes + FuzzLimits.PerByte * (long)file.Length; // what it really unpacks to is asked only where it matters
        double enough = Math.Min(Largest.OfAllowance, 1);
        if (attempt.Bytes <= enough * cheap) return;
        long allowed = _format.BytesAllowed(file);
        if (attempt.Bytes <= enough * allowed) return;
        long bytes = attempt.Bytes;
        for (int again = 1; again < Attempts; again++) bytes = Math.Min(bytes, Attempt.Make(_format, file).Bytes);
        double part = (double)bytes / allowed;
        if (part > 1) Problem(seed, $"{bytes} bytes allocated, {allowed} allowed, for a file of {file.Length} bytes that unpacks to {_format.Unpacked(file)}");
        if (part > Largest.OfAllowance) Largest = (part, bytes, file.Length, seed);
    }

    private static string Shortened(Exception error)
    {
        const int most = 200;
        string message = error.Message.Length > most ? error.Message[..most] + "..." : error.Message;
        return string.Join(Environment.NewLine, [$"{error.GetType()}: {message}", .. (error.StackTrace ?? "").Split(Environment.NewLine).Take(3)]);
    }

    private void Count(DataFormatException refusal, byte[] file, long seed)
    {
        string place = string.Create(CultureInfo.InvariantCulture, $", byte {refusal.Offset}: ");
        int problem = refusal.Message.IndexOf(place, StringComparison.Ordinal) + place.Length;
        if (problem < place.Length || !refusal.Message.StartsWith(_format.Name, StringComparison.Ordinal)) Problem(seed, $"the message does not begin with file and byte: {refusal.Message}");
        else if (refusal.Offset < 0 || (refusal.Offset > file.Length && refusal.Offset > MostExpansion * _format.Unpacked(file))) Problem(seed, $"the byte lies outside of the file's {file.Length}: {refusal.Message}");
        else Count(Kind(refusal.Message.AsSpan(problem)));
    }

    private void Count(string kind)
    {
        if (_refusals.Count >= MostKinds && !_refusals.ContainsKey(kind)) kind = "others";
        _refusals[kind] = _refusals.GetValueOrDefault(kind) + 1;
    }

    /// <summary>What a message begins with, without what belongs to the one file: its numbers, and what stands in quotes or brackets.</summary>
    private static string Kind(ReadOnlySpan<char> message)
    {
        const int most = 60;
        if (message.StartsWith("line ")) message = message[(message.IndexOf(": ") + 2)..];
        if (message.StartsWith("(unpacked) ")) message = message["(unpacked) ".Length..];
        var kind = new StringBuilder(most);
        for (int i = 0; i < message.Length && kind.Length < most && message[i] is not ':'; i++)
        {
            char c = message[i];
            if (char.IsAsciiDigit(c))
            {
                if (kind.Length == 0 || kind[^1] != '#') kind.Append('#');
                continue;
            }
            kind.Append(char.IsAscii(c) ? c : '?');
            char closing = c switch { '\'' or '"' => c, '[' => ']', '(' => ')', _ => '\0' };
            if (closing == '\0') continue;
            int length = closing == c ? message[i..].LastIndexOf(closing) : message[i..].IndexOf(closing); // a quote may hold quotes
            if (length <= 0) continue;
            kind.Append("...").Append(closing);
            i += length;
        }
        return kind.ToString().Trim();
    }

    private void Problem(long seed, string problem) => Problems.Add(string.Create(CultureInfo.InvariantCulture, $"{_format.Name}, seed {seed}: {problem}"));

    /// <summary>One reading of a file: how it ended, how long it took, what it allocated in all.</summary>
    private readonly record struct Attempt(Exception? Error, TimeSpan Time, long Bytes)
    {
        public static Attempt Make(FuzzedFormat format, byte[] file)
        {
            Exception? error = null;
            long before = GC.GetAllocatedBytesForCurrentThread(), start = Stopwatch.GetTimestamp();
            try
            {
                format.Read(file, format.Name);
            }
            catch (Exception e) // whatever it is: that is the question
            {
                error = e;
            }
            return new Attempt(error, Stopwatch.GetElapsedTime(start), GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }
}
