namespace Staircase.Checkpoints;

/// <summary>TransformerLens: W_Q, W_K, W_V [n, d, h] and W_O [n, h, d]; grouped keys and values as _W_K, _W_V [k, d, h].</summary>
internal sealed class TransformerLensFamily() : LayoutFamily("transformerlens", Pattern)
{
    public const string Pattern = @"^(?<p>(.*\.)?blocks\.(?<l>\d+)\.attn\.)W_Q$";

    protected override bool Fits(LayoutEvidence evidence, string first, string p) => evidence.Shape(p + "W_O") is { Length: 3 };

    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string shared = evidence.Shape(p + "_W_K") is not null ? p + "_" : p, k = shared + "W_K", v = shared + "W_V", o = p + "W_O";
        if (evidence.Shape(name) is not [var n, var d, var h] || evidence.Shape(k) is not [>= 1 and var kn, ..] || n % kn != 0
            || !evidence.Has(k, kn, d, h) || !evidence.Has(v, kn, d, h) || !evidence.Has(o, n, h, d))
        {
            return evidence.Skip(name, "W_K, W_V [k, d, h] and W_O [n, h, d] that fit its [n, d, h] are missing");
        }

        evidence.Decide($"TransformerLens: W_O is {Describe([n, h, d])}, three axes [n, h, d], so W_Q {Describe([n, d, h])} is [n, d, h], "
            + "not the [n, h, d] of Nanda's grokking, whose W_O has two");
        evidence.Caveats(p, rotary: evidence.Shape(p + "rotary_sin") is not null, "b_Q", "b_K", "b_V");
        evidence.Decide("TransformerLens may have folded norms into these weights when it loaded them; the file does not tell");
        evidence.SkipBuffers(p, "mask", "IGNORE");
        return Layer(evidence, layer, n, kn, h, d, [name, k, v, o], (tensor, i) =>
        {
            long j = i * kn / n;
            return new(
                RowsTransposed(tensor(name), h, i * d, d), RowsTransposed(tensor(k), h, j * d, d),
                RowsTransposed(tensor(v), h, j * d, d), RowsTransposed(tensor(o), d, i * h, h));
        });
    }
}

/// <summary>Nanda's grokking: the names of TransformerLens with W_Q, W_K, W_V [n, h, d] and W_O [d, n·h].</summary>
internal sealed class GrokkingFamily() : LayoutFamily("grokking", TransformerLensFamily.Pattern)
{
    protected override bool Fits(LayoutEvidence evidence, string first, string p) => evidence.Shape(p + "W_O") is { Length: 2 };

    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string k = p + "W_K", v = p + "W_V", o = p + "W_O";
        if (evidence.Shape(name) is not [var n, var h, var d]
            || !evidence.Has(k, n, h, d) || !evidence.Has(v, n, h, d) || !evidence.Has(o, d, n * h))
        {
            return evidence.Skip(name, "W_K, W_V [n, h, d] and W_O [d, n·h] that fit its [n, h, d] are missing");
        }

        evidence.Decide($"Nanda's grokking: W_O is {Describe([d, n * h])}, two axes [d, n·h], so W_Q {Describe([n, h, d])} is [n, h, d], "
            + "not the [n, d, h] of TransformerLens, whose W_O has three");
        evidence.Caveats(p, rotary: false);
        evidence.SkipBuffers(p, "mask", "IGNORE");
        return Layer(evidence, layer, n, n, h, d, [name, k, v, o], (tensor, i) => new(
            Rows(tensor(name), d, i * h, h), Rows(tensor(k), d, i * h, h),
            Rows(tensor(v), d, i * h, h), Columns(tensor(o), n * h, i * h, h)));
    }
}
