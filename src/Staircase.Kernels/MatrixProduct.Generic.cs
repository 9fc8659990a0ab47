using System.Numerics;

namespace Staircase.Kernels;

public static unsafe partial class MatrixProduct
{
    /// <summary>The same for code that is written once for both precisions.</summary>
    /// <inheritdoc cref="Multiply(int, int, int, double, ReadOnlySpan{double}, int, bool, ReadOnlySpan{double}, int, bool, double, Span{double}, int, ThreadTeam)"/>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> is neither float nor double.</exception>
    public static void Multiply<T>(
        int rows, int columns, int inner, T alpha,
        ReadOnlySpan<T> a, int aStride, bool transposeA,
        ReadOnlySpan<T> b, int bStride, bool transposeB,
        T beta, Span<T> c, int cStride, ThreadTeam? team = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        KernelArguments.RequirePrecision<T>();
        KernelArguments.RequireMatrix(nameof(a), a.Length, transposeA ? inner : rows, transposeA ? rows : inner, aStride);
        KernelArguments.RequireMatrix(nameof(b), b.Length, transposeB ? columns : inner, transposeB ? inner : columns, bStride);
        KernelArguments.RequireMatrix(nameof(c), c.Length, rows, columns, cStride);
        if (rows == 0 || columns == 0)
            return;
        fixed (T* pa = a, pb = b, pc = c)
            Dispatch(rows, columns, inner, alpha, pa, aStride, transposeA, pb, bStride, transposeB, beta, pc, cStride, team);
    }
}
