namespace Backprop.Kernels;

/// <summary>
/// How two dense arrays are walked together when they are broadcast against each other: rows of the result, in which each operand either goes along or
/// stands still. Axes that both operands walk in the same way are made one, so equal shapes are a single row, and so are an array and a number.
/// </summary>
internal readonly struct BroadcastPlan
{
    private readonly int[] _lengths, _stridesA, _stridesB; // outer axes only, outermost first

    /// <summary>The plan for two shapes that fit: aligned at the last axis, lengths are equal, or one is 1 or missing.</summary>
    public BroadcastPlan(ReadOnlySpan<int> a, ReadOnlySpan<int> b)
    {
        if (a.SequenceEqual(b))
        {
            (Rows, Width, StepA, StepB) = (1, 1, 1, 1);
            foreach (int length in a) Width *= length;
            (_lengths, _stridesA, _stridesB) = ([], [], []);
            return;
        }
        int rank = Math.Max(a.Length, b.Length), axes = 0, strideA = 1, strideB = 1;
        Span<int> lengths = stackalloc int[rank], stridesA = stackalloc int[rank], stridesB = stackalloc int[rank]; // innermost first
        for (int back = 1; back <= rank; back++)
        {
            int lengthA = back <= a.Length ? a[^back] : 1, lengthB = back <= b.Length ? b[^back] : 1, length = lengthA == 1 ? lengthB : lengthA;
            if (length == 1) continue;
            int stepA = lengthA == 1 ? 0 : strideA, stepB = lengthB == 1 ? 0 : strideB;
            strideA *= lengthA;
            strideB *= lengthB;
            if (axes > 0 && stepA == stridesA[axes - 1] * lengths[axes - 1] && stepB == stridesB[axes - 1] * lengths[axes - 1])
            {
                lengths[axes - 1] *= length;
                continue;
            }
            (lengths[axes], stridesA[axes], stridesB[axes]) = (length, stepA, stepB);
            axes++;
        }
        (Width, StepA, StepB) = axes == 0 ? (1, 1, 1) : (lengths[0], stridesA[0], stridesB[0]);
        Rows = 1;
        int outer = Math.Max(0, axes - 1);
        _lengths = outer == 0 ? [] : new int[outer];
        _stridesA = outer == 0 ? [] : new int[outer];
        _stridesB = outer == 0 ? [] : new int[outer];
        for (int axis = 0; axis < outer; axis++)
        {
            (_lengths[axis], _stridesA[axis], _stridesB[axis]) = (lengths[axes - 1 - axis], stridesA[axes - 1 - axis], stridesB[axes - 1 - axis]);
            Rows *= _lengths[axis];
        }
    }

    private BroadcastPlan(int rows, int width, bool repeatsA)
    {
        (Rows, Width, StepA, StepB) = (rows, width, 1, 1);
        (_lengths, _stridesA, _stridesB) = ([rows], [repeatsA ? 0 : width], [repeatsA ? width : 0]);
    }

    /// <summary>Whether this is a matrix and one row for all of its rows, which are so short that a loop over one does not pay.</summary>
    public bool HasShortRows => _lengths.Length == 1 && Width <= 64 && Rows > 8 && StepA == 1 && StepB == 1 && (RepeatsA || RepeatsB);

    /// <summary>Whether the first operand starts anew in each row.</summary>
    public bool RepeatsA => _stridesA[0] == 0;

    private bool RepeatsB => _stridesB[0] == 0;

    /// <summary>The number of rows of the result.</summary>
    public int Rows { get; }

    /// <summary>The length of a row.</summary>
    public int Width { get; }

    /// <summary>1 where the first operand goes along a row, 0 where it stands still.</summary>
    public int StepA { get; }

    /// <summary>1 where the second operand goes along a row, 0 where it stands still.</summary>
    public int StepB { get; }

    /// <summary>The plan for <paramref name="times"/> short rows at once; its last row may be shorter. The operand that is repeated must be given that many times.</summary>
    public BroadcastPlan Lengthened(int times) => new((Rows - 1) / times + 1, Width * times, RepeatsA);

    /// <summary>Where a row starts in each operand.</summary>
    public (int A, int B) Start(int row)
    {
        int a = 0, b = 0;
        for (int axis = _lengths.Length - 1; axis >= 0; axis--)
        {
            (row, int index) = Math.DivRem(row, _lengths[axis]);
            a += index * _stridesA[axis];
            b += index * _stridesB[axis];
        }
        return (a, b);
    }
}
