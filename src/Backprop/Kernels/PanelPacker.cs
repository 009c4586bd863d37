using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>
/// Copies a strip of a matrix into a panel: for each step of the sum the numbers of all lines of the strip side by side, in the order in which a tile reads them.
/// A line is a row of the left operand or a column of the right one. Lines that are missing up to the panel's width are zero.
/// </summary>
/// <remarks>Lines go in fours and eights; fewer that are left over go together with some before them, once more: a tile of six rows would spend a third of its packing on two of them.</remarks>
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
                    if (Avx.IsSupported && lines >= 8) UnpackFour<Vector256<float>, Simd256<float>, Squares256>(from, lineStep, lines, (ConvolutionFinish<float>*)end, channel, to, targetStep);
                    else UnpackFour<Vector128<float>, Simd128<float>, Squares128>(from, lineStep, lines, (ConvolutionFinish<float>*)end, channel, to, targetStep);
                }
            }
        }
        for (; channel < channels; channel++)
        {
            T* from = source + channel, to = target + channel * targetStep;
            for (int line = 0; line < lines; line++) to[line] = finish.Apply(from[line * lineStep], channel, to + line);
        }
    }

    /// <summary>Four channels, a square's lines at a time; those that are left over at the end together with some before them, once more.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void UnpackFour<TVector, TSimd, TSquares>(float* source, nint lineStep, int lines, ConvolutionFinish<float>* finish, int channel, float* target, nint targetStep)
        where TVector : unmanaged where TSimd : struct, ISimd<TVector, float> where TSquares : struct, ISquares<TVector>
    {
        nint next = 4 * lineStep;
        TVector scale = finish->Scale == null ? TSimd.Broadcast(1) : TSquares.Load(finish->Scale + channel, 0);
        TVector shift = finish->Shift == null ? TSimd.Broadcast(0) : TSquares.Load(finish->Shift + channel, 0);
        for (int p = 0; p < lines; p += TSimd.Lanes)
        {
            int line = Math.Min(p, lines - TSimd.Lanes);
            float* from = source + line * lineStep, to = target + line;
            TVector a = Shifted(from), b = Shifted(from + lineStep), c = Shifted(from + 2 * lineStep), d = Shifted(from + 3 * lineStep);
            Turn<TVector, TSquares>(ref a, ref b, ref c, ref d);
            Store(a, to);
            Store(b, to + targetStep);
            Store(c, to + 2 * targetStep);
            Store(d, to + 3 * targetStep);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        TVector Shifted(float* sums) => TSimd.MultiplyAdd(TSquares.Load(sums, next), scale, shift);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        void Store(TVector results, float* place)
        {
            if (finish->Adds) results = TSimd.Add(results, TSimd.Load(finish->Addend(place)));
            TSimd.Store(finish->Rectify ? TSimd.Rectify(results) : results, place);
        }
    }

    [MethodImpl(Compile.AtOnce)]
    private static void Copy<T>(T* source, nint depthStep, int lines, int depth, T* panel, int width) where T : unmanaged
    {
        int lanes = Vector256<T>.Count, half = lanes / 2;
        for (int p = 0; p < depth; p++, source += depthStep, panel += width)
        {
            int line = 0;
            for (; line <= lines - lanes; line += lanes) Vector256.Load(source + line).Store(panel + line);
            for (; line < lines && lines >= half; line = Math.Min(line + half, lines))
            {
                int at = Math.Min(line, lines - half);
                Vector128.Load(source + at).Store(panel + at);
            }
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
                for (; line <= lines - 8; line += 8) TransposeSquares<Vector256<float>, Simd256<float>, Squares256>((float*)source + line * lineStep, lineStep, depth, (float*)target + line, step);
            }
            for (; line < lines && lines >= 4; line = Math.Min(line + 4, lines))
            {
                int at = Math.Min(line, lines - 4);
                TransposeSquares<Vector128<float>, Simd128<float>, Squares128>((float*)source + at * lineStep, lineStep, depth, (float*)target + at, step);
            }
        }
        else if (sizeof(T) == sizeof(double))
        {
            for (; line <= lines - 2; line += 2) TransposeTwo((double*)source + line * lineStep, lineStep, depth, (double*)target + line, step);
        }
        for (; line < lines; line++) Scatter(source + line * lineStep, depth, target + line, step);
        for (; line < width; line++) Zero(depth, target + line, step);
    }

    /// <summary>As many lines as a vector has numbers, four steps at a time. With eight there are half as many trips through a panel that the first cache does not hold.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void TransposeSquares<TVector, TSimd, TSquares>(float* source, nint lineStep, int depth, float* panel, nint width)
        where TVector : unmanaged where TSimd : struct, ISimd<TVector, float> where TSquares : struct, ISquares<TVector>
    {
        nint next = 4 * lineStep;
        int p = 0;
        for (; p <= depth - 4; p += 4, panel += 4 * width)
        {
            float* from = source + p;
            TVector a = TSquares.Load(from, next), b = TSquares.Load(from + lineStep, next), c = TSquares.Load(from + 2 * lineStep, next), d = TSquares.Load(from + 3 * lineStep, next);
            Turn<TVector, TSquares>(ref a, ref b, ref c, ref d);
            TSimd.Store(a, panel);
            TSimd.Store(b, panel + width);
            TSimd.Store(c, panel + 2 * width);
            TSimd.Store(d, panel + 3 * width);
        }
        for (; p < depth; p++, panel += width)
        {
            for (int line = 0; line < TSimd.Lanes; line++) panel[line] = source[line * lineStep + p];
        }
    }

    /// <summary>Rows become columns, in each square: two rounds of interleaving.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Turn<TVector, TSquares>(ref TVector a, ref TVector b, ref TVector c, ref TVector d)
        where TVector : unmanaged where TSquares : struct, ISquares<TVector>
    {
        TVector lowAB = TSquares.Low(a, b), highAB = TSquares.High(a, b), lowCD = TSquares.Low(c, d), highCD = TSquares.High(c, d);
        (a, b) = (TSquares.LowPairs(lowAB, lowCD), TSquares.HighPairs(lowAB, lowCD));
        (c, d) = (TSquares.LowPairs(highAB, highCD), TSquares.HighPairs(highAB, highCD));
    }

    /// <summary>Two lines of 64-bit numbers.</summary>
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
