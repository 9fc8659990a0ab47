namespace Staircase.Transformers;

/// <summary>Passages of a text: the last part of it is kept for validation, training passages begin anywhere before.</summary>
public sealed class TextTask : ITokenTask
{
    private readonly int[] _tokens, _unigrams, _bigrams, _followed;
    private readonly int _training;
    private readonly ulong _seed;

    /// <param name="tokenizer">How it becomes tokens.</param>
    /// <param name="validation">Which part of the tokens, at the end, is for validation.</param>
    /// <param name="contextLength">Tokens of the sequences that will be read; each part must have one more.</param>
    /// <param name="seed">Where training passages begin.</param>
    /// <exception cref="ArgumentException">The text is too short, or the tokens are too few or too many.</exception>
    public TextTask(string text, ITokenizer tokenizer, double validation, int contextLength, ulong seed)
    {
        if (!(validation is > 0 and < 1))
            throw new ArgumentException($"The part for validation must lie between 0 and 1, not {validation:R}.");
        (Tokenizer, _seed, _tokens) = (tokenizer, seed, tokenizer.Encode(text));
        _training = (int)((1 - validation) * _tokens.Length);
        int least = contextLength + 1, k = tokenizer.Vocabulary;
        if (_training < least || ValidationTokens < least)
        {
            throw new ArgumentException(
                $"The text has {_tokens.Length:N0} tokens, {_training:N0} for training and {ValidationTokens:N0} for validation; "
                + $"a context of {contextLength} needs at least {least} of each.");
        }

        if (k < 2)
            throw new ArgumentException("The text consists of a single token; there is nothing to learn.");
        if (k > ContextCounts.LargestTable / 16)
        {
            throw new ArgumentException(
                $"The text has {k:N0} different tokens; at most {ContextCounts.LargestTable / 16:N0} are possible. "
                + "Byte-pair tokens have a size that you choose.");
        }

        (_unigrams, _bigrams, _followed) = (new int[k], new int[k * k], new int[k]);
        for (int t = 0; t + 1 < _training; t++)
        {
            _unigrams[_tokens[t + 1]]++;
            _bigrams[_tokens[t] * k + _tokens[t + 1]]++;
            _followed[_tokens[t]]++;
        }
    }

    /// <summary>How text becomes tokens, and back.</summary>
    public ITokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public int Vocabulary => Tokenizer.Vocabulary;

    /// <summary>Tokens to train on.</summary>
    public int TrainingTokens => _training;

    /// <summary>Tokens to measure on.</summary>
    public int ValidationTokens => _tokens.Length - _training;

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; } = ["uniform", "unigram", "bigram"];

    /// <inheritdoc/>
    /// <remarks>Validation passages lie one after another, and begin again shifted when the text is used up.</remarks>
    public void Read(DataSplit split, long number, Span<int> tokens)
    {
        int from = split == DataSplit.Training ? 0 : _training, length = split == DataSplit.Training ? _training : ValidationTokens;
        int places = length - tokens.Length + 1;
        RandomStream random = TokenDraws.Stream(_seed, split, number);
        int start = split == DataSplit.Training ? TokenDraws.NextToken(ref random, places) : (int)(number * tokens.Length % places);
        _tokens.AsSpan(from + start, tokens.Length).CopyTo(tokens);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Frequencies in the training part, with one token's worth of uniform prior: (n_s + 1/k)/(n + 1). They know the language, and nothing
    /// of the passage but its last token.
    /// </remarks>
    public void Predict(int baseline, ReadOnlySpan<int> tokens, Span<double> probabilities)
    {
        int k = Vocabulary;
        for (int t = 0; t < tokens.Length; t++)
        {
            Span<double> row = probabilities.Slice(t * k, k);
            ReadOnlySpan<int> counts = baseline == 2 ? _bigrams.AsSpan(tokens[t] * k, k) : _unigrams;
            double prior = 1.0 / k, all = 1.0 + (baseline == 2 ? _followed[tokens[t]] : _training - 1);
            for (int s = 0; s < k; s++)
                row[s] = baseline == 0 ? prior : (counts[s] + prior) / all;
        }
    }
}
