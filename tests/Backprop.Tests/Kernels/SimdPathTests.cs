using System.Diagnostics;
using System.Numerics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Backprop.Kernels;

namespace Backprop.Tests.Kernels;

/// <summary>Which vectors the kernels take is the runtime's decision. Whoever runs the tests on a chosen path says so, and finds out here if it is another one.</summary>
public sealed class SimdPathTests
{
    /// <summary>The vectors that this process is to run on, in the words of <c>backprop info</c>.</summary>
    private const string Expectation = "BACKPROP_EXPECT_VECTORS";

    private static readonly string s_taken = Name(MatMulKernel.Best);

    private static string Name(SimdPath path) => path == SimdPath.Scalar ? "none" : path.ToString();

    [Fact]
    public void Process_RunsOnTheVectorsThatAreExpectedOfIt()
    {
        if (Environment.GetEnvironmentVariable(Expectation) is { Length: > 0 } expected) Assert.Equal(expected, s_taken);
        else Assert.True(MatMulKernel.Best <= (Avx2.IsSupported ? SimdPath.Vector256 : Sse2.IsSupported || AdvSimd.IsSupported ? SimdPath.Vector128 : SimdPath.Scalar), s_taken);
        Assert.Equal(MatMulKernel.Best <= SimdPath.Vector256 ? 8 : 4, Vector<float>.Count); // what is written in Vector<T> goes along
    }

    [Fact]
    public void Info_NamesThePathThatTheProductTakes() => Assert.Equal(s_taken, (string)CommandRun.Of("info", "--json").Json["vectors"]!);

    /// <summary>The runtime that runs these tests obeys the settings by which the other paths are tested.</summary>
    [Theory]
    [InlineData("EnableAVX512", SimdPath.Vector256), InlineData("EnableAVX2", SimdPath.Vector128), InlineData("EnableHWIntrinsic", SimdPath.Scalar)]
    public void Setting_SwitchedOff_LeavesNarrowerVectors(string setting, object widestLeft)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Backprop.Cli.dll"), "info"]) { RedirectStandardOutput = true };
        start.Environment["DOTNET_" + setting] = "0";
        using Process process = Process.Start(start)!;
        string vectors = process.StandardOutput.ReadToEnd().Split('\n').Single(line => line.StartsWith("vectors", StringComparison.Ordinal)).Split(' ')[^1].Trim();
        Assert.Contains(vectors, Enum.GetValues<SimdPath>().Where(path => path >= (SimdPath)widestLeft).Select(Name));
    }
}
