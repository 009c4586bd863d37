using System.Numerics;

namespace Backprop.Kernels;

/// <summary>
/// The product of few rows with a larger matrix stored transposed, <c>x·Wᵀ</c>, as <c>(W·xᵀ)ᵀ</c>: the rows of W are read where they are, and x and the result are turned around instead, which
/// are smaller.
/// </summary>
internal static unsafe class MatMulTurned<T, TVector, TSimd>
    where T : unmanaged, IFloatingPointIeee754<T> where TVector : unmanaged where TSimd : struct, ISimd<TVector, T>
{
    /// <summary>What it costs, in steps of one vector: that of the product in blocks, and turning c around, there and back; the most there is where it can't be, or rarely pays.</summary>
    public static long Cost(in MatMulProblem<T> problem)
    {
        if (problem.A.ColumnStep != 1 || problem.B.RowStep != 1 || problem.M % MatMulTile<T, TVector, TSimd>.Columns != 0 || problem.N < 2 * problem.M) return long.MaxValue;
        if (MatMulBlocks<T, TVector, TSimd>.PacksLeft(problem.B.ColumnStep, problem.M)) return long.MaxValue; // and nothing were gained
        return MatMulBlocks<T, TVector, TSimd>.Cost(problem.N, problem.M, problem.K) + (long)problem.M * problem.N;
    }

    public static void Multiply(in MatMulProblem<T> problem)
    {
        using Scratch.Lease<T> turned = Scratch.Rent<T>((nint)problem.M * problem.N);
        var job = new TurnJob { Problem = problem, Turned = turned.Start, Parts = EvenSplit.InParts(problem.N, TileGrid.PiecesFor((long)problem.M * problem.N * problem.K)) };
        if (problem.Accumulate) WorkerPool.Run(ref job, job.Parts.Parts);
        MatMulBlocks<T, TVector, TSimd>.Multiply(new(problem.B.Transposed, problem.A.Transposed, turned.Start, problem.M, problem.N, problem.M, problem.K, problem.Accumulate));
        job.Back = true;
        WorkerPool.Run(ref job, job.Parts.Parts);
    }

    /// <summary>Turns some columns of c into rows, or back.</summary>
    private struct TurnJob : IPieceJob
    {
        public MatMulProblem<T> Problem;
        public T* Turned;
        public bool Back;
        public EvenSplit Parts;

        public readonly void Run(int piece)
        {
            int first = Parts.Start(piece), count = Parts.Length(piece), rows = Problem.M;
            T* c = Problem.C + first, turned = Turned + (nint)first * rows;
            if (Back) PanelPacker.Transpose(turned, rows, count, rows, c, (int)Problem.CStride, count);
            else PanelPacker.Transpose(c, Problem.CStride, rows, count, turned, rows, rows);
        }
    }
}
