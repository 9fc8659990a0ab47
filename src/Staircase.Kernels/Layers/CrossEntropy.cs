namespace Staircase.Kernels;

/// <summary>The cross-entropy of softmax(logits) against one right column a row: −mean_i ln softmax(x_i)[target_i].</summary>
/// <remarks>Numbers are float or double; of others every operation throws <see cref="NotSupportedException"/>.</remarks>
public static class CrossEntropy
{
    /// <summary>The loss, and the probabilities that <see cref="Backward"/> needs.</summary>
    /// <param name="columns">Columns (classes).</param>
    /// <param name="logits">x, rows × columns.</param>
    /// <param name="targets">The right column of each row.</param>
    /// <param name="probabilities">Receives softmax(x), rows × columns; may be <paramref name="logits"/>.</param>
    /// <returns>The mean over rows, summed in double; 0 without rows.</returns>
    /// <remarks>
    /// ln softmax = x_target − max − ln Σ exp(x − max) is computed from the logits: it stays finite where the probability rounds to 0.
    /// </remarks>
    /// <exception cref="ArgumentException">A span has the wrong length, or a target is no column.</exception>
    [MethodImpl(AggressiveOptimization)]
    public static double Forward<T>(int columns, ReadOnlySpan<T> logits, ReadOnlySpan<int> targets, Span<T> probabilities)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(logits, columns);
        RequireLength(targets, rows);
        RequireSameLength(logits.Length, probabilities.Length);
        RequireIndices(targets, columns);
        double loss = 0;
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<T> x = logits.Slice(i * columns, columns);
            double right = double.CreateTruncating(x[targets[i]]);
            double normalizer = Normalizer(x);
            Softmax.Forward(columns, x, probabilities.Slice(i * columns, columns));
            loss += normalizer - right;
        }

        return rows == 0 ? 0 : loss / rows;
    }

    /// <summary>dx_ij = scale (softmax(x_i)_j − [j = target_i]) / rows.</summary>
    /// <param name="columns">Columns (classes).</param>
    /// <param name="probabilities">softmax(x), rows × columns.</param>
    /// <param name="targets">The right column of each row.</param>
    /// <param name="scale">∂L/∂(the mean), usually 1.</param>
    /// <param name="dLogits">Receives the gradient, rows × columns; may be <paramref name="probabilities"/>.</param>
    /// <exception cref="ArgumentException">A span has the wrong length, or a target is no column.</exception>
    public static void Backward<T>(int columns, ReadOnlySpan<T> probabilities, ReadOnlySpan<int> targets, T scale, Span<T> dLogits)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int rows = RequireRows(probabilities, columns);
        RequireLength(targets, rows);
        RequireIndices(targets, columns);
        if (rows == 0)
            return;
        T factor = scale / T.CreateTruncating(rows);
        VectorKernels.Scale(factor, probabilities, dLogits);
        for (int i = 0; i < rows; i++)
            dLogits[i * columns + targets[i]] -= factor;
    }

    /// <summary>ln Σ exp(x), with the logarithm and the shift in double.</summary>
    private static unsafe double Normalizer<T>(ReadOnlySpan<T> x)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T largest, sum;
        fixed (T* px = x)
            LaneOperation.Run<T, RowSum<T>>(new(px, x.Length, &largest, &sum));
        return double.CreateTruncating(largest) + Log(double.CreateTruncating(sum));
    }

    private readonly unsafe struct RowSum<T>(T* x, int length, T* largest, T* sum) : ILaneOperation<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        [MethodImpl(AggressiveOptimization)]
        void ILaneOperation<T>.Run<TLanes, TVector>()
        {
            *largest = SoftmaxRow<T, TLanes, TVector>.Largest(x, length);
            *sum = SoftmaxRow<T, TLanes, TVector>.Exponentials(x, null, length, *largest);
        }
    }
}
