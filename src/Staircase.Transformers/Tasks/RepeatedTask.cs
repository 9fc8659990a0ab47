namespace Staircase.Transformers;

/// <summary>
/// Random tokens that repeat themselves (Elhage et al. 2021; Olsson et al. 2022): whatever followed a token last time follows it again.
/// </summary>
/// <remarks>
/// The period is drawn for each sequence, between a quarter and a half of it: with one period for all, looking back by a fixed number of
/// tokens would do.
/// </remarks>
public sealed class RepeatedTask : ITokenTask
{
    private readonly ulong _seed;

    /// <param name="vocabulary">Different tokens.</param>
    /// <param name="seed">Where the sequences come from.</param>
    /// <exception cref="ArgumentException">There are fewer than two tokens.</exception>
    public RepeatedTask(int vocabulary, ulong seed)
    {
        if (vocabulary < 2)
            throw new ArgumentException($"A vocabulary needs at least 2 tokens, not {vocabulary}.");
        (Vocabulary, _seed) = (vocabulary, seed);
    }

    /// <inheritdoc/>
    public int Vocabulary { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; } = ["uniform", "copy"];

    /// <inheritdoc/>
    public void Read(DataSplit split, long number, Span<int> tokens)
    {
        RandomStream random = TokenDraws.Stream(_seed, split, number);
        int shortest = Max(1, tokens.Length / 4), longest = Max(shortest, tokens.Length / 2);
        int period = shortest + TokenDraws.NextToken(ref random, longest - shortest + 1);
        for (int t = 0; t < tokens.Length; t++)
            tokens[t] = t < period ? TokenDraws.NextToken(ref random, Vocabulary) : tokens[t - period];
    }

    /// <inheritdoc/>
    /// <remarks>
    /// "copy" has been told the period, the least one that fits the sequence: it guesses in the first and is certain afterwards.
    /// </remarks>
    public void Predict(int baseline, ReadOnlySpan<int> tokens, Span<double> probabilities)
    {
        probabilities.Fill(1.0 / Vocabulary);
        if (baseline == 0)
            return;
        int period = 1;
        while (period < tokens.Length && !tokens[period..].SequenceEqual(tokens[..^period]))
            period++;
        for (int t = period - 1; t < tokens.Length; t++)
        {
            Span<double> row = probabilities.Slice(t * Vocabulary, Vocabulary);
            row.Clear();
            row[tokens[t + 1 - period]] = 1;
        }
    }
}
