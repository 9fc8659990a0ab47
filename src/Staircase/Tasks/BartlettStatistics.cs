namespace Staircase;

/// <summary>
/// Sufficient statistics drawn directly from their distribution, without drawing tokens: given w, the context sum of x xᵀ is
/// Wishart, drawn by Bartlett's decomposition. Exact in distribution; the cost does not grow with the context length.
/// </summary>
/// <remarks>
/// With the context inputs X = F Z (F = E Λ^{1/2}, Z standard normal D×N), Z Zᵀ = T Tᵀ for a lower triangular T with
/// T_ii² ~ χ²(N−i) and normal entries below. Label noise ε of variance σ² enters only through X ε = F T z and ‖ε‖² = ‖z‖² + χ²(N−D),
/// z standard normal of length D.
/// </remarks>
public sealed class BartlettStatistics : IStatisticSource
{
    private readonly RegressionTask _task;
    private readonly ulong _seed;
    private readonly double[] _inputFactor;
    private readonly double[] _taskFactor;

    /// <param name="task">All sequences in-context, one context length N ≥ D + 1.</param>
    /// <param name="count">How many sequences there are; online training takes <see cref="long.MaxValue"/>.</param>
    /// <param name="seed">Where the random numbers come from.</param>
    /// <exception cref="ArgumentException">The task has in-weight sequences, varying lengths or N ≤ D.</exception>
    public BartlettStatistics(RegressionTask task, long count, ulong seed)
    {
        if (!Applies(task))
        {
            throw new ArgumentException(
                "Statistics can be drawn without tokens only for in-context sequences of one task and one length N > D; found N = "
                + $"{task.ContextLength}, D = {task.InputDimension}, in-context fraction {task.InContextFraction:R}"
                + $"{(task.VaryContext ? ", varying lengths" : "")}{(task.Mixture is null ? "" : ", a mixture of tasks")}.");
        }

        _task = task.Validated();
        Count = count;
        _seed = seed;
        (_inputFactor, _taskFactor) = TaskFactors.Of(task);
    }

    /// <inheritdoc/>
    public long Count { get; }

    /// <inheritdoc/>
    public int InputDimension => _task.InputDimension;

    /// <inheritdoc/>
    public int StatisticsPerSequence => 1;

    /// <summary>Whether a task's statistics can be drawn without its tokens.</summary>
    public static bool Applies(RegressionTask task) =>
        task.InContextFraction == 1 && task.Mixture is null && task.TaskVectors is null && !task.VaryContext
            && task.ContextLength > task.InputDimension;

    /// <inheritdoc/>
    public void Read(long index, Span<double> statistics, Span<double> queries, Span<double> targets)
    {
        int D = InputDimension, N = _task.ContextLength;
        double s = _task.OutputScale.Factor(N);
        double[] buffer = System.Buffers.ArrayPool<double>.Shared.Rent(2 * D * D + 4 * D);
        Span<double> T = buffer.AsSpan(0, D * D), X = buffer.AsSpan(D * D, D * D);
        Span<double> w = buffer.AsSpan(2 * D * D, D), g = buffer.AsSpan(2 * D * D + D, D);
        Span<double> y = buffer.AsSpan(2 * D * D + 2 * D, D), z = buffer.AsSpan(2 * D * D + 3 * D, D);

        new RandomStream(_seed, RandomPurpose.TaskVector, index).FillNormal(g);
        Staircase.Sample.Transform(_taskFactor, g, w);
        var random = new RandomStream(_seed, RandomPurpose.Inputs, index);
        random.FillNormal(g);
        Staircase.Sample.Transform(_inputFactor, g, queries);

        ContextSource.DrawTriangle(ref random, N, D, T);

        // X = F T plays the part of the context inputs: X Xᵀ has their distribution. y = Xᵀ w + σ z plays the labels.
        MatrixProduct.Of(1, _inputFactor.AsMatrix(D, D), T.AsMatrix(D, D), X);
        y.Clear();
        for (int i = 0; i < D; i++)
            AddScaled(w[i], X.Slice(i * D, D), y);
        double rest = 0;
        if (_task.LabelNoise > 0)
        {
            random.FillNormal(z);
            AddScaled(Sqrt(_task.LabelNoise), z, y);
            rest = _task.LabelNoise * random.NextChiSquared(N - D);
        }

        statistics[D] = s * (SumOfSquares(y) + rest);
        int row = D + 1;
        for (int a = 0; a < D; a++)
        {
            ReadOnlySpan<double> xa = X.Slice(a * D, D);
            statistics[a] = s * Dot(xa, y);
            for (int b = a; b < D; b++, row++)
                statistics[row] = s * (Dot(xa, X.Slice(b * D, D)) + queries[a] * queries[b]);
        }

        targets[0] = Dot(w, queries);
        System.Buffers.ArrayPool<double>.Shared.Return(buffer);
    }
}
