using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>What an optimizer does to one element, written for a vector of them. A rule is a struct, so that its loop is compiled for it alone.</summary>
internal interface IUpdateRule<T> where T : unmanaged
{
    /// <summary>The parameter after the step, from the parameter, its gradient and up to three states, which move on. A state without memory starts at zero in every step.</summary>
    Vector<T> Update(Vector<T> parameter, Vector<T> gradient, ref Vector<T> first, ref Vector<T> second, ref Vector<T> third);
}

/// <summary>One pass over a parameter, its gradient and its state, whatever the rule: optimizers are bound by memory, not by arithmetic.</summary>
internal static class UpdateKernel
{
    private const int PieceLength = 8192;              // elements: some microseconds of memory traffic
    private const int SharedFrom = 8 * PieceLength;    // below, a gradient that one thread computed travels to the other longer than the update takes

    /// <summary>Applies the rule to each element. A state is as long as the parameter, or empty where the rule needs no memory for it.</summary>
    [MethodImpl(Compile.Once)]
    public static void Run<T, TRule>(TRule rule, Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third)
        where T : unmanaged
        where TRule : struct, IUpdateRule<T>
    {
        Debug.Assert(gradient.Length == parameter.Length);
        Debug.Assert(HasLength(first, parameter.Length) && HasLength(second, parameter.Length) && HasLength(third, parameter.Length));
        if (parameter.Length < SharedFrom)
        {
            RunPiece(rule, parameter, gradient, first, second, third);
            return;
        }
        var job = new Job<T, TRule> { Rule = rule, Parameter = parameter, Gradient = gradient, First = first, Second = second, Third = third };
        WorkerPool.Run(ref job, (parameter.Length + PieceLength - 1) / PieceLength);
    }

    private ref struct Job<T, TRule> : IPieceJob
        where T : unmanaged
        where TRule : struct, IUpdateRule<T>
    {
        public required TRule Rule { get; init; }
        public required Span<T> Parameter { get; init; }
        public required ReadOnlySpan<T> Gradient { get; init; }
        public required Span<T> First { get; init; }
        public required Span<T> Second { get; init; }
        public required Span<T> Third { get; init; }

        public readonly void Run(int piece)
        {
            int start = piece * PieceLength, length = Math.Min(PieceLength, Parameter.Length - start);
            RunPiece(Rule, Parameter.Slice(start, length), Gradient.Slice(start, length), Part(First), Part(Second), Part(Third));

            Span<T> Part(Span<T> state) => state.IsEmpty ? state : state.Slice(start, length);
        }
    }

    [MethodImpl(Compile.AtOnce)]
    private static void RunPiece<T, TRule>(TRule rule, Span<T> parameter, ReadOnlySpan<T> gradient, Span<T> first, Span<T> second, Span<T> third)
        where T : unmanaged
        where TRule : struct, IUpdateRule<T>
    {
        int whole = parameter.Length - parameter.Length % Vector<T>.Count;
        ref T p = ref MemoryMarshal.GetReference(parameter), g = ref MemoryMarshal.GetReference(gradient);
        ref T a = ref MemoryMarshal.GetReference(first), b = ref MemoryMarshal.GetReference(second), c = ref MemoryMarshal.GetReference(third);
        bool hasFirst = first.Length > 0, hasSecond = second.Length > 0, hasThird = third.Length > 0;
        for (nuint i = 0; i < (nuint)whole; i += (nuint)Vector<T>.Count)
        {
            Vector<T> x = hasFirst ? Vector.LoadUnsafe(ref a, i) : default, y = hasSecond ? Vector.LoadUnsafe(ref b, i) : default, z = hasThird ? Vector.LoadUnsafe(ref c, i) : default;
            rule.Update(Vector.LoadUnsafe(ref p, i), Vector.LoadUnsafe(ref g, i), ref x, ref y, ref z).StoreUnsafe(ref p, i);
            if (hasFirst) x.StoreUnsafe(ref a, i);
            if (hasSecond) y.StoreUnsafe(ref b, i);
            if (hasThird) z.StoreUnsafe(ref c, i);
        }
        if (whole == parameter.Length) return;

        // The rest goes through the same arithmetic in a vector filled up with zeros: an element's bits don't depend on where a piece ends.
        Vector<T> xs = Load(Rest<T>(first, whole)), ys = Load(Rest<T>(second, whole)), zs = Load(Rest<T>(third, whole));
        Vector<T> updated = rule.Update(Load<T>(parameter[whole..]), Load(gradient[whole..]), ref xs, ref ys, ref zs);
        Store(updated, parameter[whole..]);
        if (hasFirst) Store(xs, first[whole..]);
        if (hasSecond) Store(ys, second[whole..]);
        if (hasThird) Store(zs, third[whole..]);
    }

    private static bool HasLength<T>(Span<T> state, int length) => state.Length == length || state.IsEmpty;

    private static ReadOnlySpan<T> Rest<T>(Span<T> state, int start) => state.IsEmpty ? state : state[start..];

    private static Vector<T> Load<T>(ReadOnlySpan<T> values) where T : unmanaged
    {
        Vector<T> vector = default;
        values.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<Vector<T>, T>(ref vector), Vector<T>.Count));
        return vector;
    }

    private static void Store<T>(Vector<T> vector, Span<T> values) where T : unmanaged =>
        MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<Vector<T>, T>(ref vector), Vector<T>.Count)[..values.Length].CopyTo(values);
}
