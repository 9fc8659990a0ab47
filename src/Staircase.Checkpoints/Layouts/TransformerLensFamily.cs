namespace Staircase.Checkpoints;

/// <summary>TransformerLens: W_Q, W_K, W_V [n, d, h] and W_O [n, h, d]; grouped keys and values as _W_K, _W_V [k, d, h].</summary>
internal sealed class TransformerLensFamily() : LayoutFamily("transformerlens")
{
    public const string Pattern = @"^(?<p>(.*\.)?blocks\.(?<l>\d+)\.attn\.)W_Q$";

    public override bool Fits(LayoutEvidence evidence) =>
        evidence.Matching(Pattern).FirstOrDefault() is { Prefix: { } p } && evidence.Shape(p + "W_O") is { Length: 3 };

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string q, int layer, string p) in evidence.Matching(Pattern))
        {
            bool grouped = evidence.Shape(p + "_W_K") is not null;
            string k = p + (grouped ? "_W_K" : "W_K"), v = p + (grouped ? "_W_V" : "W_V"), o = p + "W_O";
            if (evidence.Shape(q) is not [var n, var d, var h] || evidence.Shape(k) is not [var kn, var kd, var kh] || evidence.Shape(v) is not [var vn, var vd, var vh]
                || evidence.Shape(o) is not [var on, var oh, var od] || kd != d || vd != d || od != d || kh != h || vh != h || oh != h || vn != kn || on != n || kn < 1 || n % kn != 0)
            {
                evidence.Skip(q, "W_K, W_V [k, d, h] and W_O [n, h, d] that fit its [n, d, h] are missing");
                continue;
            }

            evidence.Decide(
                $"TransformerLens: W_O is {Describe([on, oh, od])}, three axes [n, h, d], so W_Q {Describe([n, d, h])} is [n, d, h], not the [n, h, d] of Nanda's grokking, whose W_O has two");
            evidence.Caveats(p, rotary: evidence.Shape(p + "rotary_sin") is not null, "b_Q", "b_K", "b_V");
            evidence.Decide("TransformerLens may have folded norms into these weights when it loaded them; the file does not tell");
            SkipBuffers(evidence, p);
            yield return Layer(layer, n, kn, h, d, [q, k, v, o], (tensor, i) =>
            {
                long j = i * kn / n;
                return new(
                    BlockTransposed(tensor(q), h, 0, d, 0, h, i * d * h), BlockTransposed(tensor(k), h, 0, d, 0, h, j * d * h),
                    BlockTransposed(tensor(v), h, 0, d, 0, h, j * d * h), BlockTransposed(tensor(o), d, 0, h, 0, d, i * h * d));
            }, evidence);
        }
    }

    internal static void SkipBuffers(LayoutEvidence evidence, string p)
    {
        foreach (string buffer in new[] { "mask", "IGNORE" })
        {
            if (evidence.Shape(p + buffer) is not null)
                evidence.Skip(p + buffer, "a mask, no weight");
        }
    }
}

/// <summary>Nanda's grokking: the names of TransformerLens with W_Q, W_K, W_V [n, h, d] and W_O [d, n·h].</summary>
internal sealed class GrokkingFamily() : LayoutFamily("grokking")
{
    public override bool Fits(LayoutEvidence evidence) =>
        evidence.Matching(TransformerLensFamily.Pattern).FirstOrDefault() is { Prefix: { } p } && evidence.Shape(p + "W_O") is { Length: 2 };

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string q, int layer, string p) in evidence.Matching(TransformerLensFamily.Pattern))
        {
            string k = p + "W_K", v = p + "W_V", o = p + "W_O";
            if (evidence.Shape(q) is not [var n, var h, var d] || evidence.Shape(k) is not { } ks || evidence.Shape(v) is not { } vs || evidence.Shape(o) is not [var od, var nh]
                || !ks.SequenceEqual([n, h, d]) || !vs.SequenceEqual([n, h, d]) || od != d || nh != n * h)
            {
                evidence.Skip(q, "W_K, W_V [n, h, d] and W_O [d, n·h] that fit its [n, h, d] are missing");
                continue;
            }

            evidence.Decide(
                $"Nanda's grokking: W_O is {Describe([od, nh])}, two axes [d, n·h], so W_Q {Describe([n, h, d])} is [n, h, d], not the [n, d, h] of TransformerLens, whose W_O has three");
            evidence.Caveats(p, rotary: false);
            TransformerLensFamily.SkipBuffers(evidence, p);
            yield return Layer(layer, n, n, h, d, [q, k, v, o], (tensor, i) => new(
                Block(tensor(q), d, 0, h, 0, d, i * h * d), Block(tensor(k), d, 0, h, 0, d, i * h * d),
                Block(tensor(v), d, 0, h, 0, d, i * h * d), Block(tensor(o), nh, 0, d, i * h, h)), evidence);
        }
    }
}
