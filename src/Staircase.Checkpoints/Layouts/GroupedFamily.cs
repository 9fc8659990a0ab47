namespace Staircase.Checkpoints;

/// <summary>
/// One matrix with the rows of a key/value group together, (k, n/k + 2, h): GPT-NeoX, Pythia and BLOOM with k = n, so (n, 3, h), and
/// Falcon.
/// </summary>
internal sealed class GroupedFamily(string name) : LayoutFamily(
    name, @"^(?<p>(.*\.)?(layers|h|blocks|layer)\.(?<l>\d+)\.(attention|self_attention|attn)\.)query_key_value\.weight$")
{
    private bool IsFalcon => Name == "falcon";

    protected override bool Fits(LayoutEvidence evidence, string first, string p)
    {
        if (evidence.Shape(first) is not [var rows, var columns])
            return false;
        bool said = evidence.Config.Text("model_type")?.Contains("falcon", StringComparison.OrdinalIgnoreCase) == true;
        return evidence.Options.Layout is not null || IsFalcon == (said || rows != 3 * columns);
    }

    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string output = p + "dense.weight";
        if (evidence.Shape(name) is not [var rows, var d] || evidence.Shape(output) is not [var od, var nh] || od != d)
            return evidence.Skip(name, $"it is no matrix, or {output} of as many rows as it has columns is missing");
        if (evidence.Heads(name, nh) is not { } n)
            return null;
        long h = nh / n, k = (rows / h - n) / 2, group = n / Math.Max(k, 1);
        if (rows % h != 0 || (rows / h - n) % 2 != 0 || k < 1 || n % k != 0)
            return evidence.Skip(name, $"its {rows} rows are not n + 2k heads of {h} rows for n = {n} and a k that divides it");
        string its = $"its {rows} rows are";
        if (!IsFalcon && k != n)
            return evidence.Skip(name, $"{its} not three for each of {n} heads of {h}; with grouped keys and values the layout is falcon");
        if (evidence.Options.KeyValueHeads is { } wanted && wanted != k)
            return evidence.Skip(name, $"{its} those of {k} key/value heads, not of the {wanted} that were asked for");
        string shape = $"query_key_value is {Describe([rows, d])}, rows by";
        evidence.Decide(IsFalcon
            ? $"Falcon: {shape} key/value group (k, n/k + 2, h) = ({k}, {n / k + 2}, {h})"
            : $"GPT-NeoX, Pythia, BLOOM: {shape} head (n, 3, h) = ({n}, 3, {h}), not Q|K|V; shapes do not tell, the name does");
        evidence.Caveats(p, rotary: !p.Contains("self_attention", StringComparison.Ordinal) || IsFalcon, "query_key_value.bias");
        evidence.SkipBuffers(p, "bias", "masked_bias", LayoutEvidence.RotaryFrequencies);
        return Layer(evidence, layer, n, k, h, d, [name, output], (tensor, i) =>
        {
            long first = i / group * (group + 2);
            return new(Row(first + i % group), Row(first + group), Row(first + group + 1), Columns(tensor(output), nh, i * h, h));

            double[,] Row(long block) => Rows(tensor(name), d, block * h, h);
        });
    }
}
