using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Backprop.Tests;

/// <summary>Holds the floor plan: what is used lies in a folder below. Asks the compiler what each name means, so extension members count too.</summary>
public class ArrowTests
{
    private static readonly Dictionary<string, string[]> s_mayUse = new()
    {
        ["Kernels"] = [],
        ["Files"] = [],
        ["Tensors"] = ["Kernels"],
        ["Autograd"] = ["Tensors", "Kernels"],
        ["Operations"] = ["Autograd", "Tensors", "Kernels"],
        ["Layers"] = ["Operations", "Autograd", "Tensors"], // no kernel: a layer owns no derivative
        ["Losses"] = ["Operations", "Autograd", "Tensors", "Kernels"],
        ["Optimizers"] = ["Autograd", "Tensors", "Kernels"],
        ["Data"] = ["Operations", "Autograd", "Tensors", "Kernels", "Files"],
        ["Serialization"] = ["Layers", "Operations", "Autograd", "Tensors", "Files"],
        ["Models"] = ["Serialization", "Layers", "Losses", "Optimizers", "Data", "Operations", "Autograd", "Tensors", "Files"],
        ["Checking"] = ["Layers", "Operations", "Autograd", "Tensors", "Kernels"],
        ["Explaining"] = ["Layers", "Operations", "Autograd", "Tensors", "Files"],
        ["Training"] = ["Models", "Serialization", "Layers", "Losses", "Optimizers", "Data", "Operations", "Autograd", "Tensors", "Files"],
    };

    /// <summary>A tensor knows the operation that made it, and an operation its tensors: the one permitted knot.</summary>
    private static readonly HashSet<(string From, string Type)> s_knots = [("Tensors", "Operation")];

    [Fact]
    public void Folders_UseOnlyWhatLiesBelow()
    {
        string library = Path.Combine(Repository.Root, "src", "Backprop");
        SyntaxTree[] trees = [.. Directory.EnumerateFiles(library, "*.cs", SearchOption.AllDirectories).Select(Parse), ImplicitUsings()];
        CSharpCompilation compilation = CSharpCompilation.Create("Backprop", trees, References(), new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));
        Assert.Empty(compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error));

        var upward = new SortedSet<string>();
        foreach (SyntaxTree tree in trees.Where(tree => tree.FilePath.Length > 0))
        {
            string from = Folder(tree);
            SemanticModel model = compilation.GetSemanticModel(tree);
            foreach (SimpleNameSyntax name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
            {
                if (model.GetSymbolInfo(name).Symbol is not { } symbol || symbol is INamespaceSymbol) continue;
                if (symbol.OriginalDefinition.DeclaringSyntaxReferences.FirstOrDefault()?.SyntaxTree is not { FilePath.Length: > 0 } declaredIn) continue;
                string to = Folder(declaredIn), type = (symbol as INamedTypeSymbol ?? symbol.ContainingType)?.Name ?? symbol.Name;
                if (to != from && !s_mayUse[from].Contains(to) && !s_knots.Contains((from, type)))
                {
                    upward.Add($"{from} → {to}: {Path.GetFileName(tree.FilePath)} uses {symbol.Name}");
                }
            }
        }
        Assert.True(upward.Count == 0, "Arrows that point up or aside:" + Environment.NewLine + string.Join(Environment.NewLine, upward));

        string Folder(SyntaxTree tree) => Path.GetRelativePath(library, tree.FilePath).Split(Path.DirectorySeparatorChar)[0];
    }

    private static SyntaxTree Parse(string path) => CSharpSyntaxTree.ParseText(File.ReadAllText(path), new CSharpParseOptions(LanguageVersion.CSharp14), path);

    private static SyntaxTree ImplicitUsings() => CSharpSyntaxTree.ParseText(string.Concat(
        new[] { "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading", "System.Threading.Tasks" }.Select(space => $"global using {space};")),
        new CSharpParseOptions(LanguageVersion.CSharp14));

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) is var name && name.StartsWith("System", StringComparison.Ordinal) | name is "netstandard" or "mscorlib")
            .Select(path => MetadataReference.CreateFromFile(path));
}
