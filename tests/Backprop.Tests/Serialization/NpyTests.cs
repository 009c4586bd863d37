using System.Buffers.Binary;
using System.Text;

namespace Backprop.Tests;

public class NpyTests
{
    private static byte[] FileOf(string header, int dataLength, byte version = 1)
    {
        byte[] text = Encoding.UTF8.GetBytes(header), start = [0x93, .. "NUMPY"u8, version, 0, (byte)text.Length, (byte)(text.Length >> 8)];
        return [.. start, .. version == 1 ? [] : new byte[2], .. text, .. new byte[dataLength]];
    }

    private static string Refusal(byte[] file) => Assert.Throws<DataFormatException>(() => Npy.Load(new MemoryStream(file), "x.npy")).Message;

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }")]
    [InlineData("{\"shape\":(2,3),\"fortran_order\":False,\"descr\":\"<f4\"}")]
    [InlineData("  { 'shape' : ( 2L , 3L , ) , 'descr' : '=f4' , 'fortran_order' : False }  \n")]
    public void Load_HeaderInAnyOrderAndSpacing_IsRead(string header)
    {
        Tensor tensor = Npy.Load(new MemoryStream(FileOf(header, 24)), "x.npy");
        Assert.Equal<Shape>([2, 3], tensor.Shape);
        Assert.Equal(new float[6], tensor.ToArray<float>());
    }

    [Theory]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 7, "byte 74", "takes 8 bytes, and 7 follow its header: the file is cut off")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 9, "byte 75", "longer than it")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }", 8, "byte 60", "more elements than a tensor holds")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }", 8, "byte 60", "more elements")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 8, "byte 61", "from 0 to 2⁶³ − 1")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", 8, "byte 61", "from 0")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2), }", 8, "byte 62", "'(n,)'")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': 2, }", 8, "byte 60", "'(' must stand here")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)", 8, "byte 64", "'}' must stand here")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} + x", 8, "byte 66", "more follows")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, }", 8, "byte 10", "lacks")]
    [InlineData("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8, "byte 27", "\"descr\" too many")]
    [InlineData("{'descr': '<f4', 'order': False, 'shape': (2,)}", 8, "byte 27", "\"order\" too many")]
    [InlineData("{'descr': '<f4', 'fortran_order': 1, 'shape': (2,)}", 8, "byte 44", "True or False")]
    [InlineData("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (2,)}", 8, "byte 20", "structured")]
    [InlineData("{'descr': '<f3', 'fortran_order': False, 'shape': (2,)}", 8, "byte 20", "\"<f3\"")]
    [InlineData("{'descr': 'f4', 'fortran_order': False, 'shape': (2,)}", 8, "byte 20", "none of NumPy's numbers")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (2,)}", 8, "byte 20", "none of NumPy's numbers")]
    [InlineData("{'descr': '<f4", 8, "byte 20", "text in quotes")]
    [InlineData("[]", 8, "byte 10", "'{' must stand here")]
    [InlineData("", 8, "byte 10", "'{' must stand here")]
    [InlineData("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,)}", 4, "byte 189", "more than 64 axes")]
    public void Load_UnsoundHeader_IsRefusedWithFileAndByte(string header, int dataLength, string where, string what)
    {
        string message = Refusal(FileOf(header, dataLength));
        Assert.StartsWith("x.npy, " + where + ":", message);
        Assert.Contains(what, message);
    }

    [Fact]
    public void Load_LyingLengthsAndVersions_AreRefusedBeforeMemoryIsTaken()
    {
        byte[] file = FileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, version: 2);
        BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(8), uint.MaxValue);
        Assert.Contains("said to have 4294967295 bytes", Refusal(file));
        Assert.Contains("no more than 65536 are read", Refusal([.. file[..8], 1, 0, 1, 0, .. new byte[100_000]]));
        file[6] = 4;
        Assert.Contains("version is 4.0", Refusal(file));
        file[0] = (byte)'x';
        Assert.Contains("\\x93NUMPY", Refusal(file));
    }

    [Fact]
    public void Load_EveryTruncation_IsRefused()
    {
        foreach (byte version in (byte[])[1, 2, 3])
        {
            byte[] file = FileOf("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", 8, version);
            Assert.Equal(2, Npy.Load(new MemoryStream(file), "x.npy").ElementCount);
            for (int length = 0; length < file.Length; length++) Refusal(file[..length]);
        }
    }

    [Fact]
    public void Load_ElementThatNoTensorHolds_IsRefusedWithItsPlace()
    {
        byte[] file = FileOf("{'descr': '>u8', 'fortran_order': False, 'shape': (2,), }", 16);
        file[^8] = 0x80;
        Assert.Contains($"byte {file.Length - 8}: element 1 is 9223372036854775808, more than Int64 holds", Refusal(file));
        byte[] truths = FileOf("{'descr': '|b1', 'fortran_order': False, 'shape': (3,), }", 3);
        truths[^1] = 7;
        Assert.Contains("element 2 is 7, neither 0 (false) nor 1 (true)", Refusal(truths));
    }

    [Fact]
    public void Load_FortranOrderOfManyBlocks_IsPutInRows()
    {
        var random = new RandomSource(1);
        int[] lengths = [7, 1, 31, 23];
        byte[] file = FileOf("{'descr': '<u2', 'fortran_order': True, 'shape': (7, 1, 31, 23), }", 2 * 7 * 31 * 23);
        Span<byte> data = file.AsSpan(^(2 * 7 * 31 * 23));
        int[] expected = new int[7 * 31 * 23];
        for (int i = 0, k = 0; k < 23; k++)
        {
            for (int j = 0; j < 31; j++)
            {
                for (int h = 0; h < 7; h++, i++)
                {
                    int value = random.Next(65536);
                    BinaryPrimitives.WriteUInt16LittleEndian(data[(2 * i)..], (ushort)value);
                    expected[(h * 31 + j) * 23 + k] = value;
                }
            }
        }
        Tensor tensor = Npy.Load(new MemoryStream(file), "x.npy");
        Assert.Equal(lengths, tensor.Shape.ToArray());
        Assert.Equal(expected, tensor.ToArray<int>());
    }

    [Fact]
    public void Npz_OfAnythingButArrays_IsRefused()
    {
        var stream = new MemoryStream();
        using (var zip = new System.IO.Compression.ZipArchive(stream, System.IO.Compression.ZipArchiveMode.Create, leaveOpen: true)) zip.CreateEntry("readme.txt");
        Assert.Contains("\"readme.txt\" is no array", Assert.Throws<DataFormatException>(() => Npz.Load(stream, "x.npz")).Message);
        Assert.Throws<ArgumentException>(() => Npz.Save(new MemoryStream(), [new("x", Tensor.Ones([1])), new("x", Tensor.Ones([1]))]));
    }

    [Fact]
    public void Npz_ArrayWhoseHeaderClaimsMore_IsRefusedByItsOwnName()
    {
        var stream = new MemoryStream();
        Npz.Save(stream, [new("x", Tensor.Ones([3]))]);
        byte[] file = stream.ToArray();
        int digit = file.AsSpan().IndexOf("(3,)"u8) + 1;
        file[digit] = (byte)'9';
        Assert.StartsWith("x.npz(x.npy), byte 140: the array [9] takes 36 bytes, and 12 follow its header", Assert.Throws<DataFormatException>(() => Npz.Load(new MemoryStream(file), "x.npz")).Message);
        file[digit] = (byte)'3';
        file[file.AsSpan().IndexOf("(3,)"u8) + 72]++; // an element
        Assert.Contains("checksum", Assert.Throws<DataFormatException>(() => Npz.Load(new MemoryStream(file), "x.npz")).Message);
    }
}
