using Backprop.Kernels;

namespace Backprop;

/// <summary>The axes that a reduction runs over, and the shapes on both sides of it.</summary>
internal sealed class ReducedAxes
{
    private readonly bool[] _reduced;

    /// <summary>All axes of x.</summary>
    public ReducedAxes(Shape x, bool keepAxes)
    {
        From = x;
        Count = x.ElementCount;
        _reduced = new bool[x.Rank];
        Array.Fill(_reduced, true);
        Kept = Without(keep: true);
        To = keepAxes ? Kept : Shape.Scalar;
    }

    /// <summary>The given axes of x; negative ones count from the end.</summary>
    /// <exception cref="ShapeException">There is no such axis, or one is named twice.</exception>
    public ReducedAxes(Shape x, ReadOnlySpan<int> axes, bool keepAxes, string operation)
    {
        From = x;
        Count = 1;
        _reduced = new bool[x.Rank];
        foreach (int axis in axes)
        {
            int place = x.Axis(axis, operation);
            if (_reduced[place]) throw new ShapeException($"{operation}: the axes [{string.Join(", ", axes.ToArray())}] name axis {place} of {x} twice.");
            _reduced[place] = true;
            Count *= x[place];
        }
        Kept = Without(keep: true);
        To = keepAxes ? Kept : Without(keep: false);
    }

    /// <summary>The shape that is reduced.</summary>
    public Shape From { get; }

    /// <summary>The shape of the result.</summary>
    public Shape To { get; }

    /// <summary>The shape of the result with the reduced axes kept, of length 1: it broadcasts against <see cref="From"/>.</summary>
    public Shape Kept { get; }

    /// <summary>How many elements become one.</summary>
    public int Count { get; }

    /// <summary>For each axis of <see cref="From"/>, whether it is reduced.</summary>
    public ReadOnlySpan<bool> Reduced => _reduced;

    /// <summary>How elements of <see cref="From"/> go along with those of the result.</summary>
    public BroadcastPlan Plan => new(From.AsSpan(), Kept.AsSpan());

    private Shape Without(bool keep)
    {
        Span<int> lengths = stackalloc int[_reduced.Length];
        int rank = 0;
        for (int axis = 0; axis < _reduced.Length; axis++)
        {
            if (!_reduced[axis]) lengths[rank++] = From[axis];
            else if (keep) lengths[rank++] = 1;
        }
        return Shape.Create(lengths[..rank]);
    }
}
