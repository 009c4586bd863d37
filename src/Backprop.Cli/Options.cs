using System.CommandLine;
using System.Globalization;

namespace Backprop.Cli;

/// <summary>Options that check what they are given.</summary>
internal static class Options
{
    /// <summary>A whole number from <paramref name="least"/> up.</summary>
    public static Option<int?> Count(string name, string description, int least = 1) => Parsed<int?>(name, "N", description, text =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least
            ? value
            : throw new FormatException($"a whole number from {least} up"));

    /// <summary>A positive number.</summary>
    public static Option<double?> Positive(string name, string description) => Parsed<double?>(name, "X", description, text =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value > 0 && double.IsFinite(value)
            ? value
            : throw new FormatException("a positive number"));

    public static Option<long?> Seed(string description) => Parsed<long?>("--seed", "N", description, text =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long value) ? value : throw new FormatException("a whole number"));

    public static Option<string?> Text(string name, string placeholder, string description) => new(name) { HelpName = placeholder, Description = description };

    public static Option<ColorChoice> Color()
    {
        Option<ColorChoice> option = Parsed("--color", "auto|always|never", "When to write in colour [default: auto]", text =>
            Enum.TryParse(text, ignoreCase: true, out ColorChoice choice) && Enum.IsDefined(choice) ? choice : throw new FormatException("auto, always or never"));
        option.Recursive = true;
        return option;
    }

    /// <summary>A saved model; <c>--weights</c> is what the option was called once.</summary>
    public static Option<string?> ModelFile() => new("--model", "--weights") { HelpName = "FILE", Description = "The saved model, a safetensors file", Required = true };

    public static Option<string?> Architecture() => Text("--architecture", "NAME", $"The network, where the file has weights alone: one of {Models.Names}");

    public static Option<bool> Json() => new("--json") { Description = "Make the last line on stdout one JSON object" };

    public static Option<int?> Threads() => Count("--threads", "Threads that compute; changes the speed, not the numbers [default: all processors]");

    public static Option<NonFinite?> NonFinite() => Parsed<NonFinite?>("--non-finite", "loss|gradient|skip", "Stop where the loss is NaN or infinite, or a gradient already; or leave such steps out [default: loss]", text => text switch
    {
        "loss" => Backprop.NonFinite.StopAtLoss,
        "gradient" => Backprop.NonFinite.StopAtGradient,
        "skip" => Backprop.NonFinite.Skip,
        _ => throw new FormatException("loss, gradient or skip"),
    });

    /// <summary>The word for it on the command line.</summary>
    public static string WordOf(NonFinite choice) => choice switch
    {
        Backprop.NonFinite.StopAtLoss => "loss",
        Backprop.NonFinite.StopAtGradient => "gradient",
        _ => "skip",
    };

    /// <summary>Lets <paramref name="threads"/> threads compute, if a number was given.</summary>
    public static void UseThreads(int? threads)
    {
        if (threads is { } count) Backprop.Threads.Count = count;
    }

    private static Option<T> Parsed<T>(string name, string placeholder, string description, Func<string, T> parse) => new(name)
    {
        HelpName = placeholder,
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Count == 0 ? "" : result.Tokens[^1].Value;
            try
            {
                return parse(text);
            }
            catch (FormatException needed)
            {
                result.AddError($"{name} needs {needed.Message}, not '{text}'");
                return default!;
            }
        },
    };
}
