using System.Security.Cryptography;

namespace Backprop;

/// <summary>Models in files.</summary>
public static class ModelFiles
{
    extension(Module model)
    {
        /// <summary>
        /// Writes parameters and buffers as a safetensors file, under PyTorch's names, and in its metadata how the model is built, so that <c>Model.Load</c> builds it anew.
        /// Until all of it has reached the disk, whatever stood under this path stays there.
        /// </summary>
        /// <param name="path">Where to, by habit <c>name.safetensors</c>.</param>
        /// <param name="metadata">Free text to keep with it, by key.</param>
        /// <exception cref="IOException">The file can't be written.</exception>
        public void Save(string path, IReadOnlyDictionary<string, string>? metadata = null) => SafeTensors.Save(path, model.State, ModelFormat.Describe(model, metadata));

        /// <summary>
        /// Takes over the parameters and buffers of a file: of <see cref="PyTorchFile"/> if it ends in <c>.pt</c>, <c>.pth</c>, <c>.bin</c> or <c>.ckpt</c>, of <see cref="Npz"/> if in
        /// <c>.npz</c>, otherwise of <see cref="SafeTensors"/>, the index of several too. What is saved beside the tensors, <see cref="SafeTensors.LoadMetadata"/> reads.
        /// </summary>
        /// <param name="path">The file.</param>
        /// <param name="options">Whether all must fit, and what the names become; null: all must, and they stay.</param>
        /// <returns>What did not fit; with <see cref="LoadOptions.Strict"/> that is nothing.</returns>
        /// <exception cref="StateMismatchException">The file is another model's, and all must fit. Nothing was changed.</exception>
        /// <exception cref="DataFormatException">The file is not sound.</exception>
        /// <exception cref="IOException">The file can't be read.</exception>
        public LoadReport Load(string path, LoadOptions? options = null) => model.LoadStateOf(path, Read(path), options);

        /// <summary>A fingerprint of parameters and buffers: SHA-256, in hexadecimal digits, over their names, dtypes, shapes and bytes in order.</summary>
        public string WeightsSha256()
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach ((string name, Tensor tensor) in model.State) StateHash.Append(hash, name, tensor);
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    private static IReadOnlyDictionary<string, Tensor> Read(string path) => Path.GetExtension(path).ToUpperInvariant() switch
    {
        ".PT" or ".PTH" or ".BIN" or ".CKPT" => PyTorchFile.LoadTensors(path),
        ".NPZ" => Npz.Load(path),
        _ => SafeTensors.Load(path).Tensors,
    };
}
