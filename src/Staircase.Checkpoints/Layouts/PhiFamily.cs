namespace Staircase.Checkpoints;

/// <summary>Phi-3: one matrix with rows Q(nh)|K(kh)|V(kh).</summary>
internal sealed class PhiFamily() : LayoutFamily("phi3", @"^(?<p>(.*\.)?layers\.(?<l>\d+)\.self_attn\.)qkv_proj\.weight$")
{
    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string o = p + "o_proj.weight";
        if (evidence.Shape(name) is not [var rows, var d] || evidence.Shape(o) is not [var od, var nh] || od != d)
            return evidence.Skip(name, $"it is no matrix, or {o} of as many rows as it has columns is missing");
        if (evidence.Heads(name, nh) is not { } n)
            return null;
        long h = nh / n, kh = (rows - nh) / 2, k = kh / h;
        if (rows <= nh || (rows - nh) % 2 != 0 || kh % h != 0 || k < 1 || n % k != 0)
        {
            string wanted = $"{nh} of queries and twice those of key/value heads of dimension {h} whose number divides {n}";
            return evidence.Skip(name, $"its {rows} rows are not {wanted}");
        }

        evidence.Decide(
            $"Phi-3: qkv_proj is {Describe([rows, d])}, rows Q({nh})|K({kh})|V({kh}); query head i uses key/value head ⌊i·{k}/{n}⌋");
        evidence.Caveats(p, rotary: true, "qkv_proj.bias");
        return Layer(evidence, layer, n, k, h, d, [name, o], (tensor, i) =>
        {
            long j = i * k / n;
            double[] w = tensor(name);
            return new(Rows(w, d, i * h, h), Rows(w, d, nh + j * h, h), Rows(w, d, nh + kh + j * h, h), Columns(tensor(o), nh, i * h, h));
        });
    }
}
