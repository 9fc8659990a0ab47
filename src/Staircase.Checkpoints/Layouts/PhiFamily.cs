namespace Staircase.Checkpoints;

/// <summary>Phi-3: one matrix with rows Q(nh)|K(kh)|V(kh).</summary>
internal sealed class PhiFamily() : LayoutFamily("phi3")
{
    private const string Pattern = @"^(?<p>(.*\.)?layers\.(?<l>\d+)\.self_attn\.)qkv_proj\.weight$";

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string fused, int layer, string p) in evidence.Matching(Pattern))
        {
            string o = p + "o_proj.weight";
            if (evidence.Shape(fused) is not [var rows, var d] || evidence.Shape(o) is not [var od, var nh] || od != d)
            {
                evidence.Skip(fused, $"it is no matrix, or {o} of as many rows as it has columns is missing");
                continue;
            }

            if (evidence.Heads(fused, nh) is not { } n)
                continue;
            long h = nh / n, kh = (rows - nh) / 2, k = kh / h;
            if (rows <= nh || (rows - nh) % 2 != 0 || kh % h != 0 || k < 1 || n % k != 0)
            {
                evidence.Skip(
                    fused,
                    $"its {rows} rows are not {nh} of queries and twice those of key/value heads of dimension {h} whose number divides {n}");
                continue;
            }

            evidence.Decide(
                $"Phi-3: qkv_proj is {Describe([rows, d])}, rows Q({nh})|K({kh})|V({kh}); query head i uses key/value head ⌊i·{k}/{n}⌋");
            evidence.Caveats(p, rotary: true, "qkv_proj.bias");
            yield return Layer(layer, n, k, h, d, [fused, o], (tensor, i) =>
            {
                long j = i * k / n;
                double[] w = tensor(fused);
                return new(
                    Block(w, d, i * h, h, 0, d), Block(w, d, nh + j * h, h, 0, d), Block(w, d, nh + kh + j * h, h, 0, d),
                    Block(tensor(o), nh, 0, d, i * h, h));
            }, evidence);
        }
    }
}
