using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>When, and how often, the runtime compiles a method with all optimizations.</summary>
internal static class Compile
{
    /// <summary>
    /// At its first call: a short training would be over before the runtime had found the loop to be hot. Where the library is compiled before it is shipped, its kernels
    /// are optimized already, and must not ask for this: the runtime would throw them away and begin anew.
    /// </summary>
#if PRECOMPILED
    public const MethodImplOptions AtOnce = default;
#else
    public const MethodImplOptions AtOnce = MethodImplOptions.AggressiveOptimization;
#endif

    /// <summary>
    /// By itself, and not again within each caller: for doors behind which there is so much to do that a call is nothing. Small methods that call one another all become hot together,
    /// and each would be compiled with all of those below it inside: a third of what kept a processor compiling in the first seconds of a training.
    /// </summary>
    public const MethodImplOptions Once = MethodImplOptions.NoInlining;
}
