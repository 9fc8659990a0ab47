namespace Staircase.Lab;

/// <summary>What sequences of tokens are made of.</summary>
public enum TokenTaskKind
{
    /// <summary>A Markov chain of its own for every sequence.</summary>
    Markov,

    /// <summary>Random tokens that repeat themselves.</summary>
    Repeated,

    /// <summary>A language of bigrams with trigger tokens.</summary>
    Triggers,

    /// <summary>Passages of a text.</summary>
    Text,
}
