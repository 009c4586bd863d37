using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Backprop;

/// <summary>What stands in front of the elements of a <c>.npy</c> file: <c>{'descr': '&lt;f4', 'fortran_order': False, 'shape': (2, 3), }</c>, a dictionary as Python writes it.</summary>
internal sealed record NpyHeader(StoredType Type, bool IsBigEndian, bool IsFortranOrder, Shape Shape)
{
    /// <summary>In bytes, with what stands in front of it. A type of one number takes a hundred.</summary>
    public const int MostLength = 64 * 1024;

    private const int Alignment = 64, LongestText = 100;
    private const int GrowthDigits = 21; // NumPy leaves room for the first length to grow to 2⁶⁴ when more is appended to the file

    /// <summary>How every file starts; two bytes of version and the header's length follow.</summary>
    public static ReadOnlySpan<byte> Magic => "\u0093NUMPY"u8[1..]; // UTF-8 has two bytes for the first

    /// <summary>The header of a tensor, byte for byte as NumPy writes it, from the magic on.</summary>
    public static byte[] Write(Tensor tensor)
    {
        string descr = tensor.DType switch { DType.Float32 => "<f4", DType.Float64 => "<f8", DType.Int32 => "<i4", DType.Int64 => "<i8", _ => "|b1" };
        string shape = tensor.Rank == 1 ? $"({tensor.Shape[0]},)" : $"({string.Join(", ", tensor.Shape.ToArray())})";
        string text = $"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}";
        if (tensor.Rank > 0) text += new string(' ', GrowthDigits - tensor.Shape[0].ToString(CultureInfo.InvariantCulture).Length);
        int start = Magic.Length + 4, length = (start + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        return [.. Magic, 1, 0, (byte)(length - start), (byte)((length - start) >> 8), .. Encoding.ASCII.GetBytes(text.PadRight(length - start - 1)), (byte)'\n'];
    }

    /// <summary>Reads the dictionary.</summary>
    /// <param name="text">The dictionary.</param>
    /// <param name="file">What errors call the file.</param>
    /// <param name="start">Where the dictionary starts in the file.</param>
    /// <exception cref="DataFormatException">It is none, or of a type or shape that no tensor has.</exception>
    public static NpyHeader Read(ReadOnlySpan<char> text, string file, int start) => new Parser(text, file, start).Read();

    /// <summary>Goes through the text once. What it knows of Python is what such a header needs.</summary>
    private ref struct Parser(ReadOnlySpan<char> text, string file, int start)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _place;

        public NpyHeader Read()
        {
            (StoredType Type, bool IsBigEndian)? type = null;
            bool? fortranOrder = null;
            Shape? shape = null;
            Expect('{');
            while (!TryTake('}'))
            {
                int place = _place;
                string key = Text();
                Expect(':');
                if (key == "descr" && type is null) type = ReadType();
                else if (key == "fortran_order" && fortranOrder is null) fortranOrder = Truth();
                else if (key == "shape" && shape is null) shape = ReadShape();
                else throw Error(place, $"the header has a {Quote.Of(key)} too many; it has 'descr', 'fortran_order' and 'shape' once each");
                if (TryTake(',')) continue;
                Expect('}');
                break;
            }
            if (Next() != '\0') throw Error(_place, "more follows the header's dictionary");
            if (type is not { } known || fortranOrder is not { } isFortran || shape is not { } lengths) throw Error(0, "the header lacks one of 'descr', 'fortran_order' and 'shape'");
            return new NpyHeader(known.Type, known.IsBigEndian, isFortran, lengths);
        }

        private (StoredType Type, bool IsBigEndian) ReadType()
        {
            char first = Next();
            int place = _place;
            if (first is '[' or '(') throw Error(place, "the array is structured, several fields to an element; save each field as an array of its own");
            string descr = Text();
            if (descr is ['<' or '>' or '|' or '=', .. var code])
            {
                StoredType? type = code switch
                {
                    "b1" or "?" => StoredType.Bool,
                    "u1" => StoredType.UInt8,
                    "i1" => StoredType.Int8,
                    "u2" => StoredType.UInt16,
                    "i2" => StoredType.Int16,
                    "u4" => StoredType.UInt32,
                    "i4" => StoredType.Int32,
                    "u8" => StoredType.UInt64,
                    "i8" => StoredType.Int64,
                    "f2" => StoredType.Float16,
                    "f4" => StoredType.Float32,
                    "f8" => StoredType.Float64,
                    _ => null,
                };
                if (type is { } known) return (known, descr[0] == '>');
                string? kind = code[..Math.Min(1, code.Length)] switch
                {
                    "c" => "complex numbers; save the real and the imaginary part",
                    "O" => "Python objects, which only running code could rebuild; save an array of numbers",
                    "S" or "a" or "U" => "text; save numbers",
                    "M" or "m" => "times; save them as numbers, with astype('i8')",
                    "V" => "raw bytes; save an array of numbers",
                    "f" => "floating-point numbers that depend on the machine; save them with astype('f8')",
                    _ => null,
                };
                if (kind is not null) throw Error(place, $"the elements are {Quote.Of(descr)}, {kind}");
            }
            throw Error(place, $"the type {Quote.Of(descr)} is none of NumPy's numbers: b1, i1 to i8, u1 to u8, f2 to f8, with < or > in front");
        }

        private Shape ReadShape()
        {
            Next();
            int place = _place;
            List<long> lengths = [];
            Expect('(');
            while (!TryTake(')'))
            {
                if (lengths.Count == StoredShape.MostAxes) throw Error(_place, $"the shape has more than {StoredShape.MostAxes} axes");
                lengths.Add(Number());
                if (TryTake(',')) continue;
                Expect(')');
                if (lengths.Count == 1) throw Error(_place - 1, "'(n)' is a number in Python; a shape of one axis is '(n,)'");
                break;
            }
            ReadOnlySpan<long> axes = CollectionsMarshal.AsSpan(lengths);
            return StoredShape.Create(axes) ?? throw Error(place, StoredShape.TooLarge("the array", axes));
        }

        private long Number()
        {
            Next();
            int first = _place;
            while (char.IsAsciiDigit(Here)) _place++;
            if (!long.TryParse(_text[first.._place], NumberStyles.None, CultureInfo.InvariantCulture, out long number)) throw Error(first, "a length from 0 to 2⁶³ − 1 must stand here");
            if (Here == 'L') _place++; // Python 2 wrote long numbers so
            return number;
        }

        private bool Truth()
        {
            Next();
            foreach (bool value in (ReadOnlySpan<bool>)[true, false])
            {
                string name = value ? "True" : "False";
                if (!_text[_place..].StartsWith(name)) continue;
                _place += name.Length;
                return value;
            }
            throw Error(_place, "True or False must stand here");
        }

        /// <summary>Text in quotes; none of it needs a backslash.</summary>
        private string Text()
        {
            char quote = Next();
            int first = _place + 1, length = quote is '\'' or '"' ? _text[first..].IndexOf(quote) : -1;
            if (length < 0) throw Error(_place, "text in quotes must stand here");
            if (length > LongestText) throw Error(_place, $"a text of {length} letters stands here; those of an array of numbers have no more than {LongestText}");
            _place = first + length + 1;
            return _text.Slice(first, length).ToString();
        }

        private void Expect(char letter)
        {
            if (!TryTake(letter)) throw Error(_place, $"'{letter}' must stand here");
        }

        private bool TryTake(char letter)
        {
            if (Next() != letter) return false;
            _place++;
            return true;
        }

        /// <summary>The next letter that is no white space; NUL at the end.</summary>
        private char Next()
        {
            while (Here is ' ' or '\n' or '\t' or '\r') _place++;
            return Here;
        }

        private readonly char Here => _place < _text.Length ? _text[_place] : '\0';

        private readonly DataFormatException Error(int place, string problem) => new(file, start + place, problem + ".");
    }
}
