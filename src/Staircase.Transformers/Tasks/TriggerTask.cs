namespace Staircase.Transformers;

/// <summary>
/// Bigrams with trigger tokens (Bietti et al. 2023): tokens follow one language of bigrams that all sequences share, but after a trigger
/// always comes the same token, another one in each sequence.
/// </summary>
/// <remarks>
/// The language is random, its rows Dirichlet(α); the triggers are the same in all sequences (the paper's fixed triggers), what follows
/// them is uniform.
/// </remarks>
public sealed class TriggerTask : ITokenTask
{
    private readonly ulong _seed;
    private readonly double[] _language;
    private readonly int[] _triggerOf; // the number of a trigger; −1 for other tokens

    /// <param name="vocabulary">Different tokens.</param>
    /// <param name="triggers">How many of them are triggers.</param>
    /// <param name="concentration">α of the language's rows.</param>
    /// <param name="seed">Where language and sequences come from.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public TriggerTask(int vocabulary, int triggers, double concentration, ulong seed)
    {
        if (vocabulary < 2 || triggers < 1 || triggers >= vocabulary)
        {
            throw new ArgumentException(
                "A vocabulary of at least 2 tokens can have 1 up to all but one of them as triggers; "
                + $"found {vocabulary} tokens and {triggers} triggers.");
        }

        TokenDraws.RequireConcentration(concentration);
        (Vocabulary, Triggers, _seed) = (vocabulary, triggers, seed);
        var random = new RandomStream(seed, RandomPurpose.Language);
        _language = new double[checked(vocabulary * vocabulary)];
        for (int row = 0; row < vocabulary; row++)
            TokenDraws.NextDirichlet(ref random, concentration, _language.AsSpan(row * vocabulary, vocabulary));
        _triggerOf = new int[vocabulary];
        Array.Fill(_triggerOf, -1);
        for (int trigger = 0; trigger < triggers;)
        {
            int token = TokenDraws.NextToken(ref random, vocabulary);
            if (_triggerOf[token] < 0)
                _triggerOf[token] = trigger++;
        }
    }

    /// <inheritdoc/>
    public int Vocabulary { get; }

    /// <summary>How many tokens are triggers.</summary>
    public int Triggers { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; } = ["uniform", "bigram", "in-context"];

    /// <inheritdoc/>
    public void Read(DataSplit split, long number, Span<int> tokens)
    {
        RandomStream random = TokenDraws.Stream(_seed, split, number);
        int[] outputs = new int[Triggers];
        foreach (ref int output in outputs.AsSpan())
            output = TokenDraws.NextToken(ref random, Vocabulary);
        int token = TokenDraws.NextToken(ref random, Vocabulary);
        foreach (ref int at in tokens)
        {
            at = token;
            token = _triggerOf[token] is >= 0 and var trigger
                ? outputs[trigger]
                : TokenDraws.NextToken(ref random, _language.AsSpan(token * Vocabulary, Vocabulary));
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// "bigram" knows the language and guesses after a trigger; "in-context" has also seen what followed it in this sequence, and is
    /// optimal.
    /// </remarks>
    public void Predict(int baseline, ReadOnlySpan<int> tokens, Span<double> probabilities)
    {
        int k = Vocabulary;
        for (int t = 0; t < tokens.Length; t++)
        {
            Span<double> row = probabilities.Slice(t * k, k);
            bool guesses = baseline == 0 || _triggerOf[tokens[t]] >= 0;
            int seen = baseline == 2 && guesses ? tokens[..t].IndexOf(tokens[t]) : -1;
            if (!guesses)
                _language.AsSpan(tokens[t] * k, k).CopyTo(row);
            else
                row.Fill(seen < 0 ? 1.0 / k : 0);
            if (seen >= 0)
                row[tokens[seen + 1]] = 1;
        }
    }
}
