using System.Text;

namespace Backprop.Tests;

public class ImageFileTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(7, 5, 1)]
    [InlineData(300, 2, 3)]
    public void Written_AsPng_IsReadAgain(int width, int height, int channels)
    {
        byte[] pixels = new byte[width * height * channels];
        for (int i = 0; i < pixels.Length; i++) pixels[i] = (byte)(i * 37);
        using var file = new MemoryStream();
        ImageFile.Write(file, new Image(width, height, channels, pixels));
        Image read = ImageFile.Read(file.ToArray(), "the picture");
        Assert.Equal((width, height, channels), (read.Width, read.Height, read.Channels));
        Assert.Equal(pixels, read.Pixels);
    }

    [Fact]
    public void Written_ToAPath_IsTheWholeNewFileOrTheOld()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("picture.png", [1, 2, 3]);
        Assert.Throws<ArgumentNullException>(() => ImageFile.Write(path, null!));
        Assert.Equal([1, 2, 3], File.ReadAllBytes(path));
        byte[] pixels = [7, 8];
        ImageFile.Write(path, new Image(2, 1, 1, pixels));
        Assert.Equal(pixels, ImageFile.Read(path).Pixels);
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    public static TheoryData<int, int, bool> PngKinds()
    {
        var kinds = new TheoryData<int, int, bool>();
        foreach ((int colourType, int[] depths) in new[] { (0, new[] { 1, 2, 4, 8, 16 }), (2, [8, 16]), (3, [1, 2, 4, 8]), (4, [8, 16]), (6, [8, 16]) })
        {
            foreach (int depth in depths)
            {
                kinds.Add(colourType, depth, false);
                kinds.Add(colourType, depth, true);
            }
        }
        return kinds;
    }

    [Theory, MemberData(nameof(PngKinds))]
    public void Png_OfEveryKindAndFilter_GivesEachPixel(int colourType, int bitDepth, bool interlaced)
    {
        foreach ((int width, int height) in new[] { (1, 1), (3, 2), (13, 11), (8, 16) })
        {
            byte[] palette = [.. Enumerable.Range(0, 3 << bitDepth).Take(768).Select(i => (byte)(i * 37 + 11))];
            var writer = new PngWriter(width, height, bitDepth, colourType, interlaced) { Palette = colourType == 3 ? palette : [], FirstFilter = width };
            int[][] samples = RandomSamples(width, height, writer.Samples, bitDepth);
            Image image = Read(writer.Write(samples));

            Assert.Equal((width, height, colourType is 0 or 4 ? 1 : 3), (image.Width, image.Height, image.Channels));
            double scale = 255.0 / ((1 << bitDepth) - 1);
            for (int y = 0; y < height; y++)
            {
                for (int x = 0; x < width; x++)
                {
                    ReadOnlySpan<int> pixel = samples[y].AsSpan(x * writer.Samples, writer.Samples);
                    double alpha = colourType is 4 or 6 ? pixel[^1] * scale / 255 : 1;
                    for (int c = 0; c < image.Channels; c++)
                    {
                        double value = colourType == 3 ? palette[3 * pixel[0] + c] : pixel[c] * scale;
                        // rounded once, or three times where there is opacity: colour, opacity, mixture
                        Assert.Equal(value * alpha + 255 * (1 - alpha), image.Pixels[(c * height + y) * width + x], colourType is 4 or 6 ? 1.5 : 0.501);
                    }
                }
            }
        }
    }

    [Fact]
    public void Png_TransparentColour_IsWhite()
    {
        Assert.Equal([255, 85], Read(new PngWriter(2, 1, 2, 0, false) { Transparency = [0, 2] }.Write([[2, 1]])).Pixels.ToArray());
        Assert.Equal([255, 9, 255, 8, 255, 7], Read(new PngWriter(2, 1, 8, 2, false) { Transparency = [0, 9, 0, 8, 0, 6] }.Write([[9, 8, 6, 9, 8, 7]])).Pixels.ToArray());
        Assert.Equal([155, 0, 205, 0, 255, 0], Read(new PngWriter(2, 1, 1, 3, false) { Palette = [0, 0, 0, 55, 155, 255], Transparency = [255, 128] }
            .Write([[1, 0]])).Pixels.ToArray());
    }

    [Fact]
    public void Png_Damaged_NamesFilePlaceAndRemedy()
    {
        byte[] good = new PngWriter(5, 4, 8, 2, false).Write(RandomSamples(5, 4, 3, 8));
        for (int i = 0; i < good.Length; i++)
        {
            byte[] cut = good[..i], flipped = [.. good];
            flipped[i] ^= 0x10;
            Assert.Throws<DataFormatException>(() => Read(cut));
            DataFormatException error = Assert.Throws<DataFormatException>(() => Read(flipped));
            Assert.Contains("picture.png, byte ", error.Message, StringComparison.Ordinal);
            Assert.InRange(error.Offset, 0, i + 8); // where the chunk begins that holds the byte, or what follows its head
        }
        Assert.Throws<DataFormatException>(() => Read([.. good, 0]));
    }

    [Fact]
    public void Png_ClaimingMoreThanItHolds_IsRefusedBeforeAllocation()
    {
        byte[] bomb = new PngWriter(10_000, 10_000, 8, 0, false).Write(new byte[100]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        DataFormatException error = Assert.Throws<DataFormatException>(() => Read(bomb));
        Assert.Contains("100010000 for 10000 × 10000 pixels", error.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1_000_000);
    }

    [Fact]
    public void Png_OfManySmallChunks_TakesNoMemoryForEach()
    {
        byte[] good = new PngWriter(1, 1, 8, 0, false).Write([0, 9]), chunk = PngWriter.Chunk("tEXt", []);
        byte[] many = [.. good[..33], .. Enumerable.Repeat(chunk, 10_000).SelectMany(bytes => bytes), .. good[33..]];
        Assert.Equal([9], ImageFile.Read(many, "many.png").Pixels.ToArray());
        long before = GC.GetAllocatedBytesForCurrentThread();
        ImageFile.Read(many, "many.png");
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * many.Length);
    }

    [Fact]
    public void Png_ThatUnpacksTwoHundredfold_IsRefusedAsSoonAsItIsNotSmall()
    {
        byte[] bomb = new PngWriter(10_000, 10_000, 8, 0, false).Write(new byte[100_010_000]);
        Assert.Contains("what unpacks to 100010000", Assert.Throws<DataFormatException>(() => ImageFile.Read(bomb, "bomb.png")).Message, StringComparison.Ordinal);
        byte[] blank = new PngWriter(4000, 4000, 8, 0, false).Write(new byte[4000 * 4001]);
        Assert.Equal(16_000_000, ImageFile.Read(blank, "blank.png").Pixels.Length);
    }

    [Theory]
    [InlineData(0, 3, "colour type 0 with 3 bits")]
    [InlineData(5, 8, "colour type 5")]
    [InlineData(3, 8, "without PLTE")]
    public void Png_ImpossibleHeader_IsRefused(int colourType, int bitDepth, string says) =>
        Assert.Contains(says, Assert.Throws<DataFormatException>(() => Read(new PngWriter(1, 1, bitDepth, colourType, false).Write([0, 0]))).Message, StringComparison.Ordinal);

    [Fact]
    public void Png_WrongContent_IsRefused()
    {
        Refused("unknown filter", new PngWriter(1, 1, 8, 0, false).Write([5, 0]));
        Refused("one of the 2 of the palette", new PngWriter(1, 1, 8, 3, false) { Palette = new byte[6] }.Write([0, 2]));
        Refused("end early", new PngWriter(2, 1, 8, 0, false).Write([0, 1]));
        Refused("more than 2 bytes", new PngWriter(1, 1, 8, 0, false).Write([0, 1, 1]));
        Refused("found 4 bytes", new PngWriter(1, 1, 8, 3, false) { Palette = new byte[4] }.Write([0, 0]));
        Refused("tRNS", new PngWriter(1, 1, 8, 0, false) { Transparency = new byte[6] }.Write([0, 0]));
        Refused("found 12000 × 12000, needs 1 to 134217728 pixels", new PngWriter(12_000, 12_000, 8, 0, false).Write([0, 0]));
        byte[] good = new PngWriter(1, 1, 8, 0, false).Write([0, 0]);
        Refused("the packed pixels are damaged", [.. good[..33], .. PngWriter.Chunk("IDAT", [0x78, 0x20, 1, 2, 3, 4, 5, 6, 7, 8]), .. good[33..]]); // packed with a dictionary
        Refused("'PLTE' is there twice", [.. good[..33], .. PngWriter.Chunk("PLTE", [1, 2, 3]), .. PngWriter.Chunk("PLTE", [1, 2, 3]), .. good[33..]]);
        Refused("'tRNS' is there twice", [.. good[..33], .. PngWriter.Chunk("tRNS", [1, 2]), .. PngWriter.Chunk("tRNS", [1, 2]), .. good[33..]]);
        Refused("'CgBI'", [.. good[..33], .. PngWriter.Chunk("CgBI", [1]), .. good[33..]]);

        static void Refused(string says, byte[] bytes) =>
            Assert.Contains(says, Assert.Throws<DataFormatException>(() => Read(bytes)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Pnm_TextAndRaw_GiveEachPixel()
    {
        Assert.Equal([0, 128, 255, 26], Read("P2 # grey\n2 2\n10\n0 5\n10 1\n"u8.ToArray()).Pixels.ToArray());
        Assert.Equal([0, 128, 255, 26], Read([.. "P5\n2 2 10\n"u8, 0, 5, 10, 1]).Pixels.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], Read("P3 2 1 255 1 2 3 4 5 6"u8.ToArray()).Pixels.ToArray());
        Assert.Equal([1, 4, 2, 5, 3, 6], Read([.. "P6 2 1 255\n"u8, 1, 2, 3, 4, 5, 6]).Pixels.ToArray());
        Image deep = Read([.. "P5\n1 2\n# deep\n65535\n"u8, 255, 255, 1, 1]);
        Assert.Equal((1, 2, 1), (deep.Width, deep.Height, deep.Channels));
        Assert.Equal([255, 1], deep.Pixels.ToArray());
    }

    [Theory]
    [InlineData("P1 1 1 1", "P1")]
    [InlineData("P2 2 2 9 1 2 3", "cut off")]
    [InlineData("P2 1 1 9 10", "at most 9")]
    [InlineData("P2 1 1 9 1 1", "too long")]
    [InlineData("P2 x", "found 'x'")]
    [InlineData("P2 0 4 9 ", "no pixel")]
    [InlineData("P5 1 1 70000 ", "1 to 65535")]
    [InlineData("P6 50000 50000 255 abc", "cut off")]
    [InlineData("P5 99999999999 1 1 ", "the width is too large")]
    [InlineData("P5", "the width is no number")]
    [InlineData("GIF89a", "47 49 46 38")]
    [InlineData("", "empty")]
    public void Pnm_OrOther_Wrong_IsRefused(string content, string says) =>
        Assert.Contains(says, Assert.Throws<DataFormatException>(() => Read(Encoding.ASCII.GetBytes(content))).Message, StringComparison.Ordinal);

    [Fact]
    public void Image_GreyAndTensor_FollowTheSamples()
    {
        var image = new Image(1, 2, 3, [255, 0, 0, 255, 0, 100]);
        Assert.Equal([76, 161], image.ToGrey().Pixels.ToArray()); // 0.299 · 255 = 76.2; 0.587 · 255 + 0.114 · 100 = 161.1
        Assert.Equal([76, 161, 76, 161, 76, 161], image.ToGrey().ToRgb().Pixels.ToArray());
        Tensor tensor = image.ToTensor();
        Assert.Equal([3, 2, 1], tensor.Shape.ToArray());
        Assert.Equal(100f / 255, tensor.At(2, 1, 0), 1e-7); // half a unit in the last place of float32
        Assert.Throws<ArgumentException>(() => new Image(2, 2, 1, new byte[3]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Image(1, 1, 2, new byte[2]));
    }

    private static int[][] RandomSamples(int width, int height, int samples, int bitDepth)
    {
        var random = new RandomSource(width * 100 + bitDepth);
        return [.. Enumerable.Range(0, height).Select(_ => Enumerable.Range(0, width * samples).Select(_ => random.Next(1 << bitDepth)).ToArray())];
    }

    private static Image Read(byte[] bytes)
    {
        using var folder = new TemporaryFolder();
        return ImageFile.Read(folder.Write("picture.png", bytes));
    }
}
