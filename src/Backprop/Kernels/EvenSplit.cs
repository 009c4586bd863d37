namespace Backprop.Kernels;

/// <summary>Cuts 0 … total − 1 in as few parts as a largest part allows, and makes them equal but for one: 13 in parts of at most 12 is 7 + 6.</summary>
internal readonly struct EvenSplit
{
    private readonly int _small, _larger;

    public EvenSplit(int total, int largest) : this((total, total == 0 ? 0 : (total - 1) / largest + 1)) { }

    private EvenSplit((int Total, int Parts) cut)
    {
        Parts = cut.Parts;
        (_small, _larger) = Parts == 0 ? (0, 0) : Math.DivRem(cut.Total, Parts);
    }

    /// <summary>In so many parts, or in as many as there are numbers.</summary>
    public static EvenSplit InParts(int total, int parts) => new((total, Math.Min(parts, total)));

    public int Parts { get; }

    public int Largest => Length(0);

    public int Start(int part) => part * _small + Math.Min(part, _larger);

    public int Length(int part) => part < _larger ? _small + 1 : _small;
}
