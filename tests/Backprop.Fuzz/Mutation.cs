using System.Text;

namespace Backprop.Fuzz;

/// <summary>Changes a file at random: some of its parts, or its bytes. The same random source makes the same file.</summary>
internal sealed class Mutation(RandomSource random, IReadOnlyList<string> words)
{
    private static readonly long[] s_magic =
        [0, 1, 2, 3, 7, 8, 15, 16, 63, 64, 127, 128, 255, 256, 1000, 4095, 4096, 32767, 32768, 65535, 65536, 65537, 1 << 20, 46341, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, long.MaxValue, long.MinValue, -1, -2];

    private static readonly string[] s_words =
        ["", " ", "\0", "\n", "\"", "\\", "\\u0000", "\\ud800", "../", "/", "..\\", "/etc/passwd", "../../x", "C:\\x", "nan", "-nan", "inf", "-1", "1e999", "1.5", "0x10", "true", "null", "{", "}", "[", "]", ":", ",", "é", "\u00ff\u00fe", "%s%n",
         new('[', 5000), new('{', 300), string.Concat(Enumerable.Repeat("{\"a\":", 3000)), new('9', 400), new('A', 5000)];

    private List<Part> _parts = [];

    /// <summary>The bytes of a file of these parts, changed in one place or a few.</summary>
    public byte[] Change(Part root)
    {
        bool bytesToo = OneIn(4);
        for (int changes = bytesToo ? random.Next(2) : 1 + Few(); changes > 0; changes--)
        {
            _parts = [];
            Collect(root);
            _parts[Index(_parts.Count)].Change(this);
        }
        byte[] bytes = PartWriter.ToBytes(root);
        for (int changes = bytesToo ? 1 + Few() : 0; changes > 0; changes--) bytes = Bytes(bytes);
        return bytes;
    }

    public bool OneIn(int chances) => random.Next(chances) == 0;

    public int Index(int count) => random.Next(count);

    /// <summary>A part of the file that can be put into another: not one that holds it.</summary>
    public Part? Other(Part into)
    {
        Part other = _parts[Index(_parts.Count)];
        return Holds(other, into) ? null : other;

        static bool Holds(Part part, Part sought) => part == sought || part.Children.Exists(child => Holds(child, sought));
    }

    /// <summary>Another number: near by, or one at which sums and products go over.</summary>
    public long Number(long value) => random.Next(8) switch
    {
        0 => value + 1,
        1 => value - 1,
        2 => unchecked(value * 2),
        3 => unchecked(value ^ (1L << random.Next(64))),
        4 => random.Next(256),
        5 => unchecked(s_magic[Index(s_magic.Length)] + value),
        _ => s_magic[Index(s_magic.Length)],
    };

    /// <summary>A word of the format, of another place in the file, or one that means something to somebody.</summary>
    public byte[] Word()
    {
        if (words.Count > 0 && OneIn(2)) return Encoding.Latin1.GetBytes(words[Index(words.Count)]);
        if (_parts.Count > 0 && _parts[Index(_parts.Count)] is Text other) return other.Bytes.ToArray();
        return Encoding.Latin1.GetBytes(s_words[Index(s_words.Length)]);
    }

    /// <summary>The same bytes but for one change.</summary>
    public byte[] Bytes(byte[] bytes)
    {
        int at = Index(bytes.Length + 1), left = bytes.Length - at, length = Math.Min(left, 1 + random.Next(1 << random.Next(8)));
        ReadOnlySpan<byte> before = bytes.AsSpan(0, at), after = bytes.AsSpan(at);
        switch (random.Next(8))
        {
            case 0 when left > 0:
                byte[] flipped = [.. bytes];
                flipped[at] ^= (byte)(1 << random.Next(8));
                return flipped;
            case 1 when left > 0:
                byte[] other = [.. bytes];
                other[at] = (byte)random.Next(256);
                return other;
            case 2:
                return [.. before, .. Noise(1 + random.Next(16)), .. after];
            case 3:
                return [.. before, .. after[length..]];
            case 4:
                return [.. before];
            case 5:
                int from = Index(bytes.Length + 1);
                return [.. before, .. bytes.AsSpan(from, Math.Min(length, bytes.Length - from)), .. after];
            case 6:
                return [.. before, .. Word(), .. after];
            default:
                byte[] number = new byte[1 << random.Next(4)];
                Fuzz.Number.Encode(Number(0), number, bigEndian: OneIn(2));
                return [.. before, .. number, .. after[Math.Min(left, number.Length)..]];
        }
    }

    private int Few() => OneIn(2) ? 0 : random.Next(4);

    private byte[] Noise(int length)
    {
        byte[] noise = new byte[length];
        for (int i = 0; i < length; i++) noise[i] = (byte)random.Next(256);
        return noise;
    }

    private void Collect(Part part)
    {
        if (_parts.Count > 4096) return; // enough to choose from
        _parts.Add(part);
        foreach (Part child in part.Children) Collect(child);
    }
}
