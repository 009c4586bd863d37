using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>When the runtime compiles a kernel with all optimizations.</summary>
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
}
