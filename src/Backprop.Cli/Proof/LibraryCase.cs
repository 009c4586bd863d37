using System.Reflection;

namespace Backprop.Cli.Proof;

/// <summary>Something to check in a library of the user's: a method that makes a report, an operation that can be made without arguments, or one without a case.</summary>
internal sealed record LibraryCase(string Name, Func<GradientReport>? Check)
{
    /// <summary>All that a library has: first its methods, then the operations that no method has checked.</summary>
    /// <exception cref="ArgumentException">There is no such file, it is no library of .NET, or it has nothing to check.</exception>
    public static IEnumerable<LibraryCase> In(string path)
    {
        Type[] types = Load(path).GetExportedTypes();
        Type[] operations = [.. types.Where(type => !type.IsAbstract && !type.ContainsGenericParameters && type.IsSubclassOf(typeof(Operation)))];
        MethodInfo[] methods = [.. types.SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(GradientReport) && method.GetParameters().Length == 0 && !method.ContainsGenericParameters)];
        if (operations.Length + methods.Length == 0) throw new ArgumentException(
            $"{path} has nothing to check: no public Operation, and no public static method without parameters that returns a GradientReport.", nameof(path));

        var covered = new HashSet<Type>();
        foreach (MethodInfo method in methods) yield return new LibraryCase($"{method.DeclaringType!.Name}.{method.Name}", () =>
        {
            GradientReport report = Call(method);
            covered.UnionWith(report.Operations);
            return report;
        });
        foreach (Type operation in operations.Where(operation => !covered.Contains(operation)))
        {
            yield return new LibraryCase(operation.Name, operation.GetConstructor(Type.EmptyTypes) is { } constructor ? () => OfNew(constructor) : null);
        }
    }

    private static Assembly Load(string path)
    {
        if (!File.Exists(path)) throw new ArgumentException($"There is no file {path}.", nameof(path));
        try
        {
            return Assembly.LoadFrom(Path.GetFullPath(path));
        }
        catch (BadImageFormatException)
        {
            throw new ArgumentException($"{path} is no library of .NET.", nameof(path));
        }
    }

    private static GradientReport Call(MethodInfo method)
    {
        try
        {
            return (GradientReport)method.Invoke(null, null)!;
        }
        catch (TargetInvocationException e) when (e.InnerException is GradientCheckException failure) // the method asserts
        {
            return failure.Report;
        }
        catch (TargetInvocationException e)
        {
            throw new InvalidOperationException($"{method.DeclaringType!.Name}.{method.Name} threw {e.InnerException!.GetType().Name}: {e.InnerException.Message}", e.InnerException);
        }
    }

    /// <summary>Checks a new operation on matrices of random numbers around ±1: one for a unary operation, two for the others.</summary>
    private static GradientReport OfNew(ConstructorInfo constructor)
    {
        var random = new RandomSource(0);
        int count = constructor.DeclaringType!.IsSubclassOf(typeof(UnaryOperation)) ? 1 : 2;
        return GradientCheck.Of(() => (Operation)constructor.Invoke(null), [.. Enumerable.Range(0, count).Select(_ => Tensor.Normal([3, 4], random))]);
    }
}
