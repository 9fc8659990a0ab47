using System.Buffers;
using System.Runtime.CompilerServices;
using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// The map of a sum of heads and its pull-back. A head is v (the label entry of V's last row), V (its input entries), U (D×D, the input
/// rows of KQ) and u (its label row): M = Σ v U + V uᵀ, label–label row Σ v u, input–input rows Σ V ⊗ U folded over the symmetric pair.
/// </summary>
internal static class HeadSum
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InContextMap(ReadOnlySpan<double> v, ReadOnlySpan<double> U, Span<double> M) =>
        MatrixProduct.Multiply(1, M.Length, v.Length, 1, v, v.Length, false, U, M.Length, false, 0, M, M.Length);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InContextPullBack(
        ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> dM, Span<double> dv, Span<double> dU)
    {
        int H = v.Length, square = dM.Length;
        for (int h = 0; h < H; h++)
        {
            dv[h] = VectorKernels.Dot(U.Slice(h * square, square), dM);
            Span<double> row = dU.Slice(h * square, square);
            row.Clear();
            VectorKernels.AddScaled(v[h], dM, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOtherBlocks(
        int D, ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> V, ReadOnlySpan<double> u, Span<double> map)
    {
        int H = v.Length, square = D * D;
        MatrixProduct.Multiply(D, D, H, 1, V, D, true, u, D, false, 1, map[..square], D);
        MatrixProduct.Multiply(1, D, H, 1, v, H, false, u, D, false, 0, map.Slice(square, D), D);

        double[] rented = ArrayPool<double>.Shared.Rent(D * square);
        Span<double> pairs = rented.AsSpan(0, D * square);
        MatrixProduct.Multiply(D, square, H, 1, V, D, true, U, square, false, 0, pairs, square);
        int offset = square + D;
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++, offset += D)
            {
                Span<double> row = map.Slice(offset, D);
                pairs.Slice(a * square + b * D, D).CopyTo(row);
                if (b > a)
                    VectorKernels.AddScaled(1, pairs.Slice(b * square + a * D, D), row);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOtherPullBack(
        int D, ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> V, ReadOnlySpan<double> u, ReadOnlySpan<double> mapGradient,
        Span<double> dv, Span<double> dU, Span<double> dV, Span<double> du)
    {
        int H = v.Length, square = D * D;
        ReadOnlySpan<double> dM = mapGradient[..square], dLabel = mapGradient.Slice(square, D);
        double[] rented = ArrayPool<double>.Shared.Rent(D * square);
        Span<double> dPairs = rented.AsSpan(0, D * square);
        int offset = square + D;
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++, offset += D)
            {
                ReadOnlySpan<double> row = mapGradient.Slice(offset, D);
                row.CopyTo(dPairs.Slice(a * square + b * D, D));
                row.CopyTo(dPairs.Slice(b * square + a * D, D));
            }
        }

        MatrixProduct.Multiply(H, 1, D, 1, u, D, false, dLabel, 1, false, 1, dv, 1);
        MatrixProduct.Multiply(H, square, D, 1, V, D, false, dPairs, square, false, 1, dU, square);
        MatrixProduct.Multiply(H, D, square, 1, U, square, false, dPairs, square, true, 0, dV, D);
        MatrixProduct.Multiply(H, D, D, 1, u, D, false, dM, D, true, 1, dV, D);
        MatrixProduct.Multiply(H, D, D, 1, V, D, false, dM, D, false, 0, du, D);
        MatrixProduct.Multiply(H, D, 1, 1, v, 1, false, dLabel, D, false, 1, du, D);
        ArrayPool<double>.Shared.Return(rented);
    }
}
