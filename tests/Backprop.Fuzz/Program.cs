using System.Diagnostics;
using System.Globalization;
using Backprop.Fuzz;

const int Listed = 25; // messages a format
const string usage = """
    Changes sound files at random and holds that the library reads or refuses them, in time and in memory.

      --format NAME   one of {0}, or all
      --count N       files a format (100000)
      --seed N        the seed of the first file; the next one has the next seed (1)
      --replay SEED   writes the file of this seed here, reads it, and says what happens
    """;

string format = "all";
int count = 100_000;
long seed = 1;
long? replay = null;
for (int i = 0; i < args.Length; i += 2)
{
    string value = i + 1 < args.Length ? args[i + 1] : "";
    bool known = args[i] switch
    {
        "--format" => (format = value) == "all" || FuzzedFormats.Find(value) is not null,
        "--count" => int.TryParse(value, CultureInfo.InvariantCulture, out count) && count > 0,
        "--seed" => long.TryParse(value, CultureInfo.InvariantCulture, out seed),
        "--replay" => long.TryParse(value, CultureInfo.InvariantCulture, out seed) && (replay = seed) is not null,
        _ => false,
    };
    if (!known) return Usage();
}
if (replay is not null) return format == "all" ? Usage() : Replay(FuzzedFormats.Find(format)!);

bool failed = false;
foreach (FuzzedFormat each in FuzzedFormats.All)
{
    if (format == "all" || format == each.Name) failed |= Run(each);
}
return failed ? 1 : 0;

bool Run(FuzzedFormat format)
{
    var clock = Stopwatch.StartNew();
    TimeSpan said = TimeSpan.Zero;
    FuzzRun run = FuzzRun.Start(format, seed, count, Progress);
    Console.WriteLine(Line($"{format.Name}: {run.Files} files from seed {seed} on, {run.Accepted} accepted, {run.Refusals.Values.Sum()} refused, {run.Problems.Count} problems; {run.Files / clock.Elapsed.TotalSeconds:f0} a second"));
    Console.WriteLine(Line($"  slowest   {run.Slowest.Time.TotalMilliseconds:f1} ms (seed {run.Slowest.Seed})"));
    Console.WriteLine(Line($"  largest   {run.Largest.OfAllowance:p0} of what is allowed: {run.Largest.Bytes} bytes for a file of {run.Largest.FileBytes} (seed {run.Largest.Seed})"));
    foreach ((string kind, int files) in run.Refusals.OrderByDescending(refusal => refusal.Value).Take(Listed)) Console.WriteLine(Line($"  {files,9} {kind}"));
    foreach (string problem in run.Problems) Console.WriteLine($"  PROBLEM   {problem}");
    Console.WriteLine();
    return run.Problems.Count > 0;

    void Progress(FuzzRun run)
    {
        if (clock.Elapsed - said < TimeSpan.FromSeconds(10)) return;
        said = clock.Elapsed;
        Console.Error.WriteLine(Line($"{format.Name}: {run.Files} of {count}, {run.Problems.Count} problems"));
    }
}

int Replay(FuzzedFormat format)
{
    byte[] file = FuzzRun.File(format, seed, out bool isSound);
    string path = $"fuzz-{format.Name}-{seed}";
    File.WriteAllBytes(path, file);
    Console.WriteLine(Line($"{path}: {file.Length} bytes{(isSound ? ", a sound file" : "")}, {format.BytesAllowed(file)} bytes of memory allowed"));
    FuzzRun run = FuzzRun.Start(format, seed, 1);
    foreach (string text in run.Problems.Concat(run.Refusals.Keys)) Console.WriteLine(text);
    try
    {
        format.Read(file, path);
        Console.WriteLine("accepted");
    }
    catch (IOException refusal)
    {
        Console.WriteLine(refusal.Message);
    }
    return run.Problems.Count > 0 ? 1 : 0;
}

int Usage()
{
    Console.Error.WriteLine(string.Format(CultureInfo.InvariantCulture, usage, string.Join(", ", FuzzedFormats.All.Select(each => each.Name))));
    return 2;
}

static string Line(FormattableString text) => FormattableString.Invariant(text);
