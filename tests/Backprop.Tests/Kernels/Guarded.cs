using System.Runtime.InteropServices;

namespace Backprop.Tests.Kernels;

/// <summary>
/// Elements in the middle of a larger array, with NaN before and behind (−1 in integers): what a kernel reads there spoils its result, and what it writes there is found.
/// </summary>
internal sealed class Guarded<T> : IGuarded where T : unmanaged
{
    private const int Margin = 67; // the widest vector several times, and an odd number: nothing is aligned by accident
    private const byte Untouched = 0xFF;

    private readonly T[] _all;
    private readonly T[]? _given;

    /// <summary>To be read: these values, which have to stay.</summary>
    public Guarded(T[] values) : this(values.Length)
    {
        values.CopyTo(Span);
        _given = values;
    }

    /// <summary>To be written: nothing but NaN.</summary>
    public Guarded(int length)
    {
        _all = new T[length + 2 * Margin];
        MemoryMarshal.AsBytes(_all.AsSpan()).Fill(Untouched);
    }

    /// <summary>To be written: what is there already takes part.</summary>
    public static Guarded<T> From(T[] start)
    {
        var guarded = new Guarded<T>(start.Length);
        start.CopyTo(guarded.Span);
        return guarded;
    }

    public Span<T> Span => _all.AsSpan(Margin, _all.Length - 2 * Margin);

    public ReadOnlySpan<byte> Bytes => MemoryMarshal.AsBytes(Span);

    public bool IsIntact =>
        MemoryMarshal.AsBytes(_all.AsSpan(0, Margin)).IndexOfAnyExcept(Untouched) < 0 && MemoryMarshal.AsBytes(_all.AsSpan(_all.Length - Margin)).IndexOfAnyExcept(Untouched) < 0
        && (_given is null || MemoryMarshal.AsBytes(_given.AsSpan()).SequenceEqual(Bytes));

    public static implicit operator Span<T>(Guarded<T> guarded) => guarded.Span;

    public static implicit operator ReadOnlySpan<T>(Guarded<T> guarded) => guarded.Span;
}

/// <summary><see cref="Guarded{T}"/>, whatever the type of its elements.</summary>
internal interface IGuarded
{
    /// <summary>Whether nothing around it was written, and nothing in it if it was to be read.</summary>
    bool IsIntact { get; }

    ReadOnlySpan<byte> Bytes { get; }
}
