namespace Backprop.Kernels;

/// <summary>A matrix in memory: element (i, j) lies at <c>start + i·rowStep + j·columnStep</c>, and one of the steps is 1.</summary>
internal readonly unsafe struct MatrixView<T>(T* start, nint rowStep, nint columnStep) where T : unmanaged
{
    /// <summary>A row-major matrix of <paramref name="columns"/> columns.</summary>
    public MatrixView(T* start, int columns) : this(start, columns, 1) { }

    public nint RowStep => rowStep;
    public nint ColumnStep => columnStep;
    public MatrixView<T> Transposed => new(start, columnStep, rowStep);

    public T* At(nint row, nint column) => start + row * rowStep + column * columnStep;

    public MatrixView<T> From(nint row, nint column) => new(At(row, column), rowStep, columnStep);
}
