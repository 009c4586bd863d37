using System.Numerics;
using System.Runtime.CompilerServices;
using Backprop.Kernels;

namespace Backprop;

public partial class Tensor
{
    /// <summary>A tensor of no axes that holds one number.</summary>
    public static Tensor Scalar(double value, DType dtype = DType.Float32) => Full(Shape.Scalar, value, dtype);

    /// <summary>A vector with the given elements.</summary>
    public static Tensor From<T>(params ReadOnlySpan<T> elements) where T : unmanaged => From(elements, [elements.Length]);

    /// <summary>A tensor with the given elements in row-major order.</summary>
    /// <exception cref="ShapeException">The number of elements is not that of the shape.</exception>
    public static Tensor From<T>(ReadOnlySpan<T> elements, Shape shape) where T : unmanaged
    {
        if (elements.Length != shape.ElementCount)
        {
            throw new ShapeException($"Tensor.From: {elements.Length} elements do not make a tensor of shape {shape}, which has {shape.ElementCount}.");
        }
        Tensor tensor = Uninitialized<T>(shape);
        elements.CopyTo(tensor.AsSpan<T>());
        return tensor;
    }

    /// <inheritdoc cref="From{T}(ReadOnlySpan{T}, Shape)"/>
    public static Tensor From<T>(T[] elements, Shape shape) where T : unmanaged => From((ReadOnlySpan<T>)elements, shape);

    /// <summary>A matrix with the elements of a rectangular array.</summary>
    public static Tensor From<T>(T[,] elements) where T : unmanaged
    {
        ArgumentNullException.ThrowIfNull(elements);
        return From(elements.Cast<T>().ToArray(), [elements.GetLength(0), elements.GetLength(1)]);
    }

    /// <summary>A tensor of zeros (or of false).</summary>
    public static Tensor Zeros(Shape shape, DType dtype = DType.Float32) => Full(shape, 0, dtype);

    /// <summary>A tensor of ones (or of true).</summary>
    public static Tensor Ones(Shape shape, DType dtype = DType.Float32) => Full(shape, 1, dtype);

    /// <summary>A tensor whose elements are all <paramref name="value"/>.</summary>
    public static Tensor Full(Shape shape, double value, DType dtype = DType.Float32)
    {
        Tensor tensor = Uninitialized(shape, dtype);
        tensor.Fill(value);
        return tensor;
    }

    /// <summary>The whole numbers from 0 up to but not including <paramref name="count"/>.</summary>
    public static Tensor Range(int count, DType dtype = DType.Float32) => Generate([count], dtype, i => i);

    /// <summary>Independent numbers, uniform in [<paramref name="low"/>, <paramref name="high"/>).</summary>
    public static Tensor Uniform(Shape shape, RandomSource random, double low = 0, double high = 1, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Generate(shape, dtype, _ => random.NextUniform(low, high));
    }

    /// <summary>Independent normal numbers.</summary>
    public static Tensor Normal(Shape shape, RandomSource random, double mean = 0, double standardDeviation = 1, DType dtype = DType.Float32)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Generate(shape, dtype, _ => mean + standardDeviation * random.NextNormal());
    }

    /// <summary>A tensor whose element at each row-major position is what <paramref name="element"/> says.</summary>
    public static Tensor Generate(Shape shape, DType dtype, Func<int, double> element)
    {
        ArgumentNullException.ThrowIfNull(element);
        Tensor tensor = Uninitialized(shape, dtype);
        switch (dtype)
        {
            case DType.Float32: Generate(tensor.AsSpan<float>(), element); break;
            case DType.Float64: Generate(tensor.AsSpan<double>(), element); break;
            case DType.Int32: Generate(tensor.AsSpan<int>(), element); break;
            case DType.Int64: Generate(tensor.AsSpan<long>(), element); break;
            default:
                Span<bool> truths = tensor.AsSpan<bool>();
                for (int i = 0; i < truths.Length; i++) truths[i] = element(i) != 0;
                break;
        }
        return tensor;
    }

    /// <summary>Room for elements that the caller will write, all of them.</summary>
    [MethodImpl(Compile.Once)]
    internal static Tensor Uninitialized<T>(Shape shape) where T : unmanaged =>
        StepMemory.Current is { } step ? step.NewTensor<T>(shape) : new Tensor(shape, DTypes.Of<T>(), Storage.New<T>(shape.ElementCount), life: 0);

    /// <inheritdoc cref="Uninitialized{T}(Shape)"/>
    internal static Tensor Uninitialized(Shape shape, DType dtype) => dtype switch
    {
        DType.Float32 => Uninitialized<float>(shape),
        DType.Float64 => Uninitialized<double>(shape),
        DType.Int32 => Uninitialized<int>(shape),
        DType.Int64 => Uninitialized<long>(shape),
        _ => Uninitialized<bool>(shape),
    };

    /// <summary>Sets every element.</summary>
    internal void Fill(double value)
    {
        switch (DType)
        {
            case DType.Float32: Fill(AsSpan<float>(), value); break;
            case DType.Float64: Fill(AsSpan<double>(), value); break;
            case DType.Int32: Fill(AsSpan<int>(), value); break;
            case DType.Int64: Fill(AsSpan<long>(), value); break;
            default: AsSpan<bool>().Fill(value != 0); break;
        }
    }

    private static void Fill<T>(Span<T> elements, double value) where T : unmanaged, INumberBase<T>
    {
        if (BitConverter.DoubleToInt64Bits(value) == 0) elements.Clear(); // −0 has a bit
        else elements.Fill(T.CreateTruncating(value));
    }

    private static void Generate<T>(Span<T> elements, Func<int, double> element) where T : unmanaged, INumberBase<T>
    {
        for (int i = 0; i < elements.Length; i++) elements[i] = T.CreateTruncating(element(i));
    }
}
