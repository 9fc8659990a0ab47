using System.Numerics;
using System.Runtime.CompilerServices;

namespace Staircase.Kernels;

public static unsafe partial class MatrixProduct
{
    /// <summary>Computes <c>C_i = alpha * op(A_i) * op(B_i) + beta * C_i</c> for matrices that lie at equal distances; sizes and strides as in <see cref="Multiply{T}"/>.</summary>
    /// <param name="count">Number of products.</param>
    /// <param name="rows">Rows of op(A) and of C.</param>
    /// <param name="columns">Columns of op(B) and of C.</param>
    /// <param name="inner">Columns of op(A) and rows of op(B).</param>
    /// <param name="alpha">Factor of the products.</param>
    /// <param name="a">The matrices A.</param>
    /// <param name="aStride">Distance between the rows of an A.</param>
    /// <param name="aStep">Distance from one A to the next; 0 uses one A for all.</param>
    /// <param name="transposeA">Whether op(A) is the transpose of A.</param>
    /// <param name="b">The matrices B.</param>
    /// <param name="bStride">Distance between the rows of a B.</param>
    /// <param name="bStep">Distance from one B to the next; 0 uses one B for all.</param>
    /// <param name="transposeB">Whether op(B) is the transpose of B.</param>
    /// <param name="beta">Factor of the old C; with 0 the old C is overwritten unread.</param>
    /// <param name="c">The matrices C; they must not share elements with each other, A or B.</param>
    /// <param name="cStride">Distance between the rows of a C.</param>
    /// <param name="cStep">Distance from one C to the next.</param>
    /// <param name="team">Threads that share the products; null works on the caller's alone.</param>
    /// <remarks>Each product has the bits that it has alone.</remarks>
    /// <exception cref="ArgumentException">A size or step is negative, a stride is shorter than a row, or a span is too short for its matrices.</exception>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void MultiplyBatch<T>(
        int count, int rows, int columns, int inner, T alpha,
        ReadOnlySpan<T> a, int aStride, int aStep, bool transposeA,
        ReadOnlySpan<T> b, int bStride, int bStep, bool transposeB,
        T beta, Span<T> c, int cStride, int cStep, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        KernelArguments.RequireBatch(nameof(a), a.Length, count, aStep, transposeA ? inner : rows, transposeA ? rows : inner, aStride);
        KernelArguments.RequireBatch(nameof(b), b.Length, count, bStep, transposeB ? columns : inner, transposeB ? inner : columns, bStride);
        KernelArguments.RequireBatch(nameof(c), c.Length, count, cStep, rows, columns, cStride);
        if (rows == 0 || columns == 0)
            return;

        fixed (T* pa = a, pb = b, pc = c)
        {
            BatchJob<T> job = new()
            {
                Count = count,
                Parts = team is null ? 1 : Math.Min(count, 4 * team.Threads),
                Rows = rows,
                Columns = columns,
                Inner = inner,
                Alpha = alpha,
                A = pa,
                B = pb,
                C = pc,
                AStride = aStride,
                BStride = bStride,
                CStride = cStride,
                AStep = aStep,
                BStep = bStep,
                CStep = cStep,
                TransposeA = transposeA,
                TransposeB = transposeB,
                Beta = beta,
            };
            if (team is null)
                BatchPart<T>(&job, 0);
            else
                team.Run(job.Parts, &BatchPart<T>, &job);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void BatchPart<T>(void* arguments, int part)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        BatchJob<T> job = *(BatchJob<T>*)arguments;
        int last = (int)((part + 1L) * job.Count / job.Parts);
        for (int i = (int)((long)part * job.Count / job.Parts); i < last; i++)
        {
            Dispatch(job.Rows, job.Columns, job.Inner, job.Alpha, job.A + (i * job.AStep), job.AStride, job.TransposeA,
                job.B + (i * job.BStep), job.BStride, job.TransposeB, job.Beta, job.C + (i * job.CStep), job.CStride, null);
        }
    }

    private struct BatchJob<T>
        where T : unmanaged
    {
        public int Count, Parts, Rows, Columns, Inner;
        public T Alpha, Beta;
        public T* A, B, C;
        public nint AStride, BStride, CStride, AStep, BStep, CStep;
        public bool TransposeA, TransposeB;
    }
}
