namespace Staircase;

/// <summary>Numbered sequences seen through their sufficient statistics: the distinct entries of G = s·X Xᵀ, and the query.</summary>
public interface IStatisticSource
{
    /// <summary>How many sequences there are.</summary>
    long Count { get; }

    /// <summary>D, the dimension of the inputs without the label.</summary>
    int InputDimension { get; }

    /// <summary>How many statistics a sequence has: one, or one for each prefix of its context.</summary>
    int StatisticsPerSequence { get; }

    /// <summary>Reads one sequence.</summary>
    /// <param name="index">0 ≤ index &lt; <see cref="Count"/>.</param>
    /// <param name="statistics">
    /// Receives <see cref="StatisticsPerSequence"/> rows of (D+1)(D+2)/2 numbers in the order of <see cref="AttentionMap"/>.
    /// </param>
    /// <param name="queries">Receives x_q of each, as many rows of D numbers.</param>
    /// <param name="targets">Receives what is asked for of each.</param>
    void Read(long index, Span<double> statistics, Span<double> queries, Span<double> targets);
}
