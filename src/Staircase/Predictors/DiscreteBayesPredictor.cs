namespace Staircase;

/// <summary>
/// Bayes' prediction over a finite set of task vectors: ŵ = Σ w_k p_k with p_k ∝ exp(−‖y − Xw_k‖²/2σ²). Who has memorized the tasks of
/// training predicts so.
/// </summary>
/// <remarks>The memorizing predictor, dMMSE, of Raventós et al. 2023 (arXiv:2306.15063).</remarks>
public sealed class DiscreteBayesPredictor : IInContextPredictor
{
    private readonly IReadOnlyList<double[]> _tasks;
    private readonly double _noise;

    /// <param name="tasks">w_k, in the basis of the tokens.</param>
    /// <param name="noise">σ² &gt; 0.</param>
    /// <exception cref="ArgumentException">There is no task, one is of another length, or there is no noise.</exception>
    public DiscreteBayesPredictor(IReadOnlyList<double[]> tasks, double noise)
    {
        if (tasks.Count == 0 || tasks.Any(w => w.Length != tasks[0].Length))
            throw new ArgumentException("Bayes' prediction needs task vectors of one length, at least one.");
        if (!(noise > 0 && double.IsFinite(noise)))
            throw new ArgumentException($"The noise must be a variance > 0, not {noise:R}.");
        (_tasks, _noise) = (tasks, noise);
    }

    /// <inheritdoc/>
    public double Predict(ReadOnlySpan<double> tokens, int inputDimension)
    {
        int D = inputDimension, width = D + 1, N = tokens.Length / width - 1;
        ReadOnlySpan<double> query = tokens.Slice(N * width, D);
        var posterior = new EvidenceMean();
        foreach (double[] w in _tasks)
        {
            double exponent = 0;
            for (int n = 0; n < N; n++)
            {
                double error = tokens[n * width + D] - Dot(tokens.Slice(n * width, D), w);
                exponent -= error * error / (2 * _noise);
            }

            posterior.Add(exponent, Dot(w, query));
        }

        return posterior.Sum / posterior.Mass;
    }
}
