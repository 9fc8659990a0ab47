namespace Staircase.Transformers;

/// <summary>A binary operation on the tokens 0 … n − 1, as its table.</summary>
/// <remarks>
/// Modular addition is the task of Power et al. 2022 and Nanda et al. 2023; any other table can be learned as well, or as badly.
/// </remarks>
public sealed class OperationTable
{
    private readonly int[] _results;

    private OperationTable(string name, int size, int[] results, CyclicOrder? order)
    {
        (Name, Size, _results, Order) = (name, size, results, order);
        Classes = results.Max() + 1;
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>n, how many tokens each operand can be.</summary>
    public int Size { get; }

    /// <summary>How many results there can be: one more than the largest.</summary>
    public int Classes { get; }

    /// <summary>
    /// How the operation is addition on a circle, in which the Fourier measures are taken; null where no such order is known.
    /// </summary>
    public CyclicOrder? Order { get; }

    /// <summary>The result of <paramref name="a"/> and <paramref name="b"/>.</summary>
    public int this[int a, int b] => _results[a * Size + b];

    /// <summary>(a + b) mod p.</summary>
    /// <param name="p">Any number from 2.</param>
    /// <exception cref="ArgumentException">It is smaller.</exception>
    public static OperationTable Addition(int p) => Of("addition", p, (a, b) => (a + b) % p, () => CyclicOrder.OfIntegers(p, 1));

    /// <summary>(a − b) mod p.</summary>
    /// <inheritdoc cref="Addition"/>
    public static OperationTable Subtraction(int p) => Of("subtraction", p, (a, b) => (a - b + p) % p, () => CyclicOrder.OfIntegers(p, -1));

    /// <summary>a b mod p. For a prime p it is addition of discrete logarithms, on all pairs without a zero.</summary>
    /// <inheritdoc cref="Addition"/>
    public static OperationTable Multiplication(int p) =>
        Of("multiplication", p, (a, b) => (int)((long)a * b % p), () => CyclicOrder.OfPowers(p));

    /// <summary>A table of one's own.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="results">n rows of n results, each from 0.</param>
    /// <exception cref="ArgumentException">It is empty or not square, or a result is negative.</exception>
    public static OperationTable Of(string name, IReadOnlyList<int[]> results)
    {
        int n = results.Count;
        for (int a = 0; a < n; a++)
        {
            if (results[a].Length != n)
            {
                throw new ArgumentException(
                    $"An operation table is square: there are {n} rows, and row {a + 1} has {results[a].Length} results.");
            }

            if (Array.FindIndex(results[a], result => result < 0) is >= 0 and var b)
            {
                throw new ArgumentException(
                    $"Row {a + 1}, column {b + 1} of the operation table is {results[a][b]}: results count from 0.");
            }
        }

        return n >= 2
            ? new(name, n, [.. results.SelectMany(row => row)], null)
            : throw new ArgumentException($"An operation table needs at least 2 rows, not {n}.");
    }

    private static OperationTable Of(string name, int p, Func<int, int, int> result, Func<CyclicOrder?> order)
    {
        if (p < 2)
            throw new ArgumentException($"The modulus must be at least 2, not {p}.");
        var results = new int[checked(p * p)];
        for (int a = 0; a < p; a++)
        {
            for (int b = 0; b < p; b++)
                results[a * p + b] = result(a, b);
        }

        return new($"{name} mod {p}", p, results, order());
    }
}
