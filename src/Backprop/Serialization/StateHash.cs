using System.Security.Cryptography;
using System.Text;

namespace Backprop;

/// <summary>A fingerprint of tensors with names, and of texts with keys: SHA-256 in hexadecimal digits.</summary>
internal static class StateHash
{
    /// <summary>Over names, dtypes, shapes and bytes, in the order of the names, so that a file may have them in its own; then over the texts.</summary>
    public static string Of(IEnumerable<KeyValuePair<string, Tensor>> tensors, IEnumerable<KeyValuePair<string, string>>? texts = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, Tensor tensor) in tensors.OrderBy(named => named.Key, StringComparer.Ordinal)) Append(hash, name, tensor);
        foreach ((string key, string text) in (texts ?? []).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{key.Length} {text.Length} {key}{text}\n")); // the lengths, so that no two lists read alike
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public static void Append(IncrementalHash hash, string name, Tensor tensor)
    {
        hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.DType} {tensor.Shape}\n"));
        TensorBytes.Visit(tensor, bytes => hash.AppendData(bytes));
    }
}
