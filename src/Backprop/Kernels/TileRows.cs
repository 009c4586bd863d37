using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

// A number of rows as a type of so many bytes: a size is known to the compiler as soon as it reads it, so that it never looks at the code of the rows beyond it. A property would be known
// only after everything was inlined, and inlining is what takes the time.

[InlineArray(1)] internal struct Rows1 { private byte _row; }
[InlineArray(2)] internal struct Rows2 { private byte _row; }
[InlineArray(3)] internal struct Rows3 { private byte _row; }
[InlineArray(4)] internal struct Rows4 { private byte _row; }
[InlineArray(5)] internal struct Rows5 { private byte _row; }
[InlineArray(6)] internal struct Rows6 { private byte _row; }
[InlineArray(7)] internal struct Rows7 { private byte _row; }
[InlineArray(8)] internal struct Rows8 { private byte _row; }
[InlineArray(9)] internal struct Rows9 { private byte _row; }
[InlineArray(10)] internal struct Rows10 { private byte _row; }
[InlineArray(11)] internal struct Rows11 { private byte _row; }
[InlineArray(12)] internal struct Rows12 { private byte _row; }
