using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Backprop.Kernels;

/// <summary>The left operand of a tile of some rows: at each step of the sum one number for each row.</summary>
internal interface ITileLeft<T>
{
    /// <summary>The number of a row at this step, or so many steps <paramref name="ahead"/>.</summary>
    T At<TRows>(int row, int ahead) where TRows : unmanaged, IRows;

    /// <summary>So many steps on.</summary>
    void Advance<TRows>(int steps) where TRows : unmanaged, IRows;

    /// <summary>To the tile that begins so many rows below: where sums are short, a call for each tile would cost as much as some of its steps. False where a call computes one tile.</summary>
    bool Descend(int rows);
}

/// <summary>The right operand of a tile: at each step of the sum one or two vectors of neighbouring columns.</summary>
internal unsafe interface ITileRight<T> where T : unmanaged
{
    /// <summary>The columns at this step, or so many steps <paramref name="ahead"/>.</summary>
    T* At(int ahead);

    /// <summary>So many steps on.</summary>
    void Advance(int steps);
}

/// <summary>What becomes of a finished row of a tile.</summary>
internal unsafe interface ITileStore<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>For the first vector of a row, and the second if it has two.</summary>
    void Store<TColumns, TVector, TSimd>(TVector x, TVector y, T* destination, int row)
        where TColumns : unmanaged, IRows where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>;

    /// <summary>To the tile that begins so many rows below.</summary>
    void Descend(int rows);
}

/// <summary>The rows' numbers lie side by side, one step after the other: a packed panel, or a matrix that is stored transposed.</summary>
internal unsafe struct AdjacentRows<T>(T* start, nint step) : ITileLeft<T> where T : unmanaged
{
    private T* _at = start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T At<TRows>(int row, int ahead) where TRows : unmanaged, IRows => _at[ahead * step + row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance<TRows>(int steps) where TRows : unmanaged, IRows => _at += steps * step;

    public readonly bool Descend(int rows) => false;
}

/// <summary>The rows of all tiles are packed: those of each side by side, one step after the other, and below them those of the next.</summary>
internal unsafe struct PackedRows<T>(T* start, nint depth) : ITileLeft<T> where T : unmanaged
{
    private T* _at = start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T At<TRows>(int row, int ahead) where TRows : unmanaged, IRows => _at[ahead * sizeof(TRows) + row];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance<TRows>(int steps) where TRows : unmanaged, IRows => _at += steps * sizeof(TRows);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Descend(int rows)
    {
        _at += rows * depth;
        return true;
    }
}

/// <summary>The rows lie a fixed distance apart, their numbers side by side: a plain matrix. Three pointers and three multiples of the distance reach all twelve without a multiplication.</summary>
internal unsafe struct EvenRows<T>(T* start, nint rowStep) : ITileLeft<T> where T : unmanaged
{
    private readonly nint _step = rowStep;
    private T* _first = start, _fifth = start + 4 * rowStep, _ninth = start + 8 * rowStep;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T At<TRows>(int row, int ahead) where TRows : unmanaged, IRows => *((row < 4 ? _first : row < 8 ? _fifth : _ninth) + row % 4 * _step + ahead);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance<TRows>(int steps) where TRows : unmanaged, IRows
    {
        _first += steps;
        _fifth += steps;
        _ninth += steps;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Descend(int rows)
    {
        _first += rows * _step;
        _fifth += rows * _step;
        _ninth += rows * _step;
        return true;
    }
}

/// <summary>Each row lies somewhere, its numbers side by side: the pixels under the weights of a convolution.</summary>
internal unsafe struct ScatteredRows<T>(T** rows) : ITileLeft<T> where T : unmanaged
{
    private nint _at;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T At<TRows>(int row, int ahead) where TRows : unmanaged, IRows => rows[row][_at + ahead];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance<TRows>(int steps) where TRows : unmanaged, IRows => _at += steps;

    public readonly bool Descend(int rows) => false;
}

/// <summary>The steps lie a fixed distance apart: a packed panel, or columns of a plain matrix.</summary>
internal unsafe struct EvenSteps<T>(T* start, nint step) : ITileRight<T> where T : unmanaged
{
    private T* _at = start;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* At(int ahead) => _at + ahead * step;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int steps) => _at += steps * step;
}

/// <summary>The steps lie one after the other, each as wide as the tile: a packed panel. What begins at <paramref name="soon"/> is read later and far away by now: four steps send for a line of it.</summary>
internal unsafe struct PackedSteps<T, TVector, TColumns>(T* start, T* soon) : ITileRight<T> where T : unmanaged where TVector : unmanaged where TColumns : unmanaged, IRows
{
    private T* _at = start, _soon = soon;

    private static int Width => sizeof(TColumns) * sizeof(TVector) / sizeof(T);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* At(int ahead) => _at + ahead * Width;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int steps)
    {
        _at += steps * Width;
        if (steps == 1 || !Sse.IsSupported) return;
        Sse.Prefetch1(_soon); // into the second cache
        _soon += Scratch.CacheLine / sizeof(T);
    }
}

/// <summary>Each step lies at an offset of its own: the pixels under one weight of a convolution.</summary>
internal unsafe struct TabledSteps<T>(T* origin, nint* offsets) : ITileRight<T> where T : unmanaged
{
    private nint* _at = offsets;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly T* At(int ahead) => origin + _at[ahead];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Advance(int steps) => _at += steps;
}

/// <summary><c>c = sum</c>.</summary>
internal readonly unsafe struct StoreNew<T> : ITileStore<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TColumns, TVector, TSimd>(TVector x, TVector y, T* destination, int row)
        where TColumns : unmanaged, IRows where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        TSimd.Store(x, destination);
        if (sizeof(TColumns) == 2) TSimd.Store(y, destination + TSimd.Lanes);
    }

    public void Descend(int rows) { }
}

/// <summary><c>c = sum</c> or <c>c += sum</c>.</summary>
internal readonly unsafe struct StoreSum<T>(bool accumulate) : ITileStore<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store<TColumns, TVector, TSimd>(TVector x, TVector y, T* destination, int row)
        where TColumns : unmanaged, IRows where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        TSimd.Store(accumulate ? TSimd.Add(TSimd.Load(destination), x) : x, destination);
        if (sizeof(TColumns) == 2) TSimd.Store(accumulate ? TSimd.Add(TSimd.Load(destination + TSimd.Lanes), y) : y, destination + TSimd.Lanes);
    }

    public void Descend(int rows) { }
}

/// <summary>The end of a convolution: <see cref="ConvolutionFinish{T}"/>, whose channels are the rows.</summary>
/// <remarks>Where it lies, not what it is: a copy of what was written field by field just now would wait until the results of the tile before have left for memory.</remarks>
internal unsafe struct StoreFinished<T>(ConvolutionFinish<T>* finish) : ITileStore<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private nint _first; // channel of the tile

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Store<TColumns, TVector, TSimd>(TVector x, TVector y, T* destination, int row)
        where TColumns : unmanaged, IRows where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
    {
        if (finish->Shift != null)
        {
            TVector shift = TSimd.Broadcast(finish->Shift[_first + row]);
            if (finish->Scale != null)
            {
                TVector scale = TSimd.Broadcast(finish->Scale[_first + row]);
                x = TSimd.MultiplyAdd(x, scale, shift);
                if (sizeof(TColumns) == 2) y = TSimd.MultiplyAdd(y, scale, shift);
            }
            else
            {
                x = TSimd.Add(x, shift);
                if (sizeof(TColumns) == 2) y = TSimd.Add(y, shift);
            }
        }
        if (finish->Rectify)
        {
            x = TSimd.Rectify(x);
            if (sizeof(TColumns) == 2) y = TSimd.Rectify(y);
        }
        TSimd.Store(x, destination);
        if (sizeof(TColumns) == 2) TSimd.Store(y, destination + TSimd.Lanes);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Descend(int rows) => _first += rows;
}
