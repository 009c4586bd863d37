using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>When, and how often, the runtime compiles a method with all optimizations.</summary>
internal static class Compile
{
    /// <summary>
    /// By itself, and not again within each caller: for doors behind which there is so much to do that a call is nothing. Small methods that call one another all become hot together,
    /// and each would be compiled with all of those below it inside: a quarter of what kept a processor compiling in the first seconds of a training.
    /// </summary>
    public const MethodImplOptions Once = MethodImplOptions.NoInlining;

    /// <summary>
    /// <see cref="Once"/>, at its first call: a short training would be over before the runtime had found the loop to be hot. Within a caller it would not even be as fast: the compiler
    /// gives up on inlining where it has done much of it. Where the library is compiled before it is shipped, its kernels are optimized already, and must not ask for more: the runtime
    /// would throw them away and begin anew.
    /// </summary>
#if PRECOMPILED
    public const MethodImplOptions AtOnce = Once;
#else
    public const MethodImplOptions AtOnce = Once | MethodImplOptions.AggressiveOptimization;
#endif
}
