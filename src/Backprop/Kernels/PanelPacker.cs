using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>
/// Copies a strip of a matrix into a panel: for each step of the sum the numbers of all lines of the strip side by side, in the order in which a tile reads them.
/// A line is a row of the left operand or a column of the right one. Lines that are missing up to the panel's width are zero.
/// </summary>
internal static unsafe class PanelPacker
{
    /// <summary><c>panel[p·width + line] = source[line·lineStep + p·depthStep]</c>; one of the steps is 1.</summary>
    public static void Pack<T>(T* source, nint lineStep, nint depthStep, int lines, int depth, T* panel, int width) where T : unmanaged
    {
        if (lineStep == 1) Copy(source, depthStep, lines, depth, panel, width);
        else Transpose(source, lineStep, lines, depth, panel, width, width);
    }

    /// <summary>
    /// Some whole panels side by side, from a matrix that lies as it is read: row by row, and rows sent for before they are due. A matrix that no cache holds is packed in two thirds of
    /// the time that one panel after the other takes.
    /// </summary>
    [MethodImpl(Compile.AtOnce)]
    public static void Spread<T>(T* source, nint depthStep, int panels, int depth, T* packed, int width) where T : unmanaged
    {
        const int rowsAhead = 8;
        nint panelLength = (nint)depth * width;
        int lanes = Vector256<T>.Count;
        for (int p = 0; p < depth; p++, source += depthStep, packed += width)
        {
            T* from = source, to = packed;
            for (int panel = 0; panel < panels; panel++, from += width, to += panelLength)
            {
                for (int i = 0; i < width; i += lanes)
                {
                    if (Sse.IsSupported) Sse.Prefetch0(from + rowsAhead * depthStep + i);
                    Vector256.Load(from + i).Store(to + i);
                }
            }
        }
    }

    /// <summary>The way back: <c>target[channel·targetStep + line] = source[line·lineStep + channel]</c>, finished.</summary>
    public static void Unpack<T>(T* source, nint lineStep, int lines, int channels, in ConvolutionFinish<T> finish, T* target, nint targetStep) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int channel = 0;
        if (sizeof(T) == sizeof(float) && lines >= 4)
        {
            fixed (ConvolutionFinish<T>* end = &finish)
            {
                for (; channel <= channels - 4; channel += 4)
                {
                    float* from = (float*)source + channel, to = (float*)target + channel * targetStep;
                    if (Avx.IsSupported && lines >= 8) UnpackEight(from, lineStep, lines, (ConvolutionFinish<float>*)end, channel, to, targetStep);
                    else UnpackFour(from, lineStep, lines, (ConvolutionFinish<float>*)end, channel, to, targetStep);
                }
            }
        }
        for (; channel < channels; channel++)
        {
            T* from = source + channel, to = target + channel * targetStep;
            for (int line = 0; line < lines; line++) to[line] = finish.Apply(from[line * lineStep], channel, to + line);
        }
    }

    /// <summary>Four channels, four lines at a time; those that are left over at the end together with some before them, once more.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void UnpackFour(float* source, nint lineStep, int lines, ConvolutionFinish<float>* finish, int channel, float* target, nint targetStep)
    {
        Vector128<float> scale = finish->Scale == null ? Vector128<float>.One : Vector128.Load(finish->Scale + channel);
        Vector128<float> shift = finish->Shift == null ? Vector128<float>.Zero : Vector128.Load(finish->Shift + channel);
        for (int p = 0; p < lines; p += 4)
        {
            int line = Math.Min(p, lines - 4);
            float* from = source + line * lineStep, to = target + line;
            Vector128<float> row0 = Shifted(from), row1 = Shifted(from + lineStep), row2 = Shifted(from + 2 * lineStep), row3 = Shifted(from + 3 * lineStep);
            Vector128<double> low01 = Interleave.Low(row0, row1).AsDouble(), high01 = Interleave.High(row0, row1).AsDouble();
            Vector128<double> low23 = Interleave.Low(row2, row3).AsDouble(), high23 = Interleave.High(row2, row3).AsDouble();
            Store(Interleave.Low(low01, low23).AsSingle(), to);
            Store(Interleave.High(low01, low23).AsSingle(), to + targetStep);
            Store(Interleave.Low(high01, high23).AsSingle(), to + 2 * targetStep);
            Store(Interleave.High(high01, high23).AsSingle(), to + 3 * targetStep);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector128<float> Shifted(float* sums) => Simd128<float>.MultiplyAdd(Vector128.Load(sums), scale, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Store(Vector128<float> results, float* place)
        {
            if (finish->Adds) results += Vector128.Load(finish->Addend(place));
            (finish->Rectify ? Simd128<float>.Rectify(results) : results).Store(place);
        }
    }

    /// <summary>The same for eight lines, two squares side by side.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void UnpackEight(float* source, nint lineStep, int lines, ConvolutionFinish<float>* finish, int channel, float* target, nint targetStep)
    {
        nint next = 4 * lineStep;
        Vector256<float> scale = finish->Scale == null ? Vector256<float>.One : SideBySide(finish->Scale + channel, 0);
        Vector256<float> shift = finish->Shift == null ? Vector256<float>.Zero : SideBySide(finish->Shift + channel, 0);
        for (int p = 0; p < lines; p += 8)
        {
            int line = Math.Min(p, lines - 8);
            float* from = source + line * lineStep, to = target + line;
            Vector256<float> row0 = Shifted(from), row1 = Shifted(from + lineStep), row2 = Shifted(from + 2 * lineStep), row3 = Shifted(from + 3 * lineStep);
            Vector256<double> low01 = Avx.UnpackLow(row0, row1).AsDouble(), high01 = Avx.UnpackHigh(row0, row1).AsDouble();
            Vector256<double> low23 = Avx.UnpackLow(row2, row3).AsDouble(), high23 = Avx.UnpackHigh(row2, row3).AsDouble();
            Store(Avx.UnpackLow(low01, low23).AsSingle(), to);
            Store(Avx.UnpackHigh(low01, low23).AsSingle(), to + targetStep);
            Store(Avx.UnpackLow(high01, high23).AsSingle(), to + 2 * targetStep);
            Store(Avx.UnpackHigh(high01, high23).AsSingle(), to + 3 * targetStep);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        Vector256<float> Shifted(float* sums) => Simd256<float>.MultiplyAdd(SideBySide(sums, next), scale, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Store(Vector256<float> results, float* place)
        {
            if (finish->Adds) results += Vector256.Load(finish->Addend(place));
            (finish->Rectify ? Simd256<float>.Rectify(results) : results).Store(place);
        }
    }

    [MethodImpl(Compile.AtOnce)]
    private static void Copy<T>(T* source, nint depthStep, int lines, int depth, T* panel, int width) where T : unmanaged
    {
        int lanes = Vector256<T>.Count;
        for (int p = 0; p < depth; p++, source += depthStep, panel += width)
        {
            int line = 0;
            for (; line <= lines - lanes; line += lanes) Vector256.Load(source + line).Store(panel + line);
            for (; line < lines; line++) panel[line] = source[line];
            for (; line < width; line++) panel[line] = default;
        }
    }

    /// <summary><c>target[p·step + line] = source[line·lineStep + p]</c>; lines that are missing up to <paramref name="width"/> are zero.</summary>
    public static void Transpose<T>(T* source, nint lineStep, int lines, int depth, T* target, int step, int width) where T : unmanaged
    {
        int line = 0;
        if (sizeof(T) == sizeof(float))
        {
            if (Avx.IsSupported)
            {
                for (; line <= lines - 8; line += 8) TransposeEight((float*)source + line * lineStep, lineStep, depth, (float*)target + line, step);
            }
            for (; line <= lines - 4; line += 4) TransposeFour((float*)source + line * lineStep, lineStep, depth, (float*)target + line, step);
        }
        else if (sizeof(T) == sizeof(double))
        {
            for (; line <= lines - 2; line += 2) TransposeTwo((double*)source + line * lineStep, lineStep, depth, (double*)target + line, step);
        }
        for (; line < lines; line++) Scatter(source + line * lineStep, depth, target + line, step);
        for (; line < width; line++) Zero(depth, target + line, step);
    }

    /// <summary>Four lines, four steps at a time: two rounds of interleaving turn the square around.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void TransposeFour(float* source, nint lineStep, int depth, float* panel, nint width)
    {
        float* a = source, b = a + lineStep, c = b + lineStep, d = c + lineStep;
        int p = 0;
        for (; p <= depth - 4; p += 4, panel += 4 * width)
        {
            Vector128<float> rowA = Vector128.Load(a + p), rowB = Vector128.Load(b + p), rowC = Vector128.Load(c + p), rowD = Vector128.Load(d + p);
            Vector128<double> ab01 = Interleave.Low(rowA, rowB).AsDouble(), ab23 = Interleave.High(rowA, rowB).AsDouble();
            Vector128<double> cd01 = Interleave.Low(rowC, rowD).AsDouble(), cd23 = Interleave.High(rowC, rowD).AsDouble();
            Interleave.Low(ab01, cd01).AsSingle().Store(panel);
            Interleave.High(ab01, cd01).AsSingle().Store(panel + width);
            Interleave.Low(ab23, cd23).AsSingle().Store(panel + 2 * width);
            Interleave.High(ab23, cd23).AsSingle().Store(panel + 3 * width);
        }
        for (; p < depth; p++, panel += width) (panel[0], panel[1], panel[2], panel[3]) = (a[p], b[p], c[p], d[p]);
    }

    /// <summary>The same for eight lines, two squares side by side: half as many trips through a panel that the first cache does not hold.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void TransposeEight(float* source, nint lineStep, int depth, float* panel, nint width)
    {
        float* a = source, b = a + lineStep, c = b + lineStep, d = c + lineStep;
        nint next = 4 * lineStep;
        int p = 0;
        for (; p <= depth - 4; p += 4, panel += 4 * width)
        {
            Vector256<float> rowA = SideBySide(a + p, next), rowB = SideBySide(b + p, next), rowC = SideBySide(c + p, next), rowD = SideBySide(d + p, next);
            Vector256<double> ab01 = Avx.UnpackLow(rowA, rowB).AsDouble(), ab23 = Avx.UnpackHigh(rowA, rowB).AsDouble();
            Vector256<double> cd01 = Avx.UnpackLow(rowC, rowD).AsDouble(), cd23 = Avx.UnpackHigh(rowC, rowD).AsDouble();
            Avx.UnpackLow(ab01, cd01).AsSingle().Store(panel);
            Avx.UnpackHigh(ab01, cd01).AsSingle().Store(panel + width);
            Avx.UnpackLow(ab23, cd23).AsSingle().Store(panel + 2 * width);
            Avx.UnpackHigh(ab23, cd23).AsSingle().Store(panel + 3 * width);
        }
        for (; p < depth; p++, panel += width)
        {
            for (int line = 0; line < 8; line++) panel[line] = source[line * lineStep + p];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> SideBySide(float* square, nint next) => Vector256.Create(Vector128.Load(square), Vector128.Load(square + next));

    /// <summary>The same for two lines of 64-bit numbers.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void TransposeTwo(double* source, nint lineStep, int depth, double* panel, nint width)
    {
        double* a = source, b = a + lineStep;
        int p = 0;
        for (; p <= depth - 2; p += 2, panel += 2 * width)
        {
            Vector128<double> rowA = Vector128.Load(a + p), rowB = Vector128.Load(b + p);
            Interleave.Low(rowA, rowB).Store(panel);
            Interleave.High(rowA, rowB).Store(panel + width);
        }
        for (; p < depth; p++, panel += width) (panel[0], panel[1]) = (a[p], b[p]);
    }

    private static void Scatter<T>(T* line, int depth, T* panel, int width) where T : unmanaged
    {
        for (int p = 0; p < depth; p++) panel[p * width] = line[p];
    }

    private static void Zero<T>(int depth, T* panel, int width) where T : unmanaged
    {
        for (int p = 0; p < depth; p++) panel[p * width] = default;
    }
}
