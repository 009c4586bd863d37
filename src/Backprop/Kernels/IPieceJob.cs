namespace Backprop.Kernels;

/// <summary>Work that was split into pieces which do not depend on each other.</summary>
internal interface IPieceJob
{
    /// <summary>Does piece <paramref name="piece"/>; called once for each, by any thread, in any order.</summary>
    void Run(int piece);
}
