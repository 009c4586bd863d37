namespace Backprop.Cli;

/// <summary>The named models, for people who type.</summary>
internal static class Models
{
    /// <summary>A model by its name.</summary>
    /// <exception cref="UsageException">There is none.</exception>
    public static NamedModel Get(string name)
    {
        try
        {
            return NamedModels.Get(name);
        }
        catch (ArgumentException error)
        {
            throw new UsageException(BackpropCommand.Explain(error));
        }
    }

    /// <summary>All names, as a help text lists them.</summary>
    public static string Names => string.Join(", ", NamedModels.All.Select(model => model.Name));
}
