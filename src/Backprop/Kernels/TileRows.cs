using System.Runtime.InteropServices;

namespace Backprop.Kernels;

/// <summary>
/// A number of rows as the size of a type. That is a number to the compiler as soon as it reads a method, so it never looks at the code of the rows beyond it; a property it would know
/// only after it has read them all, which made compiling a tile take three times as long.
/// </summary>
internal interface IRows;

[StructLayout(LayoutKind.Sequential, Size = 1)] internal readonly struct Rows1 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 2)] internal readonly struct Rows2 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 3)] internal readonly struct Rows3 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 4)] internal readonly struct Rows4 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 5)] internal readonly struct Rows5 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 6)] internal readonly struct Rows6 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 7)] internal readonly struct Rows7 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 8)] internal readonly struct Rows8 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 9)] internal readonly struct Rows9 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 10)] internal readonly struct Rows10 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 11)] internal readonly struct Rows11 : IRows;
[StructLayout(LayoutKind.Sequential, Size = 12)] internal readonly struct Rows12 : IRows;
