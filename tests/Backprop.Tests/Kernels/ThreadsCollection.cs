namespace Backprop.Tests.Kernels;

/// <summary>Tests that watch who does which piece run alone: a pool that is busy with another test's job lets the caller do all pieces itself.</summary>
[CollectionDefinition("Threads", DisableParallelization = true)]
public static class ThreadsCollection;
