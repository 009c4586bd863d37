using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>
/// The gradient of a convolution's weights where 2 × 2 pooling follows, transposed: <c>dwᵀ[k, o] = Σ_{n, p} (the pixel of x_n that weight k met where window p of channel o was won) · dy_n[o, p]</c>.
/// Three of a window's four places have won nothing and have no slope, so this has a quarter of the multiplications of <see cref="ConvolutionWeightGradient{T, TVector, TSimd}"/>.
/// </summary>
/// <remarks>
/// A vector holds the slopes of one window in as many channels. Under one weight, whichever places won, they look at the same four pixels; so each pixel has the three others beside it, a
/// <em>quad</em>, of which one instruction picks for all channels.
/// Images are dealt to at most 16 groups, by the sizes alone; each group has a sum of its own, and these are added in order.
/// </remarks>
internal static unsafe class PooledWeightGradient<TVector, TSimd> where TVector : unmanaged where TSimd : struct, ISimd<TVector, float>
{
    private const int MostSums = 16;
    private const long WorkOfPiece = 1 << 17; // multiply-adds

    private static int PanelWidth => 2 * TSimd.Lanes;

    public static void Run(float* x, float* dy, byte* winners, float* dw, in ConvolutionShape shape)
    {
        PoolingShape pooling = shape.Halved;
        int height = shape.InHeight + 2 * shape.PadHeight, width = shape.InWidth + 2 * shape.PadWidth, places = pooling.OutPlaneLength;
        int depth = shape.InChannels * shape.KernelHeight * shape.KernelWidth, columnsOfSum = (shape.OutChannels + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;
        nint sumLength = (nint)depth * columnsOfSum;
        int sums = (int)long.Clamp(shape.MultiplyAdds / 4 / WorkOfPiece, 1, MostSums);
        var images = new EvenSplit(shape.Batch, (shape.Batch + sums - 1) / sums);

        using Scratch.Lease<float> partial = Scratch.Rent<float>(images.Parts * sumLength);
        using Scratch.Lease<nint> offsets = Scratch.Rent<nint>(depth + places);
        nint* taps = offsets.Start, corners = taps + depth;
        for (int k = 0; k < depth; k++)
        {
            (int line, int column) = Math.DivRem(k, shape.KernelWidth);
            (int channel, int row) = Math.DivRem(line, shape.KernelHeight);
            taps[k] = 4 * (((nint)channel * height + row * shape.DilationHeight) * width + column * shape.DilationWidth);
        }
        for (int p = 0; p < places; p++)
        {
            (int i, int j) = Math.DivRem(p, pooling.OutWidth);
            corners[p] = 4 * 2 * ((nint)i * shape.StrideHeight * width + j * shape.StrideWidth);
        }
        var job = new Job
        {
            X = x,
            Dy = dy,
            Winners = winners,
            Sums = partial.Start,
            SumLength = sumLength,
            ColumnsOfSum = columnsOfSum,
            Taps = taps,
            Corners = corners,
            Depth = depth,
            Places = places,
            Height = height,
            Width = width,
            Shape = shape,
            Images = images,
        };
        WorkerPool.Run(ref job, images.Parts);

        for (int part = 1; part < images.Parts; part++) ConvolutionWeightGradient<float, TVector, TSimd>.Add(partial.Start, partial.Start + part * sumLength, sumLength);
        PanelPacker.Pack(partial.Start, columnsOfSum, 1, depth, shape.OutChannels, dw, depth);
    }

    private struct Job : IPieceJob
    {
        public float* X, Dy, Sums;
        public byte* Winners;
        public nint SumLength;
        public int ColumnsOfSum;
        public nint* Taps, Corners; // where the quads of a weight begin, and how much further those of a window lie
        public int Depth, Places, Height, Width;
        public ConvolutionShape Shape;
        public EvenSplit Images;

        public readonly void Run(int piece)
        {
            int pixels = Shape.InChannels * Height * Width, down = Shape.StrideHeight * Width, right = Shape.StrideWidth, panelLength = PanelWidth * Places;
            int room = pixels + down + right + Vector128<float>.Count; // the last quads reach beyond the image
            using Scratch.Lease<float> padded = Scratch.Rent<float>(room), quads = Scratch.Rent<float>(4 * room);
            using Scratch.Lease<float> slopes = Scratch.Rent<float>(panelLength), winners = Scratch.Rent<float>(panelLength), wide = Scratch.Rent<float>(panelLength);
            float* sums = Sums + piece * SumLength;
            new Span<float>(padded.Start, room).Clear();
            new Span<float>(sums, checked((int)SumLength)).Clear();
            for (int image = Images.Start(piece), end = image + Images.Length(piece); image < end; image++)
            {
                Pad(X + (nint)image * Shape.InChannels * Shape.InHeight * Shape.InWidth, padded.Start);
                GatherQuads(padded.Start, right, down, pixels, quads.Start);
                for (int channel = 0; channel < Shape.OutChannels; channel += PanelWidth)
                {
                    int channels = Math.Min(PanelWidth, Shape.OutChannels - channel), width = channels <= TSimd.Lanes ? TSimd.Lanes : PanelWidth;
                    nint plane = ((nint)image * Shape.OutChannels + channel) * Places;
                    PanelPacker.Pack(Dy + plane, Places, 1, channels, Places, slopes.Start, width);
                    Widen(Winners + plane, channels * Places, (uint*)wide.Start);
                    PanelPacker.Pack(wide.Start, Places, 1, channels, Places, winners.Start, width);
                    if (width == PanelWidth) AddPlaces<Rows2>(quads.Start, slopes.Start, winners.Start, sums + channel);
                    else AddPlaces<Rows1>(quads.Start, slopes.Start, winners.Start, sums + channel);
                }
            }
        }

        private readonly void Pad(float* source, float* image)
        {
            for (int line = 0; line < Shape.InChannels * Shape.InHeight; line++, source += Shape.InWidth)
            {
                (int channel, int row) = Math.DivRem(line, Shape.InHeight);
                new ReadOnlySpan<float>(source, Shape.InWidth).CopyTo(new Span<float>(image + ((nint)channel * Height + row + Shape.PadHeight) * Width + Shape.PadWidth, Shape.InWidth));
            }
        }

        private readonly void AddPlaces<TColumns>(float* quads, float* slopes, float* winners, float* sums) where TColumns : unmanaged, IRows
        {
            var tiles = new EvenSplit(Depth, sizeof(TColumns) == 2 && TSimd.TileRows == 6 ? 5 : 6); // ten sums, slopes, winners, a quad and what is picked: sixteen registers
            for (int tile = 0; tile < tiles.Parts; tile++)
            {
                nint* taps = Taps + tiles.Start(tile);
                float* sum = sums + tiles.Start(tile) * ColumnsOfSum;
                switch (tiles.Length(tile))
                {
                    case 1: Compute<Rows1, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                    case 2: Compute<Rows2, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                    case 3: Compute<Rows3, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                    case 4: Compute<Rows4, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                    case 5: Compute<Rows5, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                    default: Compute<Rows6, TColumns>(quads, taps, Corners, Places, slopes, winners, sum, ColumnsOfSum); break;
                }
            }
        }
    }

    /// <summary>Each pixel, the one a stride to the right, the one a stride below, and the one below that is right of it: the order of winners.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void GatherQuads(float* image, nint right, nint down, int pixels, float* quads)
    {
        for (float* end = image + pixels; image < end; image += 4, quads += 16)
        {
            Vector128<float> a = Vector128.Load(image), b = Vector128.Load(image + right), c = Vector128.Load(image + down), d = Vector128.Load(image + down + right);
            Vector128<double> upperLow = Interleave.Low(a, b).AsDouble(), upperHigh = Interleave.High(a, b).AsDouble();
            Vector128<double> lowerLow = Interleave.Low(c, d).AsDouble(), lowerHigh = Interleave.High(c, d).AsDouble();
            Interleave.Low(upperLow, lowerLow).AsSingle().Store(quads);
            Interleave.High(upperLow, lowerLow).AsSingle().Store(quads + 4);
            Interleave.Low(upperHigh, lowerHigh).AsSingle().Store(quads + 8);
            Interleave.High(upperHigh, lowerHigh).AsSingle().Store(quads + 12);
        }
    }

    /// <summary>Bytes as integers of the size of slopes, which can be turned around together with them.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void Widen(byte* source, int count, uint* target)
    {
        int i = 0;
        for (; i <= count - Vector128<byte>.Count; i += Vector128<byte>.Count)
        {
            (Vector128<ushort> low, Vector128<ushort> high) = Vector128.Widen(Vector128.Load(source + i));
            (Vector128<uint> first, Vector128<uint> second) = Vector128.Widen(low);
            (Vector128<uint> third, Vector128<uint> fourth) = Vector128.Widen(high);
            first.Store(target + i);
            second.Store(target + i + 4);
            third.Store(target + i + 8);
            fourth.Store(target + i + 12);
        }
        for (; i < count; i++) target[i] = source[i];
    }

    /// <summary>Adds an image's part of the sums of some weights, one below the other, and of a vector or two of channels.</summary>
    [MethodImpl(Compile.AtOnce)]
    private static void Compute<TTaps, TColumns>(float* quads, nint* taps, nint* corners, nint places, float* slopes, float* winners, float* sums, nint stride)
        where TTaps : unmanaged, IRows where TColumns : unmanaged, IRows
    {
        TVector x0, x1, x2, x3, x4, x5; // the first vector of each weight
        TVector y0, y1, y2, y3, y4, y5; // and the second
        x0 = x1 = x2 = x3 = x4 = x5 = y0 = y1 = y2 = y3 = y4 = y5 = default;
        float* q0 = quads + taps[0], q1 = sizeof(TTaps) > 1 ? quads + taps[1] : null, q2 = sizeof(TTaps) > 2 ? quads + taps[2] : null;
        float* q3 = sizeof(TTaps) > 3 ? quads + taps[3] : null, q4 = sizeof(TTaps) > 4 ? quads + taps[4] : null, q5 = sizeof(TTaps) > 5 ? quads + taps[5] : null;
        for (; places != 0; places--)
        {
            TVector a = TSimd.Load(slopes), b = sizeof(TColumns) == 2 ? TSimd.Load(slopes + TSimd.Lanes) : default;
            TVector i = TSimd.Load(winners), j = sizeof(TColumns) == 2 ? TSimd.Load(winners + TSimd.Lanes) : default;
            nint corner = *corners;
            Step<TColumns>(q0 + corner, a, i, b, j, ref x0, ref y0);
            if (sizeof(TTaps) > 1) Step<TColumns>(q1 + corner, a, i, b, j, ref x1, ref y1);
            if (sizeof(TTaps) > 2) Step<TColumns>(q2 + corner, a, i, b, j, ref x2, ref y2);
            if (sizeof(TTaps) > 3) Step<TColumns>(q3 + corner, a, i, b, j, ref x3, ref y3);
            if (sizeof(TTaps) > 4) Step<TColumns>(q4 + corner, a, i, b, j, ref x4, ref y4);
            if (sizeof(TTaps) > 5) Step<TColumns>(q5 + corner, a, i, b, j, ref x5, ref y5);
            slopes += sizeof(TColumns) * TSimd.Lanes;
            winners += sizeof(TColumns) * TSimd.Lanes;
            corners++;
        }
        Store<TColumns>(x0, y0, sums);
        if (sizeof(TTaps) > 1) Store<TColumns>(x1, y1, sums + stride);
        if (sizeof(TTaps) > 2) Store<TColumns>(x2, y2, sums + 2 * stride);
        if (sizeof(TTaps) > 3) Store<TColumns>(x3, y3, sums + 3 * stride);
        if (sizeof(TTaps) > 4) Store<TColumns>(x4, y4, sums + 4 * stride);
        if (sizeof(TTaps) > 5) Store<TColumns>(x5, y5, sums + 5 * stride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step<TColumns>(float* quad, TVector a, TVector i, TVector b, TVector j, ref TVector x, ref TVector y) where TColumns : unmanaged, IRows
    {
        TVector fours = Repeat(quad);
        x = TSimd.MultiplyAdd(a, Pick(fours, i, quad), x);
        if (sizeof(TColumns) == 2) y = TSimd.MultiplyAdd(b, Pick(fours, j, quad), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Repeat(float* quad)
    {
        if (typeof(TVector) == typeof(float)) return default;
        if (typeof(TVector) == typeof(Vector128<float>)) return Unsafe.BitCast<Vector128<float>, TVector>(Vector128.Load(quad));
        if (typeof(TVector) == typeof(Vector256<float>)) return Unsafe.BitCast<Vector256<float>, TVector>(Avx.IsSupported ? Avx.BroadcastVector128ToVector256(quad) : Vector256.Create(Vector128.Load(quad)));
        return Unsafe.BitCast<Vector512<float>, TVector>(Avx512F.IsSupported ? Avx512F.BroadcastVector128ToVector512(quad) : Vector512.Create(Vector128.Load(quad)));
    }

    /// <summary>For each lane the one of the four that its winner names; a single number is its own lane, and looks where they lie.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Pick(TVector fours, TVector winners, float* quad)
    {
        if (typeof(TVector) == typeof(float)) return Unsafe.BitCast<float, TVector>(quad[Unsafe.BitCast<TVector, int>(winners)]);
        if (typeof(TVector) == typeof(Vector128<float>))
        {
            Vector128<float> from = Unsafe.BitCast<TVector, Vector128<float>>(fours);
            Vector128<int> names = Unsafe.BitCast<TVector, Vector128<int>>(winners);
            return Unsafe.BitCast<Vector128<float>, TVector>(Avx.IsSupported ? Avx.PermuteVar(from, names) : Vector128.Shuffle(from, names));
        }
        if (typeof(TVector) == typeof(Vector256<float>))
        {
            Vector256<float> from = Unsafe.BitCast<TVector, Vector256<float>>(fours);
            Vector256<int> names = Unsafe.BitCast<TVector, Vector256<int>>(winners);
            return Unsafe.BitCast<Vector256<float>, TVector>(Avx.IsSupported ? Avx.PermuteVar(from, names) : Vector256.Shuffle(from, names));
        }
        Vector512<float> sixteen = Unsafe.BitCast<TVector, Vector512<float>>(fours);
        Vector512<int> of = Unsafe.BitCast<TVector, Vector512<int>>(winners);
        return Unsafe.BitCast<Vector512<float>, TVector>(Avx512F.IsSupported ? Avx512F.PermuteVar4x32(sixteen, of) : Vector512.Shuffle(sixteen, of));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TColumns>(TVector x, TVector y, float* sum) where TColumns : unmanaged, IRows
    {
        TSimd.Store(TSimd.Add(TSimd.Load(sum), x), sum);
        if (sizeof(TColumns) == 2) TSimd.Store(TSimd.Add(TSimd.Load(sum + TSimd.Lanes), y), sum + TSimd.Lanes);
    }
}
