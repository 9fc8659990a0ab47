namespace Staircase.Checkpoints;

/// <summary>Separate Linear layers q_proj [nh, d], k_proj and v_proj [kh, d], o_proj [d, nh]: Llama, Mistral, Qwen.</summary>
internal sealed class LlamaFamily() : LayoutFamily("llama", @"^(?<p>(.*\.)?layers\.(?<l>\d+)\.self_attn\.)q_proj\.weight$")
{
    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string k = p + "k_proj.weight", v = p + "v_proj.weight", o = p + "o_proj.weight";
        if (evidence.Shape(o) is null)
            o = p + "out_proj.weight";
        if (evidence.Shape(name) is not [var nh, var d] || evidence.Shape(k) is not [var kh, var dk] || dk != d
            || !evidence.Has(v, kh, d) || !evidence.Has(o, d, nh))
        {
            return evidence.Skip(name, "k_proj, v_proj and o_proj of fitting shapes are missing beside it");
        }

        if (evidence.Heads(name, nh) is not { } n)
            return null;
        long h = nh / n, groups = kh / h;
        string its = $"its {kh} rows are";
        if (kh % h != 0 || groups < 1 || n % groups != 0)
            return evidence.Skip(k, $"{its} not those of key/value heads of dimension {h} whose number divides {n}");
        (int Value, string From)? said = evidence.Options.KeyValueHeads is { } given ? (given, "--kv-heads")
            : evidence.Config.Integer("num_key_value_heads", "n_kv_heads", "num_kv_heads");
        if (said is { } other && other.Value != groups)
            return evidence.Skip(k, $"{its} those of {groups} key/value heads of dimension {h}, not of {other.Value} ({other.From})");
        evidence.Decide($"Llama: q_proj is {Describe([nh, d])} = [nh, d], k_proj {Describe([kh, d])} = [kh, d] with k = {groups}; "
            + $"query head i uses key/value head ⌊i·{groups}/{n}⌋");
        evidence.Caveats(p, rotary: true, "q_proj.bias", "k_proj.bias", "v_proj.bias");
        return Layer(evidence, layer, n, groups, h, d, [name, k, v, o], (tensor, i) =>
        {
            long j = i * groups / n;
            return new(
                Rows(tensor(name), d, i * h, h), Rows(tensor(k), d, j * h, h),
                Rows(tensor(v), d, j * h, h), Columns(tensor(o), nh, i * h, h));
        });
    }
}
