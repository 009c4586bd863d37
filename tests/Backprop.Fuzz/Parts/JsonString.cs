using System.Text;

namespace Backprop.Fuzz;

/// <summary>A text of JSON that is itself made of parts, between quotation marks and with what JSON escapes.</summary>
internal sealed class JsonString(Part content) : Part
{
    public override List<Part> Children { get; } = [content];

    public override void Change(Mutation mutation) => Children[0] = new Blob(mutation.Bytes(PartWriter.ToBytes(Children[0])));

    protected override void Write(PartWriter writer)
    {
        var text = new StringBuilder("\"");
        foreach (char c in Encoding.Latin1.GetString(PartWriter.ToBytes(Children[0])))
        {
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else if (c < ' ') text.Append("\\u00").Append(((int)c).ToString("x2", null));
            else text.Append(c);
        }
        writer.Write(Encoding.Latin1.GetBytes(text.Append('"').ToString()));
    }
}
