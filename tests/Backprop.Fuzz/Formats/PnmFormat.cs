namespace Backprop.Fuzz;

/// <summary>PGM and PPM: three numbers in text, then samples, as text or raw.</summary>
internal sealed class PnmFormat : FuzzedFormat
{
    public override string Name => "pnm";

    public override IReadOnlyList<string> Words { get; } = ["P1", "P2", "P3", "P4", "P5", "P6", "P7", "#", "# a comment\n", " ", "\n", "\r", "65535", "65536", "100000000", "99999999999", "00000000000000000001"];

    public override Part Make(RandomSource random)
    {
        bool colour = random.Next(2) == 0, raw = random.Next(2) == 0;
        int width = 1 + random.Next(6), height = 1 + random.Next(6), maximum = random.Next(2) == 0 ? 255 : 1 + random.Next(65535), samples = width * height * (colour ? 3 : 1);
        var parts = new List<Part> { new Text(raw ? colour ? "P6" : "P5" : colour ? "P3" : "P2") };
        foreach (int number in new[] { width, height, maximum })
        {
            parts.Add(new Text(random.Next(4) == 0 ? " # made at random\n" : " "));
            parts.Add(new Text($"{number}"));
        }
        parts.Add(new Text("\n"));
        for (int i = 0; i < samples; i++)
        {
            int sample = random.Next(maximum + 1);
            if (raw) parts.Add(maximum > 255 ? Number.Big(sample, 2) : Number.Byte(sample));
            else parts.Add(new Group(new Text($"{sample}"), new Text(" ")));
        }
        return new Group(parts);
    }

    public override void Read(byte[] file, string name)
    {
        Image image = ImageFile.Read(file, name);
        Check(image.Pixels.Length == image.Channels * image.Width * image.Height, $"{image.Pixels.Length} samples for {image.Channels} × {image.Height} × {image.Width}");
    }
}
