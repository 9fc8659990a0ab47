namespace Staircase.Checkpoints;

/// <summary>
/// What is known of the sizes n, k, h, d… of an attention: equations between products of them and the lengths of axes, solved as far as
/// one unknown at a time goes.
/// </summary>
internal sealed class SizeSystem
{
    private readonly List<(IReadOnlyList<SizeProduct> Sum, long Length)> _equations;
    private readonly Dictionary<string, (SizeProduct Product, long Value)> _known;

    public SizeSystem()
        : this([], new())
    {
    }

    private SizeSystem(
        List<(IReadOnlyList<SizeProduct> Sum, long Length)> equations, Dictionary<string, (SizeProduct Product, long Value)> known) =>
        (_equations, _known) = (equations, known);

    /// <summary>A size; null while it is not known.</summary>
    public long? this[string symbol] => _known.TryGetValue(symbol, out var known) ? known.Value : null;

    /// <summary>Products of sizes that are known though their factors are not.</summary>
    public IEnumerable<string> Products =>
        _known.Values.Where(known => known.Product.Powers.Any(power => this[power.Symbol] is null))
            .Select(known => $"{known.Product.Key} = {known.Value}");

    /// <summary>The same, to try something with.</summary>
    public SizeSystem Copy() => new([.. _equations], new(_known));

    /// <summary>Says that a size has a value.</summary>
    /// <returns>Whether that contradicts nothing.</returns>
    public bool Set(string symbol, long value) => Add([SizeProduct.Of(symbol)], value);

    /// <summary>Says how long an axis is.</summary>
    /// <returns>Whether that contradicts nothing.</returns>
    public bool Add(IReadOnlyList<SizeProduct> sum, long length)
    {
        _equations.Add((sum, length));
        bool more = true;
        while (more)
        {
            more = false;
            foreach ((IReadOnlyList<SizeProduct> terms, long total) in _equations)
            {
                if (!Solve(terms, total, ref more))
                    return false;
            }

            foreach ((SizeProduct product, long value) in _known.Values.ToArray())
            {
                if (!Divide(product, value, ref more))
                    return false;
            }
        }

        return !(this["n"] is { } n && this["k"] is { } k && n % k != 0);
    }

    /// <summary>The length of an axis or a part of one, all sizes being known.</summary>
    public long Length(AxisFactor factor) => factor.Size.Sum(term => term.Count * Value(term)!.Value);

    private bool Solve(IReadOnlyList<SizeProduct> terms, long total, ref bool more)
    {
        SizeProduct? unknown = null;
        foreach (SizeProduct term in terms)
        {
            if (Value(term) is { } value)
                total -= term.Count * value;
            else if (unknown is null)
                unknown = term;
            else
                return true;
        }

        if (unknown is null)
            return total == 0;
        if (total <= 0 || total % unknown.Count != 0)
            return false;
        _known.Add(unknown.Key, (unknown with { Count = 1 }, total / unknown.Count));
        return more = true;
    }

    /// <summary>Finds the last unknown factor of a product whose value is known.</summary>
    private bool Divide(SizeProduct product, long value, ref bool more)
    {
        string? unknown = null;
        Int128 over = 1, under = 1;
        foreach ((string symbol, int power) in product.Powers)
        {
            if (this[symbol] is not { } size)
            {
                if (unknown is not null || power != 1)
                    return true;
                unknown = symbol;
                continue;
            }

            for (int p = 0; p < Abs(power); p++)
            {
                if (power > 0)
                    over *= size;
                else
                    under *= size;
                if (over > long.MaxValue || under > long.MaxValue)
                    return false;
            }
        }

        if (unknown is null)
            return over == value * under;
        if (over == 0 || value * under % over != 0)
            return false;
        _known.Add(unknown, (SizeProduct.Of(unknown), (long)(value * under / over)));
        return more = true;
    }

    private long? Value(SizeProduct product)
    {
        if (product.Powers.Count == 0)
            return 1;
        if (_known.TryGetValue(product.Key, out var known))
            return known.Value;
        Int128 over = 1, under = 1;
        foreach ((string symbol, int power) in product.Powers)
        {
            if (this[symbol] is not { } size)
                return null;
            for (int p = 0; p < Abs(power) && over <= long.MaxValue; p++)
                _ = power > 0 ? over *= size : under *= size;
        }

        return over <= long.MaxValue && under > 0 && over % under == 0 ? (long)(over / under) : null;
    }
}
