namespace Staircase.Checkpoints;

/// <summary>
/// A factor of an axis in the language of layouts: a size (<c>n</c>, <c>n/k</c>), a number, or parts side by side in parentheses,
/// each a product of factors with the outermost first (<c>(n h | k h | k h)</c>).
/// </summary>
/// <param name="Symbol">The name of a size; null for a number or parentheses.</param>
/// <param name="Divisor">What divides it; null for nothing.</param>
/// <param name="Number">A number; 0 for the others.</param>
/// <param name="Parts">What stands in parentheses; empty for the others.</param>
internal sealed record AxisFactor(string? Symbol, string? Divisor, int Number, IReadOnlyList<IReadOnlyList<AxisFactor>> Parts)
{
    /// <summary>Sizes that say which head it is: heads, key/value heads, and query heads of a group.</summary>
    public bool IsOfHeads => Symbol is "n" or "k";

    /// <summary>Whether it is an axis of the residual stream, which heads read and write.</summary>
    public bool IsStream => Symbol is "d" or "e" or "f";

    /// <summary>How many there are, as a sum of products of sizes.</summary>
    public IReadOnlyList<SizeProduct> Size { get; } = Symbol is not null
        ? [SizeProduct.Of(Symbol, Divisor)]
        : Number > 0 ? [SizeProduct.One with { Count = Number }]
        : SizeProduct.Sum(Parts.SelectMany(part => SizeProduct.Multiply(part.Select(factor => factor.Size))));

    /// <summary>This factor and those in its parentheses.</summary>
    public IEnumerable<AxisFactor> All() => Parts.SelectMany(part => part).SelectMany(factor => factor.All()).Prepend(this);

    public override string ToString() => Symbol is not null ? Divisor is null ? Symbol : $"{Symbol}/{Divisor}"
        : Number > 0 ? $"{Number}"
        : $"({string.Join(" | ", Parts.Select(part => string.Join(' ', part)))})";
}
