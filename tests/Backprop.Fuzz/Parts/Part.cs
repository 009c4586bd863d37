namespace Backprop.Fuzz;

/// <summary>
/// A piece of a file that knows how it is written and how it can be changed. A format says of which parts a sound file is made, and all that can go wrong with it follows:
/// lengths, offsets and checksums are computed when the file is written, after the changes, so that a changed file is sound but for the change, and it goes deep.
/// </summary>
internal abstract class Part
{
    /// <summary>Where it was written last: in which bytes, from where to where. Nowhere, if a change has taken it out.</summary>
    public PartWriter? Home { get; private set; }

    public int Start { get; private set; }

    public int End { get; private set; }

    public int Length => End - Start;

    /// <summary>The parts inside, which can be exchanged, doubled and taken out.</summary>
    public virtual List<Part> Children => [];

    public void WriteTo(PartWriter writer)
    {
        (Home, Start, End) = (writer, writer.Length, writer.Length);
        writer.Enter();
        if (!writer.IsFull) Write(writer);
        End = writer.Length;
    }

    /// <summary>Makes one change.</summary>
    public abstract void Change(Mutation mutation);

    protected abstract void Write(PartWriter writer);
}
