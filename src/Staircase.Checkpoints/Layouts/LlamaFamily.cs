namespace Staircase.Checkpoints;

/// <summary>Separate Linear layers q_proj [nh, d], k_proj and v_proj [kh, d], o_proj [d, nh]: Llama, Mistral, Qwen.</summary>
internal sealed class LlamaFamily() : LayoutFamily("llama")
{
    private const string Pattern = @"^(?<p>(.*\.)?layers\.(?<l>\d+)\.self_attn\.)q_proj\.weight$";

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string q, int layer, string p) in evidence.Matching(Pattern))
        {
            string k = p + "k_proj.weight", v = p + "v_proj.weight", o = evidence.Shape(p + "o_proj.weight") is null
                ? p + "out_proj.weight"
                : p + "o_proj.weight";
            if (evidence.Shape(q) is not [var nh, var d] || evidence.Shape(k) is not [var kh, var dk] || evidence.Shape(v) is not [var vh, var dv] || evidence.Shape(o) is not [var od, var onh]
                || dk != d || dv != d || od != d || kh != vh || onh != nh)
            {
                evidence.Skip(q, "k_proj, v_proj and o_proj of fitting shapes are missing beside it");
                continue;
            }

            if (evidence.Heads(q, nh) is not { } n)
                continue;
            long h = nh / n, groups = kh / h;
            if (kh % h != 0 || groups < 1 || n % groups != 0)
            {
                evidence.Skip(k, $"its {kh} rows are not those of key/value heads of dimension {h} whose number divides {n}");
                continue;
            }

            (int Value, string From)? said = evidence.Options.KeyValueHeads is { } given
                ? (given, "--kv-heads")
                : evidence.Config.Integer("num_key_value_heads", "n_kv_heads", "num_kv_heads");
            if (said is { } other && other.Value != groups)
            {
                evidence.Skip(
                    k, $"its {kh} rows are those of {groups} key/value heads of dimension {h}, not of {other.Value} ({other.From})");
                continue;
            }

            evidence.Decide(
                $"Llama: q_proj is {Describe([nh, d])} = [nh, d], k_proj {Describe([kh, d])} = [kh, d] with k = {groups}; query head i uses key/value head ⌊i·{groups}/{n}⌋");
            evidence.Caveats(p, rotary: true, "q_proj.bias", "k_proj.bias", "v_proj.bias");
            yield return Layer(layer, n, groups, h, d, [q, k, v, o], (tensor, i) =>
            {
                long j = i * groups / n;
                return new(
                    Block(tensor(q), d, i * h, h, 0, d), Block(tensor(k), d, j * h, h, 0, d), Block(tensor(v), d, j * h, h, 0, d),
                    Block(tensor(o), nh, 0, d, i * h, h));
            }, evidence);
        }
    }
}
