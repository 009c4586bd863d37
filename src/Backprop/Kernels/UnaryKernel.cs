using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>The two loops of all element-wise functions: each reads and writes an element once.</summary>
internal static class UnaryKernel
{
    private const int PieceLength = 16384;             // elements
    private const int SharedFrom = 4 * PieceLength;    // below, waking a thread costs more than it gives

    /// <summary><c>y ← f(x)</c>.</summary>
    public static void Value<TRule, T>(TRule rule, ReadOnlySpan<T> x, Span<T> y)
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(x.Length == y.Length);
        if (x.Length < SharedFrom)
        {
            ValuePiece(rule, x, y);
            return;
        }
        var job = new ValueJob<TRule, T> { Rule = rule, X = x, Y = y };
        WorkerPool.Run(ref job, (x.Length + PieceLength - 1) / PieceLength);
    }

    /// <summary><c>dx ← dy ⊙ f′</c>, the slope computed from what the rule saves; <paramref name="saved"/> is empty where it saves nothing.</summary>
    public static void Slope<TRule, T>(TRule rule, ReadOnlySpan<T> saved, ReadOnlySpan<T> dy, Span<T> dx)
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Debug.Assert(dx.Length == dy.Length && saved.Length == (rule.Saves == Saves.Nothing ? 0 : dy.Length));
        if (dy.Length < SharedFrom)
        {
            SlopePiece(rule, saved, dy, dx);
            return;
        }
        var job = new SlopeJob<TRule, T> { Rule = rule, Saved = saved, Dy = dy, Dx = dx };
        WorkerPool.Run(ref job, (dy.Length + PieceLength - 1) / PieceLength);
    }

    [MethodImpl(Compile.AtOnce)]
    private static void ValuePiece<TRule, T>(TRule rule, ReadOnlySpan<T> x, Span<T> y)
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        ref T from = ref MemoryMarshal.GetReference(x), to = ref MemoryMarshal.GetReference(y);
        for (; i <= x.Length - Vector<T>.Count; i += Vector<T>.Count) rule.Value(Vector.LoadUnsafe(ref from, (nuint)i)).StoreUnsafe(ref to, (nuint)i);
        if (i < x.Length) VectorMath.Store(rule.Value(VectorMath.Load(x, i)), y, i);
    }

    [MethodImpl(Compile.AtOnce)]
    private static void SlopePiece<TRule, T>(TRule rule, ReadOnlySpan<T> saved, ReadOnlySpan<T> dy, Span<T> dx)
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        int i = 0;
        bool constant = saved.IsEmpty;
        ref T at = ref MemoryMarshal.GetReference(saved), from = ref MemoryMarshal.GetReference(dy), to = ref MemoryMarshal.GetReference(dx);
        for (; i <= dy.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            Vector<T> slope = rule.Slope(constant ? default : Vector.LoadUnsafe(ref at, (nuint)i));
            (Vector.LoadUnsafe(ref from, (nuint)i) * slope).StoreUnsafe(ref to, (nuint)i);
        }
        if (i < dy.Length) VectorMath.Store(VectorMath.Load(dy, i) * rule.Slope(constant ? default : VectorMath.Load(saved, i)), dx, i);
    }

    private readonly ref struct ValueJob<TRule, T> : IPieceJob
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public required TRule Rule { get; init; }
        public required ReadOnlySpan<T> X { get; init; }
        public required Span<T> Y { get; init; }

        public void Run(int piece)
        {
            int start = piece * PieceLength, length = Math.Min(PieceLength, X.Length - start);
            ValuePiece(Rule, X.Slice(start, length), Y.Slice(start, length));
        }
    }

    private readonly ref struct SlopeJob<TRule, T> : IPieceJob
        where TRule : struct, IUnaryRule
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public required TRule Rule { get; init; }
        public required ReadOnlySpan<T> Saved { get; init; }
        public required ReadOnlySpan<T> Dy { get; init; }
        public required Span<T> Dx { get; init; }

        public void Run(int piece)
        {
            int start = piece * PieceLength, length = Math.Min(PieceLength, Dy.Length - start);
            SlopePiece(Rule, Saved.IsEmpty ? Saved : Saved.Slice(start, length), Dy.Slice(start, length), Dx.Slice(start, length));
        }
    }
}
