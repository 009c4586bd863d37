using System.Diagnostics.CodeAnalysis;
using Backprop.Kernels;

namespace Backprop;

/// <summary>What operations with windows over images share: the axes they take, and the lengths that come out.</summary>
internal static class Images
{
    /// <summary>Refuses what is not a batch of channels of images (of rows, where there is one <paramref name="spatialAxes"/>).</summary>
    public static void CheckRank(string operation, Shape x, int spatialAxes)
    {
        if (x.Rank == spatialAxes + 2) return;
        string needs = spatialAxes == 2 ? "[n, channels, height, width]" : "[n, channels, length]";
        if (x.Rank == spatialAxes + 1)
        {
            ShapeException.Throw(operation, "the input has an axis too few; most often it is the batch that is missing", $"{needs}: for a single example, Unsqueeze(0)", ("input", x));
        }
        ShapeException.Throw(operation, $"the input has {x.Rank} axes", needs, ("input", x));
    }

    /// <summary>How many windows fit along an axis: <c>⌊(length + 2·padding − dilation·(kernel − 1) − 1) / stride⌋ + 1</c>.</summary>
    /// <param name="operation">For errors.</param>
    /// <param name="x">For errors.</param>
    /// <param name="length">Of the axis.</param>
    /// <param name="kernel">Positions of a window.</param>
    /// <param name="stride">From one window to the next.</param>
    /// <param name="padding">On either side.</param>
    /// <param name="dilation">From one position to the next.</param>
    /// <param name="ceilMode">Whether a window that the end cuts off counts, if it does not start in the padding after the end.</param>
    public static int OutLength(string operation, Shape x, int length, int kernel, int stride, int padding, int dilation = 1, bool ceilMode = false)
    {
        CheckPositive(operation, kernel, stride, padding, dilation);
        long free = (long)length + 2L * padding - dilation * (kernel - 1L) - 1;
        if (free < 0 && ceilMode && free > -stride) return 1; // one window, which the end cuts off
        if (free < 0) ThrowTooLarge(operation, x, length, kernel, padding, dilation);
        int count = (int)(free / stride) + 1;
        return ceilMode && free % stride != 0 && (long)count * stride < length + padding ? count + 1 : count;
    }

    /// <summary>The windows of an average along an axis, as <see cref="OutLength"/> counts them.</summary>
    public static PoolingWindow[] Windows(int count, int length, int kernel, int stride, int padding, bool countPadding)
    {
        var windows = new PoolingWindow[count];
        for (int i = 0; i < count; i++)
        {
            int start = i * stride - padding, end = Math.Min(start + kernel, length + padding), inside = Math.Max(start, 0), insideEnd = Math.Min(end, length);
            windows[i] = new PoolingWindow(inside, insideEnd, countPadding ? end - start : insideEnd - inside);
        }
        return windows;
    }

    /// <summary><paramref name="count"/> windows that cover an axis: from ⌊i·length/count⌋ to ⌈(i + 1)·length/count⌉.</summary>
    public static PoolingWindow[] AdaptiveWindows(int count, int length)
    {
        var windows = new PoolingWindow[count];
        for (int i = 0; i < count; i++)
        {
            int start = (int)((long)i * length / count), end = (int)(((i + 1L) * length + count - 1) / count);
            windows[i] = new PoolingWindow(start, end, end - start);
        }
        return windows;
    }

    /// <summary>Refuses settings that no window has.</summary>
    public static void CheckPositive(string operation, int kernel, int stride, int padding, int dilation)
    {
        if (kernel > 0 && stride > 0 && padding >= 0 && dilation > 0) return;
        throw new ArgumentOutOfRangeException(nameof(kernel),
            $"{operation}: kernel size {kernel}, stride {stride} and dilation {dilation} must be at least 1, padding {padding} at least 0.");
    }

    [DoesNotReturn]
    private static void ThrowTooLarge(string operation, Shape x, int length, int kernel, int padding, int dilation)
    {
        int reach = dilation * (kernel - 1) + 1;
        ShapeException.Throw(operation, "the kernel is larger than the padded input",
            $"a kernel that reaches over {length + 2 * padding} at most (an axis of {length}, padding {padding} on both sides), and it reaches over {reach}; " +
            "take a smaller kernel, more padding, or less pooling and striding before", ("input", x));
    }
}
