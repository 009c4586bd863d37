using System.Numerics;
using System.Runtime.CompilerServices;

namespace Backprop.Kernels;

/// <summary>A row vector times a plain matrix: <c>c[j] = Σ_p a[p] · b[p, j]</c>, in passes that add four rows of b at a time.</summary>
/// <remarks>Each row is read once, from its beginning to its end: the speed is that of the memory b comes from.</remarks>
internal static unsafe class MatMulVector<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    private const long WorkOfPiece = 1 << 17; // smaller than elsewhere: here memory is waited for
    private const int ColumnsOfPass = 2048;   // so much of c stays in the first cache

    public static bool Pays(in MatMulProblem<T> problem) => problem.M == 1 && problem.B.ColumnStep == 1 && problem.N >= TSimd.Lanes;

    public static void Multiply(in MatMulProblem<T> problem)
    {
        int pieces = (int)long.Clamp((long)problem.N * problem.K / WorkOfPiece, 1, 16);
        var job = new Job { Problem = problem, Columns = new EvenSplit(problem.N, Math.Max(Math.Min((problem.N - 1) / pieces + 1, ColumnsOfPass), 4 * TSimd.Lanes)) };
        if (pieces == 1 && job.Columns.Parts == 1) job.Run(0);
        else WorkerPool.Run(ref job, job.Columns.Parts);
    }

    private struct Job : IPieceJob
    {
        public MatMulProblem<T> Problem;
        public EvenSplit Columns;

        public readonly void Run(int piece)
        {
            int from = Columns.Start(piece), columns = Columns.Length(piece);
            T* a = Problem.A.At(0, 0), b = Problem.B.At(0, from), c = Problem.C + from;
            nint aStep = Problem.A.ColumnStep, row = Problem.B.RowStep;
            if (!Problem.Accumulate) new Span<T>(c, columns).Clear();
            int p = 0;
            for (; p <= Problem.K - 4; p += 4, a += 4 * aStep, b += 4 * row) AddFour(a[0], a[aStep], a[2 * aStep], a[3 * aStep], b, row, c, columns);
            for (; p < Problem.K; p++, a += aStep, b += row) AddOne(*a, b, c, columns);
        }

        [MethodImpl(Compile.AtOnce)]
        private static void AddFour(T a0, T a1, T a2, T a3, T* b, nint row, T* c, int columns)
        {
            TVector v0 = TSimd.Broadcast(a0), v1 = TSimd.Broadcast(a1), v2 = TSimd.Broadcast(a2), v3 = TSimd.Broadcast(a3);
            T* b1 = b + row, b2 = b1 + row, b3 = b2 + row;
            int j = 0;
            for (; j <= columns - TSimd.Lanes; j += TSimd.Lanes)
            {
                TVector sum = TSimd.MultiplyAdd(v0, TSimd.Load(b + j), TSimd.Load(c + j));
                sum = TSimd.MultiplyAdd(v1, TSimd.Load(b1 + j), sum);
                sum = TSimd.MultiplyAdd(v2, TSimd.Load(b2 + j), sum);
                TSimd.Store(TSimd.MultiplyAdd(v3, TSimd.Load(b3 + j), sum), c + j);
            }
            for (; j < columns; j++)
            {
                T sum = FusedMultiplyAdd.Of(a1, b1[j], FusedMultiplyAdd.Of(a0, b[j], c[j]));
                c[j] = FusedMultiplyAdd.Of(a3, b3[j], FusedMultiplyAdd.Of(a2, b2[j], sum));
            }
        }

        private static void AddOne(T a, T* b, T* c, int columns)
        {
            TVector v = TSimd.Broadcast(a);
            int j = 0;
            for (; j <= columns - TSimd.Lanes; j += TSimd.Lanes) TSimd.Store(TSimd.MultiplyAdd(v, TSimd.Load(b + j), TSimd.Load(c + j)), c + j);
            for (; j < columns; j++) c[j] = FusedMultiplyAdd.Of(a, b[j], c[j]);
        }
    }
}
