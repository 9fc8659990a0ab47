namespace Staircase;

/// <summary>Numbered sequences of tokens, readable in any order and from several threads at once.</summary>
public interface ISequenceSource
{
    /// <summary>P, how many sequences there are.</summary>
    long Count { get; }

    /// <summary>D, the dimension of the inputs without the label.</summary>
    int InputDimension { get; }

    /// <summary>N, the number of pairs before the query.</summary>
    int ContextLength { get; }

    /// <summary>Reads one sequence.</summary>
    /// <param name="index">0 ≤ index &lt; <see cref="Count"/>.</param>
    /// <param name="tokens">Receives (N+1)×(D+1) numbers row by row: xₙ then yₙ; the query last with label entry 0.</param>
    /// <returns>The query's target.</returns>
    double Read(long index, Span<double> tokens);
}
