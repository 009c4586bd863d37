using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>The rules that the library has, for tests that must leave none out.</summary>
internal static class AllRules
{
    /// <summary>The names of all structs that implement an interface, generic or not, in alphabetical order.</summary>
    public static IEnumerable<string> Implementing(Type rule) =>
        typeof(UnaryKernel).Assembly.GetTypes()
            .Where(type => type.IsValueType && type.GetInterfaces().Any(each => (each.IsGenericType ? each.GetGenericTypeDefinition() : each) == rule))
            .Select(type => type.Name)
            .Order();
}
