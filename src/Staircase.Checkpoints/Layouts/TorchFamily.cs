namespace Staircase.Checkpoints;

/// <summary>torch.nn.MultiheadAttention: in_proj_weight [3d, d] with rows Q|K|V, out_proj.weight [d, d].</summary>
internal sealed class TorchFamily() : LayoutFamily("torch")
{
    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        // A model without numbered layers has one attention; several without numbers are counted.
        int unnumbered = 0;
        foreach ((string fused, int number, string p) in evidence.Matching(@"^(?<p>(.*?\.(?<l>\d+)\.([^.]*[^.\d][^.]*\.)*|(.*\.)?))in_proj_weight$"))
        {
            string o = p + "out_proj.weight";
            if (evidence.Shape(fused) is not [var rows, var d] || rows != 3 * d || evidence.Shape(o) is not [var od, var oc] || od != d || oc != d)
            {
                evidence.Skip(fused, $"it is not [3d, d], or {o} [d, d] is missing");
                continue;
            }

            if (evidence.Heads(fused, d) is not { } n)
                continue;
            long h = d / n;
            int layer = p.Any(char.IsAsciiDigit) ? number : unnumbered++;
            evidence.Decide($"torch MultiheadAttention: in_proj_weight is {Describe([rows, d])}, rows Q|K|V, each by head");
            evidence.Caveats(p, rotary: false, "in_proj_bias");
            yield return Layer(layer, n, n, h, d, [fused, o], (tensor, i) => new(
                Block(tensor(fused), d, i * h, h, 0, d), Block(tensor(fused), d, d + i * h, h, 0, d),
                Block(tensor(fused), d, 2 * d + i * h, h, 0, d), Block(tensor(o), d, 0, d, i * h, h)), evidence);
        }
    }
}
