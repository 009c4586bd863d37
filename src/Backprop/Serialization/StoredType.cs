namespace Backprop;

/// <summary>What the elements of a tensor are in a file. In memory a tensor has the <see cref="DType"/> that holds all their values, and stays as exact.</summary>
internal enum StoredType : byte
{
    Bool, UInt8, Int8, UInt16, Int16, UInt32, Int32, UInt64, Int64,
    Float16, BFloat16, Float32, Float64,
    Float8E4M3, Float8E5M2, Float8E4M3Fnuz, Float8E5M2Fnuz, Float8E8M0,
}

internal static class StoredTypes
{
    extension(StoredType type)
    {
        /// <summary>Bytes an element takes in the file.</summary>
        public int Size => type switch
        {
            StoredType.UInt16 or StoredType.Int16 or StoredType.Float16 or StoredType.BFloat16 => 2,
            StoredType.UInt32 or StoredType.Int32 or StoredType.Float32 => 4,
            StoredType.UInt64 or StoredType.Int64 or StoredType.Float64 => 8,
            _ => 1,
        };

        /// <summary>What the elements become in memory. Of UInt64, those that are too large for it are refused.</summary>
        public DType Widened => type switch
        {
            StoredType.Bool => DType.Bool,
            StoredType.UInt8 or StoredType.Int8 or StoredType.UInt16 or StoredType.Int16 or StoredType.Int32 => DType.Int32,
            StoredType.UInt32 or StoredType.UInt64 or StoredType.Int64 => DType.Int64,
            StoredType.Float64 => DType.Float64,
            _ => DType.Float32,
        };
    }
}
