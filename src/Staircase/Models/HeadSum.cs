using System.Buffers;
using System.Runtime.CompilerServices;

namespace Staircase;

/// <summary>
/// The map of a sum of heads and its pull-back. A head is v (the label entry of V's last row), V (its input entries), U (D×D, the input
/// rows of KQ) and u (its label row): M = Σ v U + V uᵀ, label–label row Σ v u, input–input rows Σ V ⊗ U folded over the symmetric pair.
/// </summary>
internal static class HeadSum
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InContextMap(ReadOnlySpan<double> v, ReadOnlySpan<double> U, Span<double> M) =>
        MatrixProduct.Of(1, v.AsMatrix(1, v.Length), U.AsMatrix(v.Length, M.Length), M);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InContextPullBack(
        ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> dM, Span<double> dv, Span<double> dU)
    {
        int H = v.Length, square = dM.Length;
        for (int h = 0; h < H; h++)
        {
            dv[h] = Dot(U.Slice(h * square, square), dM);
            Span<double> row = dU.Slice(h * square, square);
            row.Clear();
            AddScaled(v[h], dM, row);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOtherBlocks(
        int D, ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> V, ReadOnlySpan<double> u, Span<double> map)
    {
        int H = v.Length, square = D * D;
        MatrixProduct.Of(1, V.AsMatrix(H, D).Transposed, u.AsMatrix(H, D), map[..square], keep: 1);
        MatrixProduct.Of(1, v.AsMatrix(1, H), u.AsMatrix(H, D), map.Slice(square, D));

        double[] rented = ArrayPool<double>.Shared.Rent(D * square);
        Span<double> pairs = rented.AsSpan(0, D * square);
        MatrixProduct.Of(1, V.AsMatrix(H, D).Transposed, U.AsMatrix(H, square), pairs);
        int offset = square + D;
        for (int a = 0; a < D; a++)
        {
            for (int b = a; b < D; b++, offset += D)
            {
                Span<double> row = map.Slice(offset, D);
                pairs.Slice(a * square + b * D, D).CopyTo(row);
                if (b > a)
                    AddScaled(1, pairs.Slice(b * square + a * D, D), row);
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddOtherPullBack(
        int D, ReadOnlySpan<double> v, ReadOnlySpan<double> U, ReadOnlySpan<double> V, ReadOnlySpan<double> u,
        ReadOnlySpan<double> mapGradient, Span<double> dv, Span<double> dU, Span<double> dV, Span<double> du)
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

        MatrixView<double> values = V.AsMatrix(H, D), labels = u.AsMatrix(H, D), slopes = dM.AsMatrix(D, D);
        MatrixView<double> pairs = dPairs.AsMatrix(D, square);
        MatrixProduct.Of(1, labels, dLabel.AsMatrix(D, 1), dv, keep: 1);
        MatrixProduct.Of(1, values, pairs, dU, keep: 1);
        MatrixProduct.Of(1, U.AsMatrix(H, square), pairs.Transposed, dV);
        MatrixProduct.Of(1, labels, slopes.Transposed, dV, keep: 1);
        MatrixProduct.Of(1, values, slopes, du);
        MatrixProduct.Of(1, v.AsMatrix(H, 1), dLabel.AsMatrix(1, D), du, keep: 1);
        ArrayPool<double>.Shared.Return(rented);
    }
}
