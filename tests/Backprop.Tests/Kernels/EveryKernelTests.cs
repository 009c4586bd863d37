using System.Reflection;
using Backprop.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Backprop.Tests.Kernels;

/// <summary>A kernel without a test of its own does not build green.</summary>
public sealed class EveryKernelTests
{
    [Fact]
    public void EveryEntryPoint_IsCalledByATestHere()
    {
        HashSet<string> called = [];
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests", "Backprop.Tests", "Kernels"), "*Tests.cs"))
        {
            foreach (InvocationExpressionSyntax call in CSharpSyntaxTree.ParseText(File.ReadAllText(file)).GetRoot().DescendantNodes().OfType<InvocationExpressionSyntax>())
            {
                if (call.Expression is MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax kernel } member) called.Add($"{kernel.Identifier.Text}.{member.Name.Identifier.Text}");
            }
        }
        string[] entries = [.. Kernels().SelectMany(EntryPoints)];
        Assert.True(entries.Length > 40, $"only {entries.Length} entry points were found"); // a search that finds nothing proves nothing
        Assert.Empty(entries.Except(called));
    }

    private static IEnumerable<Type> Kernels() =>
        typeof(MatMulKernel).Assembly.GetTypes().Where(type => type.Namespace == typeof(MatMulKernel).Namespace && !type.IsNested
            && (type.Name.EndsWith("Kernel", StringComparison.Ordinal) || type == typeof(BlockSum) || type == typeof(VectorMath) || type == typeof(NormalDistribution)));

    private static IEnumerable<string> EntryPoints(Type kernel) =>
        kernel.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(method => !method.IsSpecialName).Select(method => $"{kernel.Name}.{method.Name}").Distinct();
}
