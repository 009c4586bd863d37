using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Backprop.Tests;

/// <summary>Programs from the documentation, compiled as a project with implicit usings would compile them, and run where they may write files.</summary>
internal static class CompiledCode
{
    private static readonly string[] s_usings = ["System", "System.Collections.Generic", "System.IO", "System.Linq"];

    /// <summary>The assembly of some code.</summary>
    /// <param name="code">What stands in its one file.</param>
    /// <param name="kind">A program with an entry point, or classes.</param>
    /// <param name="usings">Namespaces besides the usual.</param>
    public static Assembly Compile(string code, OutputKind kind, params string[] usings)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14);
        string global = string.Concat(s_usings.Concat(usings).Select(space => $"global using {space};"));
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is var file && (file.StartsWith("System", StringComparison.Ordinal) || file == "Backprop.dll"))
            .Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation compilation = CSharpCompilation.Create("Documented", [CSharpSyntaxTree.ParseText(global, options), CSharpSyntaxTree.ParseText(code, options)], references,
            new CSharpCompilationOptions(kind));
        using var image = new MemoryStream();
        Assert.Empty(compilation.Emit(image).Diagnostics.Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));
        return Assembly.Load(image.ToArray());
    }

    /// <summary>Does something in a folder that is gone afterwards.</summary>
    public static T InScratchFolder<T>(Func<T> run)
    {
        string before = Directory.GetCurrentDirectory();
        using var scratch = new TemporaryFolder();
        try
        {
            Directory.SetCurrentDirectory(scratch.Path);
            return run();
        }
        finally
        {
            Directory.SetCurrentDirectory(before);
        }
    }
}

/// <summary>Tests that change the process's current folder or its console run alone.</summary>
[CollectionDefinition(nameof(CurrentFolder), DisableParallelization = true)]
public static class CurrentFolder;
