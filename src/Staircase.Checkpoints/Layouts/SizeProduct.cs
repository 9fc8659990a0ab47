namespace Staircase.Checkpoints;

/// <summary>A number times a product of sizes, such as 3·n·h: a term of what an axis may be as long as.</summary>
/// <param name="Count">The number.</param>
/// <param name="Powers">The sizes in the order of their names, each with its power, which is negative below a line.</param>
/// <param name="Key">The sizes as text, for comparison.</param>
internal sealed record SizeProduct(long Count, IReadOnlyList<(string Symbol, int Power)> Powers, string Key)
{
    public static SizeProduct One { get; } = new(1, [], "");

    public static SizeProduct Of(string symbol, string? divisor = null) =>
        Create(1, divisor is null ? [(symbol, 1)] : [(symbol, 1), (divisor, -1)]);

    /// <summary>The product of sums.</summary>
    public static IReadOnlyList<SizeProduct> Multiply(IEnumerable<IReadOnlyList<SizeProduct>> sums) =>
        sums.Aggregate<IReadOnlyList<SizeProduct>, IReadOnlyList<SizeProduct>>(
            [One], (product, sum) => Sum(product.SelectMany(a => sum.Select(b => Create(a.Count * b.Count, [.. a.Powers, .. b.Powers])))));

    /// <summary>A sum in which each product of sizes stands once.</summary>
    public static IReadOnlyList<SizeProduct> Sum(IEnumerable<SizeProduct> terms) =>
        [.. terms.GroupBy(term => term.Key).Select(same => same.First() with { Count = same.Sum(t => t.Count) })];

    private static SizeProduct Create(long count, IEnumerable<(string Symbol, int Power)> powers)
    {
        (string Symbol, int Power)[] sorted =
        [
            .. powers.GroupBy(power => power.Symbol).Select(same => (same.Key, same.Sum(power => power.Power)))
                .Where(power => power.Item2 != 0).OrderBy(power => power.Key == "n" ? "" : power.Key, StringComparer.Ordinal),
        ];
        string key = string.Join('·', sorted.Select(power => power.Power switch
        {
            1 => power.Symbol,
            -1 => $"1/{power.Symbol}",
            var p => $"{power.Symbol}^{p}",
        }));
        return new(count, sorted, key);
    }
}
