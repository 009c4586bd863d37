namespace Backprop;

/// <summary>PyTorch's words for what elements are.</summary>
internal static class PyTorchTypes
{
    /// <summary>The elements of a class of storages, <c>FloatStorage</c>; null if it is none whose elements a tensor can have.</summary>
    public static StoredType? OfStorage(string name) => name switch
    {
        "BoolStorage" => StoredType.Bool,
        "ByteStorage" => StoredType.UInt8,
        "CharStorage" => StoredType.Int8,
        "ShortStorage" => StoredType.Int16,
        "IntStorage" => StoredType.Int32,
        "LongStorage" => StoredType.Int64,
        "HalfStorage" => StoredType.Float16,
        "BFloat16Storage" => StoredType.BFloat16,
        "FloatStorage" => StoredType.Float32,
        "DoubleStorage" => StoredType.Float64,
        _ => null,
    };

    /// <summary>The elements of a dtype, <c>torch.float32</c>; null if it is none whose elements a tensor can have.</summary>
    public static StoredType? OfDType(string name) => name switch
    {
        "torch.bool" => StoredType.Bool,
        "torch.uint8" => StoredType.UInt8,
        "torch.int8" => StoredType.Int8,
        "torch.uint16" => StoredType.UInt16,
        "torch.int16" => StoredType.Int16,
        "torch.uint32" => StoredType.UInt32,
        "torch.int32" => StoredType.Int32,
        "torch.uint64" => StoredType.UInt64,
        "torch.int64" => StoredType.Int64,
        "torch.float16" => StoredType.Float16,
        "torch.bfloat16" => StoredType.BFloat16,
        "torch.float32" => StoredType.Float32,
        "torch.float64" => StoredType.Float64,
        "torch.float8_e4m3fn" => StoredType.Float8E4M3,
        "torch.float8_e5m2" => StoredType.Float8E5M2,
        "torch.float8_e4m3fnuz" => StoredType.Float8E4M3Fnuz,
        "torch.float8_e5m2fnuz" => StoredType.Float8E5M2Fnuz,
        "torch.float8_e8m0fnu" => StoredType.Float8E8M0,
        _ => null,
    };
}
