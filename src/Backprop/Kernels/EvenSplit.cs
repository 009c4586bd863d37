namespace Backprop.Kernels;

/// <summary>Cuts 0 … total − 1 in as few parts as a largest part allows, and makes them equal but for one: 13 in parts of at most 12 is 7 + 6.</summary>
internal readonly struct EvenSplit
{
    public EvenSplit(int total, int largest) : this((total, total == 0 ? 0 : (total - 1) / largest + 1)) { }

    private EvenSplit((int Total, int Parts) cut)
    {
        Parts = cut.Parts;
        (Small, Larger) = Parts == 0 ? (0, 0) : Math.DivRem(cut.Total, Parts);
    }

    /// <summary>In so many parts, or in as many as there are numbers.</summary>
    public static EvenSplit InParts(int total, int parts) => new((total, Math.Min(parts, total)));

    public int Parts { get; }

    /// <summary>How many parts, the first ones, have one more than <see cref="Small"/>.</summary>
    public int Larger { get; }

    /// <summary>The length of the others.</summary>
    public int Small { get; }

    public int Largest => Length(0);

    public int Start(int part) => part * Small + Math.Min(part, Larger);

    public int Length(int part) => part < Larger ? Small + 1 : Small;
}
