namespace Staircase.Transformers;

/// <summary>Sequences of tokens with predictors that are known in closed form, to which a model can be compared.</summary>
public interface ITokenTask : ITokenSource
{
    /// <summary>The names of the predictors, the simplest first; the last is the best.</summary>
    IReadOnlyList<string> Baselines { get; }

    /// <summary>What a predictor says of the token after each of a sequence, from that token and those before it alone.</summary>
    /// <param name="baseline">The index of its name.</param>
    /// <param name="tokens">A sequence of the task.</param>
    /// <param name="probabilities">Receives [tokens, vocabulary].</param>
    void Predict(int baseline, ReadOnlySpan<int> tokens, Span<double> probabilities);
}
