namespace Staircase.Transformers;

/// <summary>Pairs of operands with their results, sorted by the first operand, and an index by the second.</summary>
public sealed class PairSet
{
    private PairSet(int operands, int[] first, int[] second, int[] targets)
    {
        (First, Second, Targets, Operands) = (first, second, targets, operands);
        FirstStarts = Starts(first);
        SecondStarts = Starts(second);
        BySecond = [.. Range(0, first.Length).OrderBy(i => second[i])];

        int[] Starts(int[] operand)
        {
            var starts = new int[operands + 1];
            foreach (int token in operand)
                starts[token + 1]++;
            for (int token = 0; token < operands; token++)
                starts[token + 1] += starts[token];
            return starts;
        }
    }

    /// <summary>n.</summary>
    public int Operands { get; }

    /// <summary>How many pairs there are.</summary>
    public int Count => First.Length;

    /// <summary>The first operand of each pair, ascending.</summary>
    public int[] First { get; }

    /// <summary>The second operand of each pair.</summary>
    public int[] Second { get; }

    /// <summary>The result that each pair should have.</summary>
    public int[] Targets { get; }

    /// <summary>Pairs FirstStarts[a] … FirstStarts[a + 1] − 1 have the first operand a.</summary>
    internal int[] FirstStarts { get; }

    /// <summary>Pairs BySecond[SecondStarts[b] … SecondStarts[b + 1] − 1] have the second operand b.</summary>
    internal int[] BySecond { get; }

    internal int[] SecondStarts { get; }

    /// <summary>Every pair.</summary>
    public static PairSet All(OperationTable operation) => Of(operation, Range(0, operation.Size * operation.Size));

    /// <summary>Draws ⌊fraction·n²⌋ pairs to train on; the others are there to test.</summary>
    /// <param name="fraction">Of all pairs, above 0 and up to 1.</param>
    /// <param name="seed">Where random numbers come from.</param>
    /// <param name="shuffled">
    /// Whether the training results are shuffled among the pairs, which leaves nothing to be learned but the pairs themselves.
    /// </param>
    /// <exception cref="ArgumentException">The fraction leaves no pair to train on, or is above 1.</exception>
    public static (PairSet Training, PairSet Test) Split(OperationTable operation, double fraction, ulong seed, bool shuffled = false)
    {
        int all = operation.Size * operation.Size, count = (int)(fraction * all);
        if (!(fraction <= 1) || count < 1)
        {
            throw new ArgumentException(
                $"The training fraction must be above 0 and at most 1, with at least one of the {all} pairs; found {fraction:R}.");
        }

        int[] order = Permutation(all, seed, 0);
        PairSet training = Of(operation, order.Take(count)), test = Of(operation, order.Skip(count));
        if (!shuffled)
            return (training, test);
        int[] permutation = Permutation(count, seed, 1);
        return (new(operation.Size, training.First, training.Second, [.. permutation.Select(i => training.Targets[i])]), test);
    }

    private static PairSet Of(OperationTable operation, IEnumerable<int> pairs)
    {
        int n = operation.Size;
        int[] sorted = [.. pairs.Order()];
        return new(n, [.. sorted.Select(i => i / n)], [.. sorted.Select(i => i % n)], [.. sorted.Select(i => operation[i / n, i % n])]);
    }

    /// <summary>Fisher and Yates.</summary>
    private static int[] Permutation(int count, ulong seed, long index)
    {
        var random = new RandomStream(seed, RandomPurpose.Split, index);
        int[] order = [.. Range(0, count)];
        for (int i = count - 1; i > 0; i--)
        {
            int j = (int)(random.NextUniform() * (i + 1));
            (order[i], order[j]) = (order[j], order[i]);
        }

        return order;
    }
}
