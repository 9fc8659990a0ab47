namespace Staircase.Checkpoints;

/// <summary>torch.nn.MultiheadAttention: in_proj_weight [3d, d] with rows Q|K|V, out_proj.weight [d, d].</summary>
internal sealed class TorchFamily() : LayoutFamily("torch", LayoutEvidence.AnyPrefix + "in_proj_weight$")
{
    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string o = p + "out_proj.weight";
        if (evidence.Shape(name) is not [var rows, var d] || rows != 3 * d || !evidence.Has(o, d, d))
            return evidence.Skip(name, $"it is not [3d, d], or {o} [d, d] is missing");
        if (evidence.Heads(name, d) is not { } n)
            return null;
        long h = d / n;
        if (!p.Any(char.IsAsciiDigit))
            layer = evidence.Unnumbered++; // a model without numbered layers has one attention; several without numbers are counted
        evidence.Decide($"torch MultiheadAttention: in_proj_weight is {Describe([rows, d])}, rows Q|K|V, each by head");
        evidence.Caveats(p, rotary: false, "in_proj_bias");
        return Layer(evidence, layer, n, n, h, d, [name, o], (tensor, i) =>
        {
            return new(Part(0), Part(1), Part(2), Columns(tensor(o), d, i * h, h));

            double[,] Part(long qkv) => Rows(tensor(name), d, qkv * d + i * h, h);
        });
    }
}
