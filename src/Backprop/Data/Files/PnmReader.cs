namespace Backprop;

/// <summary>The Netpbm formats: P2 and P5 (grey), P3 and P6 (red, green, blue), with decimal numbers or raw bytes (two for a sample above 255).</summary>
internal static class PnmReader
{
    private const int MaximumNumber = 100_000_000;

    public static Image Read(ByteReader file)
    {
        int kind = file.Bytes(2, "the format")[1] - '0';
        if (kind is 1 or 4 or 7) throw file.Error("the format is not read", $"P{kind}", "P2, P3, P5 or P6; save the picture as PNG", offset: 0);
        int channels = kind is 3 or 6 ? 3 : 1;
        bool isText = kind < 4;

        int width = Number(file, "the width"), height = Number(file, "the height"), maximum = Number(file, "the greatest sample");
        if (width == 0 || height == 0) throw file.Error("the picture has no pixel", $"{width} × {height}", "at least 1 × 1");
        if (maximum is 0 or > 65535) throw file.Error("the greatest sample is out of range", $"{maximum}", "1 to 65535");
        if (!isText && !IsSpace(file.Peek)) throw file.Error("the header has no end", Next(file), "one white space after the greatest sample");
        if (!isText) file.Byte("the header");

        int sampleSize = maximum > 255 ? 2 : 1;
        long count = (long)width * height, samples = channels * count;
        long needed = isText ? 2 * samples - 1 : sampleSize * samples; // a number has a digit at least, and a white space before the next
        if (count > Array.MaxLength || needed > file.Left)
        {
            throw file.Error("the file is cut off, or its header is wrong", $"{file.Left} bytes to the end", $"{needed} bytes for {width} × {height} pixels; get the file anew");
        }
        byte[] pixels = new byte[samples];
        for (int i = 0; i < count; i++)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                int sample = isText ? Number(file, "a sample") : sampleSize == 1 ? file.Byte("a sample") : file.Byte("a sample") << 8 | file.Byte("a sample");
                if (sample > maximum) throw file.Error("a sample is too large", $"{sample} in pixel {i}", $"at most {maximum}, as the header says");
                pixels[channel * count + i] = (byte)((sample * 255 + maximum / 2) / maximum);
            }
        }
        if (isText) SkipSpace(file);
        if (file.Left > 0) throw file.Error("the file is too long", $"{file.Left} bytes after {width} × {height} pixels", "the end of the file: one picture a file");
        return new Image(width, height, channels, pixels);
    }

    private static int Number(ByteReader file, string what)
    {
        SkipSpace(file);
        if (file.Peek is < '0' or > '9') throw file.Error($"{what} is no number", Next(file), "a decimal number");
        int number = 0;
        while (file.Peek is >= '0' and <= '9')
        {
            number = 10 * number + (file.Byte(what) - '0');
            if (number > MaximumNumber) throw file.Error($"{what} is too large", $"{number} and more digits", $"at most {MaximumNumber}");
        }
        return number;
    }

    private static string Next(ByteReader file) => file.Left == 0 ? "the end of the file" : $"'{(char)file.Peek}'";

    private static void SkipSpace(ByteReader file)
    {
        while (IsSpace(file.Peek) || file.Peek == '#')
        {
            if (file.Byte("white space") != '#') continue;
            while (file.Peek is not ('\n' or '\r' or -1)) file.Byte("a comment");
        }
    }

    private static bool IsSpace(int value) => value is ' ' or (>= '\t' and <= '\r');
}
