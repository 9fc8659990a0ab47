using System.Buffers;

namespace Staircase.Transformers;

/// <summary>Prediction from how often each token has followed the last few before in the same sequence.</summary>
public static class ContextCounts
{
    /// <summary>The most rows of a table, k^order.</summary>
    public const int LargestTable = 1 << 16;

    /// <summary>
    /// p(s | x₁ … x_t) = (n_cs + α)/(n_c + kα), the posterior predictive of a row with the prior Dirichlet(α), where c is the last
    /// <paramref name="order"/> tokens and n counts what followed c before. Order 0 knows the frequencies alone ("unigram"), order 1 is the
    /// "bigram". While there are fewer tokens than the order every token is as likely.
    /// </summary>
    /// <param name="order">How many tokens the next one depends on.</param>
    /// <param name="concentration">α.</param>
    /// <param name="vocabulary">k.</param>
    /// <param name="tokens">x.</param>
    /// <param name="probabilities">Receives [tokens, k].</param>
    /// <remarks>
    /// For a Markov chain of this order whose rows have this prior it is the optimal prediction (Edelman et al. 2024, §2); for lower orders
    /// it is what the counts alone can say.
    /// </remarks>
    /// <exception cref="ArgumentException">A length does not fit, or the table is too large.</exception>
    public static void Predict(int order, double concentration, int vocabulary, ReadOnlySpan<int> tokens, Span<double> probabilities)
    {
        int k = vocabulary, rows = Rows(k, order);
        if (probabilities.Length != tokens.Length * k)
        {
            throw new ArgumentException(
                $"{tokens.Length} predictions over {k} tokens need {tokens.Length * k} numbers, not {probabilities.Length}.");
        }

        int[] rented = ArrayPool<int>.Shared.Rent(rows * (k + 1));
        Span<int> counts = rented.AsSpan(0, rows * k), totals = rented.AsSpan(rows * k, rows);
        counts.Clear();
        totals.Clear();
        int context = 0;
        for (int t = 0; t < tokens.Length; t++)
        {
            if (t >= order)
            {
                counts[context * k + tokens[t]]++;
                totals[context]++;
            }

            context = (int)(((long)context * k + tokens[t]) % rows);
            for (int s = 0; s < k; s++)
            {
                probabilities[t * k + s] = t + 1 < order
                    ? 1.0 / k
                    : DirichletPrediction.Probability(counts[context * k + s], totals[context], k, concentration);
            }
        }

        ArrayPool<int>.Shared.Return(rented);
    }

    /// <summary>k^order.</summary>
    /// <exception cref="ArgumentException">It is more than <see cref="LargestTable"/>.</exception>
    internal static int Rows(int vocabulary, int order)
    {
        double rows = Pow(vocabulary, order);
        return rows <= LargestTable
            ? (int)Round(rows)
            : throw new ArgumentException(
                $"{vocabulary} tokens at order {order} make a table of {rows:G3} rows; at most {LargestTable:N0} are possible.");
    }
}
