namespace Staircase.Checkpoints;

/// <summary>
/// One matrix with the rows of a key/value group together, (k, n/k + 2, h): GPT-NeoX, Pythia and BLOOM with k = n, so (n, 3, h), and
/// Falcon.
/// </summary>
internal sealed class GroupedFamily(string name) : LayoutFamily(name)
{
    private const string Pattern = @"^(?<p>(.*\.)?(layers|h|blocks|layer)\.(?<l>\d+)\.(attention|self_attention|attn)\.)query_key_value\.weight$";

    private bool IsFalcon => Name == "falcon";

    public override bool Fits(LayoutEvidence evidence)
    {
        if (evidence.Matching(Pattern).FirstOrDefault() is not { Name: { } first } || evidence.Shape(first) is not [var rows, var columns])
            return false;
        if (evidence.Options.Layout is not null)
            return true;
        bool said = evidence.Config.Text("model_type")?.Contains("falcon", StringComparison.OrdinalIgnoreCase) == true;
        return IsFalcon == (said || rows != 3 * columns);
    }

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string fused, int layer, string p) in evidence.Matching(Pattern))
        {
            string output = p + "dense.weight";
            if (evidence.Shape(fused) is not [var rows, var d] || evidence.Shape(output) is not [var od, var nh] || od != d)
            {
                evidence.Skip(fused, $"it is no matrix, or {output} of as many rows as it has columns is missing");
                continue;
            }

            if (evidence.Heads(fused, nh) is not { } n)
                continue;
            long h = nh / n, k = (rows / h - n) / 2;
            if (rows % h != 0 || (rows / h - n) % 2 != 0 || k < 1 || n % k != 0)
            {
                evidence.Skip(fused, $"its {rows} rows are not n + 2k heads of {h} rows for n = {n} and a k that divides it");
                continue;
            }

            if (!IsFalcon && k != n)
            {
                evidence.Skip(
                    fused,
                    $"its {rows} rows are not three for each of {n} heads of {h}; with grouped keys and values the layout is falcon");
                continue;
            }

            if (evidence.Options.KeyValueHeads is { } wanted && wanted != k)
            {
                evidence.Skip(fused, $"its {rows} rows are those of {k} key/value heads, not of the {wanted} that were asked for");
                continue;
            }

            evidence.Decide(IsFalcon
                ? $"Falcon: query_key_value is {Describe([rows, d])}, rows by key/value group (k, n/k + 2, h) = ({k}, {n / k + 2}, {h})"
                : $"GPT-NeoX, Pythia, BLOOM: query_key_value is {Describe([rows, d])}, rows by head (n, 3, h) = ({n}, 3, {h}), not Q|K|V; shapes do not tell, the name does");
            evidence.Caveats(p, rotary: !p.Contains("self_attention", StringComparison.Ordinal) || IsFalcon, "query_key_value.bias");
            foreach (string buffer in new[] { "bias", "masked_bias", "rotary_emb.inv_freq" })
            {
                if (evidence.Shape(p + buffer) is not null)
                {
                    evidence.Skip(
                        p + buffer,
                        buffer == "rotary_emb.inv_freq" ? "the frequencies of rotary positions, no weight" : "a mask, no weight");
                }
            }

            long group = n / k;
            yield return Layer(layer, n, k, h, d, [fused, output], (tensor, i) =>
            {
                long first = i / group * (group + 2) * h;
                double[] w = tensor(fused);
                return new(
                    Block(w, d, first + i % group * h, h, 0, d), Block(w, d, first + group * h, h, 0, d),
                    Block(w, d, first + (group + 1) * h, h, 0, d), Block(tensor(output), nh, 0, d, i * h, h));
            }, evidence);
        }
    }
}
