using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop;

/// <summary>Managed arrays whose used part starts on a cache line where that pays: a 64-byte vector then never straddles two.</summary>
internal static class AlignedArray
{
    private const int Alignment = 64;
    private const int Threshold = 4096; // bytes; below, loops are too short for alignment to show, and the young generation is cheaper

    /// <summary>An array with room for <paramref name="length"/> elements from <see cref="Offset"/> on; not cleared.</summary>
    public static T[] Allocate<T>(int length) where T : unmanaged =>
        GC.AllocateUninitializedArray<T>(ArrayLength<T>(length), pinned: IsAligned<T>(length)); // an address that moved would lose its alignment

    /// <summary>The length of the array that <see cref="Allocate"/> makes.</summary>
    public static int ArrayLength<T>(int length) where T : unmanaged =>
        IsAligned<T>(length) ? checked(length + Alignment / Unsafe.SizeOf<T>()) : length;

    /// <summary>Where the used part of an array from <see cref="Allocate"/> starts, in elements.</summary>
    public static unsafe int Offset<T>(T[] array, int length) where T : unmanaged
    {
        if (!IsAligned<T>(length)) return 0;
        nuint address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array));
        return (int)((Alignment - address % Alignment) % Alignment) / Unsafe.SizeOf<T>();
    }

    private static bool IsAligned<T>(int length) where T : unmanaged => (long)length * Unsafe.SizeOf<T>() >= Threshold;
}
