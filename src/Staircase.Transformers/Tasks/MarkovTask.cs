using System.Buffers;

namespace Staircase.Transformers;

/// <summary>
/// In-context Markov chains (Edelman et al. 2024): every sequence is a chain of its own, whose table is drawn afresh; to predict it, it has
/// to be learned from the sequence.
/// </summary>
/// <remarks>
/// The first tokens, as many as the order, are uniform, so that they say nothing of the table and counting what followed is exactly
/// optimal; from the stationary distribution, as in the paper, they would say a little.
/// </remarks>
public sealed class MarkovTask : ITokenTask
{
    private readonly ulong _seed;
    private readonly int[] _orders;

    /// <param name="states">k.</param>
    /// <param name="order">How many tokens the next one depends on; 1 is the published chain.</param>
    /// <param name="concentration">α of the Dirichlet prior of each row; 1 is uniform on the simplex.</param>
    /// <param name="seed">Where the sequences come from.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public MarkovTask(int states, int order, double concentration, ulong seed)
    {
        if (states < 2 || order < 0)
            throw new ArgumentException($"A chain needs at least 2 states and an order of at least 0, not {states} and {order}.");
        TokenDraws.RequireConcentration(concentration);
        ContextCounts.Rows(states, Max(order, 1));
        (Vocabulary, Order, Concentration, _seed) = (states, order, concentration, seed);
        _orders = [.. ((int[])[0, 1, order]).Distinct()];
        Baselines = ["uniform", .. _orders.Select(Name)];
    }

    /// <inheritdoc/>
    public int Vocabulary { get; }

    /// <summary>How many tokens the next one depends on.</summary>
    public int Order { get; }

    /// <summary>α.</summary>
    public double Concentration { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> Baselines { get; }

    /// <inheritdoc/>
    public void Read(DataSplit split, long number, Span<int> tokens)
    {
        int k = Vocabulary, rows = ContextCounts.Rows(k, Order);
        RandomStream random = TokenDraws.Stream(_seed, split, number);
        double[] rented = ArrayPool<double>.Shared.Rent(rows * k);
        for (int row = 0; row < rows; row++)
            TokenDraws.NextDirichlet(ref random, Concentration, rented.AsSpan(row * k, k));
        int context = 0;
        for (int t = 0; t < tokens.Length; t++)
        {
            tokens[t] = t < Order ? TokenDraws.NextToken(ref random, k) : TokenDraws.NextToken(ref random, rented.AsSpan(context * k, k));
            context = (context * k + tokens[t]) % rows;
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void Predict(int baseline, ReadOnlySpan<int> tokens, Span<double> probabilities)
    {
        if (baseline == 0)
            probabilities.Fill(1.0 / Vocabulary);
        else
            ContextCounts.Predict(_orders[baseline - 1], Concentration, Vocabulary, tokens, probabilities);
    }

    private static string Name(int order) => order switch
    {
        0 => "unigram",
        1 => "bigram",
        _ => $"order-{order}",
    };
}
