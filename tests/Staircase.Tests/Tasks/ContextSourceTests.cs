namespace Staircase.Tests;

/// <summary>
/// Contexts drawn by their covariance have the distribution of those drawn token by token, and the moments that the exact flows use.
/// </summary>
public class ContextSourceTests
{
    /// <summary>Some hundred comparisons; 5 standard errors are exceeded in 1 of 1.7 million by chance, and the seeds are fixed.</summary>
    private const double StandardErrors = 5;

    [Theory]
    [InlineData(3, 3)] // N = D, the shortest context it serves
    [InlineData(3, 4)]
    [InlineData(2, 9)]
    [InlineData(1, 1)]
    [InlineData(4, 31)]
    public void Covariances_have_the_first_four_moments_of_tokens(int D, int N)
    {
        Spectrum spectrum = Spectrum.Linear(D).WithTrace(D);
        double[][] drawn = Draw(spectrum, N, false, 1), tokens = Draw(spectrum, N, true, 2);
        ReadOnlySpan<double> s = spectrum.Eigenvalues;
        for (int a = 0; a < drawn[0].Length; a++)
        {
            Compare($"mean of number {a}", [.. drawn.Select(row => row[a])], [.. tokens.Select(row => row[a])]);
            for (int b = a; b < drawn[0].Length; b++)
            {
                Compare(
                    $"mean product of {a} and {b}", [.. drawn.Select(row => row[a] * row[b])], [.. tokens.Select(row => row[a] * row[b])]);
            }

            Compare($"third moment of {a}", [.. drawn.Select(row => Math.Pow(row[a], 3))], [.. tokens.Select(row => Math.Pow(row[a], 3))]);
            Compare($"fourth moment of {a}", [.. drawn.Select(row => Math.Pow(row[a], 4))], [.. tokens.Select(row => Math.Pow(row[a], 4))]);
        }

        // E[Λ̂_ij²] of the exact flow: s_i s_j/N off the diagonal, s_i²(1 + 2/N) on it.
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                double expected = i == j ? s[i] * s[i] * (1 + 2.0 / N) : s[i] * s[j] / N;
                int entry = i * D + j;
                Statistics.CheckMean($"E[Λ̂_{i}{j}²]", expected, drawn.Select(row => row[entry] * row[entry]), StandardErrors);
            }
        }

        static void Compare(string what, double[] drawn, double[] tokens)
        {
            (double mean, double error) = Statistics.Mean(drawn);
            (double expected, double expectedError) = Statistics.Mean(tokens);
            Expect.WithinErrors(what, expected, mean, Math.Sqrt(error * error + expectedError * expectedError), StandardErrors);
        }
    }

    [Fact]
    public void Short_contexts_are_drawn_as_tokens()
    {
        Assert.True(new ContextSource(Spectrum.Linear(4), 3).DrawsTokens, "N < D");
        Assert.False(new ContextSource(Spectrum.Linear(4), 4).DrawsTokens, "N = D");
        Assert.Equal("A context of N = 3 inputs of dimension D = 4 can only be drawn as tokens; Bartlett's decomposition needs N ≥ D.",
            Assert.Throws<ArgumentException>(() => new ContextSource(Spectrum.Linear(4), 3, false)).Message);
    }

    /// <summary>Λ̂ = AAᵀ/N and the query, in one row.</summary>
    private static double[][] Draw(Spectrum spectrum, int N, bool tokens, ulong seed)
    {
        int D = spectrum.Dimension;
        var source = new ContextSource(spectrum, N, tokens);
        int C = source.Columns;
        double[] context = new double[D * C];
        Array.Fill(context, double.NaN); // whatever is not written is found
        double[][] rows = new double[30_000][];
        for (int k = 0; k < rows.Length; k++)
        {
            var random = new RandomStream(seed, RandomPurpose.Inputs, k);
            double[] row = rows[k] = new double[D * D + D];
            source.Draw(ref random, context, row.AsSpan(D * D));
            for (int i = 0; i < D * D; i++)
            {
                for (int c = 0; c < C; c++)
                    row[i] += context[i / D * C + c] * context[i % D * C + c] / N;
            }
        }

        return rows;
    }
}
