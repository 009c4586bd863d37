namespace Backprop.Fuzz;

/// <summary>Parts one after the other.</summary>
internal sealed class Group(params IEnumerable<Part> parts) : Part
{
    public override List<Part> Children { get; } = [.. parts];

    public override void Change(Mutation mutation)
    {
        if (Children.Count == 0) return;
        int at = mutation.Index(Children.Count), other = mutation.Index(Children.Count);
        switch (mutation.Index(6))
        {
            case 0:
                Children.RemoveAt(at);
                break;
            case 1:
                Children.Insert(other, Children[at]);
                break;
            case 2:
                (Children[at], Children[other]) = (Children[other], Children[at]);
                break;
            case 3:
                Children.InsertRange(at, Enumerable.Repeat(Children[at], 1 << mutation.Index(13)));
                break;
            case 4:
                Children.RemoveRange(at, Children.Count - at);
                break;
            default:
                if (mutation.Other(this) is { } part) Children.Insert(at, part);
                break;
        }
    }

    protected override void Write(PartWriter writer)
    {
        foreach (Part child in Children)
        {
            if (writer.IsFull) return;
            child.WriteTo(writer);
        }
    }
}
