namespace Backprop;

/// <summary>Builds the modules that a file describes, as <see cref="ArchitectureWriter"/> wrote them.</summary>
/// <param name="custom">Modules that are not of the library, by the name of their type.</param>
internal sealed class ArchitectureReader(IReadOnlyDictionary<string, Func<LayerArguments, Module>>? custom)
{
    /// <summary>Modules within one another; the deepest anybody builds have about ten.</summary>
    public const int MaxDepth = 200;

    /// <summary>Modules of a model; a residual network of 1001 layers has about 3,500.</summary>
    public const int MaxModules = 10_000;

    private const int LongestPath = 1000; // characters, of which each parameter's name takes a copy

    private readonly Dictionary<string, Module> _built = []; // by the path from the outermost
    private int _count;

    /// <summary>The model that a file describes, with zeros for its parameters.</summary>
    /// <param name="architecture">Its description.</param>
    /// <param name="bytes">How much memory its parameters and buffers may take.</param>
    /// <param name="custom">Modules that are not of the library, by the name of their type.</param>
    /// <exception cref="DataFormatException">The description is not sound, or has modules that nobody can make.</exception>
    public static Module Read(JsonPlace architecture, long bytes, IReadOnlyDictionary<string, Func<LayerArguments, Module>>? custom)
    {
        Module model;
        using (new Construction(bytes)) model = new ArchitectureReader(custom).Build(architecture, "", depth: 1);
        model.NameParameters();
        return model;
    }

    internal Module Build(JsonPlace entry, string path, int depth)
    {
        if (depth > MaxDepth || ++_count > MaxModules) throw entry.Bad($"is one module too many: a file may describe {MaxModules}, {MaxDepth} within one another");
        if (path.Length > LongestPath) throw entry.Bad($"has a path of {path.Length} characters; {LongestPath} are the most");
        if (entry.Find("same") is { } same)
        {
            return _built.GetValueOrDefault(same.Text()) ?? throw same.Bad($"is \"{same.Text()}\", and no module of that path stands before it");
        }
        var arguments = new LayerArguments(this, entry, path, depth);
        bool isCustom = entry.Find("custom")?.Boolean() ?? false;
        Module module;
        try
        {
            module = (isCustom ? Custom(arguments, entry, path) : KnownLayers.Build(arguments)) ?? throw entry.Get("type").Bad(
                $"is \"{arguments.Type}\", which is no layer of this version of the library; a newer one may have it");
        }
        catch (Exception e) when (e is ArgumentException or OverflowException) // what a constructor says of its arguments
        {
            throw entry.Bad($"can't be built. {WithoutParameter(e)}", e);
        }
        if (!isCustom) arguments.CheckAllRead();
        Register(module, path);
        return module;
    }

    private Module? Custom(LayerArguments arguments, JsonPlace entry, string path)
    {
        if (custom is not null && custom.TryGetValue(arguments.Type, out Func<LayerArguments, Module>? create)) return create(arguments);
        throw entry.Bad($"is a {arguments.Type}{(path.Length > 0 ? $", the module \"{path}\"" : "")}, which is not of the library. Say how to make it: " +
            $"Model.Load(path, custom: new() {{ [\"{arguments.Type}\"] = arguments => new {arguments.Type}(…) }})");
    }

    /// <summary>Remembers a module by its path, and what it may have made itself, for others that are the same.</summary>
    private void Register(Module module, string path)
    {
        if (!_built.TryAdd(path, module) || module.IsBuiltIn) return;
        foreach ((string name, Module child) in module.Children) RegisterAll(child, path.Length == 0 ? name : $"{path}.{name}");
    }

    private void RegisterAll(Module module, string path)
    {
        if (!_built.TryAdd(path, module)) return;
        foreach ((string name, Module child) in module.Children) RegisterAll(child, $"{path}.{name}");
    }

    private static string WithoutParameter(Exception e) =>
        e is ArgumentException { ParamName: { } name } ? e.Message.Replace($" (Parameter '{name}')", "", StringComparison.Ordinal) : e.Message;
}
