namespace Staircase;

/// <summary>
/// The mean over sequences of the largest squared error that an adversary makes who moves the labels of the first k tokens by ‖Δy‖ ≤ ε:
/// (|e| + ε‖a_K‖)², the inner maximum in closed form (<see cref="Hijack"/>).
/// </summary>
/// <remarks>
/// ‖a_K‖² = x_qᵀMᵀG_KMx_q with G_K = Σ_K xxᵀ/N². In-context maps alone. Expected without its cross term 2ε|e|‖a_K‖ it is the loss with more
/// label noise, σ² + ε²k/N.
/// </remarks>
public sealed class AdversarialLoss : IAttentionLoss
{
    private readonly double _budget;
    private readonly double[] _correlations, _grams, _queries, _targets;

    /// <param name="count">How many of them.</param>
    /// <param name="moved">k, tokens whose labels may be moved.</param>
    /// <param name="budget">ε.</param>
    /// <exception cref="ArgumentException">k or ε is out of range.</exception>
    public AdversarialLoss(ISequenceSource sequences, int count, int moved, double budget)
    {
        int D = InputDimension = sequences.InputDimension, N = sequences.ContextLength, width = D + 1;
        if (moved < 0 || moved > N)
            throw new ArgumentException($"An adversary can move 0 to {N} labels of a context, not {moved}.");
        if (!(budget >= 0 && double.IsFinite(budget)))
            throw new ArgumentException($"The adversary's budget must be a number ≥ 0, not {budget:R}.");
        _budget = budget;
        (_correlations, _grams) = (new double[count * D], new double[count * D * D]);
        (_queries, _targets) = (new double[count * D], new double[count]);
        var tokens = new double[(N + 1) * width];
        for (int i = 0; i < count; i++)
        {
            _targets[i] = sequences.Read(i, tokens);
            tokens.AsSpan(N * width, D).CopyTo(_queries.AsSpan(i * D));
            for (int n = 0; n < N; n++)
            {
                ReadOnlySpan<double> x = tokens.AsSpan(n * width, D);
                AddScaled(tokens[n * width + D] / N, x, _correlations.AsSpan(i * D, D));
                for (int a = 0; a < D && n < moved; a++)
                    AddScaled(x[a] / ((double)N * N), x, _grams.AsSpan((i * D + a) * D, D));
            }
        }
    }

    /// <inheritdoc/>
    public int InputDimension { get; }

    /// <inheritdoc/>
    public bool KeepsZeroBlocks => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The map has other blocks.</exception>
    public double Evaluate(ReadOnlySpan<double> map, Span<double> gradient)
    {
        int D = InputDimension, count = _targets.Length;
        if (!AttentionMap.IsInContextOnly(map.Length, D))
            throw new ArgumentException("The adversary's maximum is known for in-context maps alone; the other blocks must be left out.");
        gradient.Clear();
        double[] u = new double[D], pulled = new double[D];
        double loss = 0;
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<double> query = _queries.AsSpan(i * D, D), β = _correlations.AsSpan(i * D, D);
            for (int a = 0; a < D; a++)
                u[a] = Dot(map.Slice(a * D, D), query);
            for (int a = 0; a < D; a++)
                pulled[a] = Dot(_grams.AsSpan((i * D + a) * D, D), u);
            double error = Dot(β, u) - _targets[i], size = Sqrt(Max(0, Dot(u, pulled)));
            double worst = Abs(error) + _budget * size;
            loss += worst * worst / count;
            for (int a = 0; a < D; a++)
            {
                double du = Sign(error) * β[a] + (size > 0 ? _budget * pulled[a] / size : 0);
                AddScaled(2 * worst * du / count, query, gradient.Slice(a * D, D));
            }
        }

        return loss;
    }
}
