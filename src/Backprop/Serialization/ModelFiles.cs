using System.Security.Cryptography;
using System.Text;

namespace Backprop;

/// <summary>Models in files.</summary>
public static class ModelFiles
{
    extension(Module model)
    {
        /// <summary>
        /// Writes parameters and buffers as a safetensors file, under PyTorch's names. The architecture is not saved: to load, build the same model first.
        /// Until all of it has reached the disk, whatever stood under this path stays there.
        /// </summary>
        /// <param name="path">Where to, by habit <c>name.safetensors</c>.</param>
        /// <param name="metadata">Free text to keep with it, by key.</param>
        /// <exception cref="IOException">The file can't be written.</exception>
        public void Save(string path, IReadOnlyDictionary<string, string>? metadata = null) => SafeTensors.Save(path, model.State, metadata);

        /// <summary>Takes over the parameters and buffers of a safetensors file, which must have exactly those of the model; if not, nothing changes.</summary>
        /// <returns>The metadata that was saved with them.</returns>
        /// <exception cref="DataFormatException">The file is not sound.</exception>
        /// <exception cref="InvalidDataException">The file is of another model; the message lists every name that is missing, unexpected or of another shape.</exception>
        /// <exception cref="IOException">The file can't be read.</exception>
        public IReadOnlyDictionary<string, string> Load(string path)
        {
            SafeTensorsFile file = SafeTensors.Load(path);
            if (model.Misfits(file.Tensors) is { } misfits) throw new InvalidDataException($"{path}: {misfits}");
            model.LoadState(file.Tensors);
            return file.Metadata;
        }

        /// <summary>A fingerprint of parameters and buffers: SHA-256, in hexadecimal digits, over their names, dtypes, shapes and bytes in order.</summary>
        public string WeightsSha256()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach ((string name, Tensor tensor) in model.State)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{name} {tensor.DType} {tensor.Shape}\n"));
                TensorBytes.Visit(tensor, bytes => hash.AppendData(bytes));
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }
}
