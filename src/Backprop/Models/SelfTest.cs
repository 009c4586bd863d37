namespace Backprop;

/// <summary>Runs a model that was loaded on the examples of its file.</summary>
internal static class SelfTest
{
    /// <summary>What the tensors between two layers may take: what a file says about its layers is not to fill the memory. Real networks stay far below.</summary>
    private const long LeastMemory = 16 << 20, MemoryPerByte = 256;

    /// <exception cref="DataFormatException">The model makes something else of the examples, or can't be run on them.</exception>
    public static void Run(Module module, ModelExamples examples, FileMetadata metadata, long fileLength)
    {
        const string Remedy = "The file was changed, or is of a layer that computes otherwise in this version; selfTest: false opens it nevertheless";
        string? difference;
        try
        {
            using StepScope step = new StepMemory(LeastMemory + MemoryPerByte * fileLength).Begin();
            difference = examples.Difference(module);
        }
        catch (Exception e) when (e is ShapeException or ArgumentException or NotSupportedException or InvalidCastException or InvalidOperationException or ArithmeticException or InsufficientMemoryException)
        {
            throw metadata.Bad(ModelMetadata.ExamplesKey, $"can't be tried: {e.Message.TrimEnd('.')}. {Remedy}", e);
        }
        if (difference is not null) throw metadata.Bad(ModelMetadata.ExamplesKey, $"fails: {difference}. {Remedy}");
    }
}
