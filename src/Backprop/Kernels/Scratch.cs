using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>
/// Working memory of kernels. Each thread has one buffer that only grows, used like a stack: dispose leases in the reverse of the order they were taken.
/// A kernel that has run once allocates nothing more. The contents are whatever was left there.
/// </summary>
internal static unsafe class Scratch
{
    public const int CacheLine = 64;

    [ThreadStatic]
    private static byte[]? s_buffer;

    [ThreadStatic]
    private static nint s_used;

    /// <summary>Room for <paramref name="count"/> numbers, from the start of a cache line, for this thread to hand out and for any thread to use.</summary>
    [MethodImpl(Compile.Once)]
    public static Lease<T> Rent<T>(nint count) where T : unmanaged
    {
        nint bytes = (count * sizeof(T) + CacheLine - 1) & -CacheLine, used = s_used;
        byte[]? buffer = s_buffer;
        if (buffer is null || used + bytes + CacheLine > buffer.Length)
        {
            // Leases still out keep the old buffer alive and go on with it.
            buffer = GC.AllocateUninitializedArray<byte>(checked((int)nint.Max(bytes + CacheLine, 2 * (nint)(buffer?.Length ?? 0))), pinned: true);
            s_buffer = buffer;
            used = 0;
        }
        s_used = used + bytes;
        var start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(buffer));
        return new Lease<T>((T*)(((nint)start + CacheLine - 1 & -CacheLine) + used), buffer, used);
    }

    /// <summary>A piece of this thread's working memory, until it is disposed.</summary>
    internal readonly ref struct Lease<T>(T* start, byte[] buffer, nint usedBefore) where T : unmanaged
    {
        public T* Start => start;

        public void Dispose()
        {
            if (ReferenceEquals(s_buffer, buffer)) s_used = usedBefore;
        }
    }
}
