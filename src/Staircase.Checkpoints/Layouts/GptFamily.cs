namespace Staircase.Checkpoints;

/// <summary>
/// GPT-2 (Conv1D, [in, out]) and nanoGPT (Linear, [out, in]): the same names; Q|K|V lie side by side, in columns or in rows.
/// </summary>
internal sealed class GptFamily(string name, bool fusedColumns) : LayoutFamily(name)
{
    private const string Pattern = @"^(?<p>(.*\.)?h\.(?<l>\d+)\.attn\.)c_attn\.weight$";

    public override bool Fits(LayoutEvidence evidence) =>
        evidence.Matching(Pattern).FirstOrDefault() is { Name: { } first } && evidence.Shape(first) is [var a, var b] && (
            fusedColumns ? b == 3 * a : a == 3 * b);

    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string fused, int layer, string p) in evidence.Matching(Pattern))
        {
            string output = p + "c_proj.weight";
            if (evidence.Shape(fused) is not [var rows, var columns] || (fusedColumns ? columns != 3 * rows : rows != 3 * columns))
            {
                evidence.Skip(fused, $"its shape is not {(fusedColumns ? "[d, 3d]" : "[3d, d]")}");
                continue;
            }

            long d = Math.Min(rows, columns);
            if (evidence.Shape(output) is not [var o1, var o2] || o1 != d || o2 != d)
            {
                evidence.Skip(fused, $"{output} of shape [{d}, {d}] is missing");
                continue;
            }

            if (evidence.Heads(fused, d) is not { } n)
                continue;
            long h = d / n;
            evidence.Decide(fusedColumns
                ? $"GPT-2: c_attn is {Describe([rows, columns])} = [d, 3d], so it is a Conv1D [in, out] with columns Q|K|V, and c_proj, square, is [in, out], too"
                : $"nanoGPT: c_attn is {Describe([rows, columns])} = [3d, d], so it is a Linear [out, in] with rows Q|K|V, and c_proj, square, is [out, in], too");
            evidence.Caveats(p, rotary: false, "c_attn.bias");
            foreach (string buffer in new[] { "bias", "masked_bias" })
            {
                if (evidence.Shape(p + buffer) is not null)
                    evidence.Skip(p + buffer, "a mask, no weight");
            }

            yield return Layer(layer, n, n, h, d, [fused, output], (tensor, i) => fusedColumns
                ? new(
                    BlockTransposed(tensor(fused), 3 * d, 0, d, i * h, h), BlockTransposed(tensor(fused), 3 * d, 0, d, d + i * h, h),
                    BlockTransposed(tensor(fused), 3 * d, 0, d, 2 * d + i * h, h), BlockTransposed(tensor(output), d, i * h, h, 0, d))
                : new(
                    Block(tensor(fused), d, i * h, h, 0, d), Block(tensor(fused), d, d + i * h, h, 0, d),
                    Block(tensor(fused), d, 2 * d + i * h, h, 0, d), Block(tensor(output), d, 0, d, i * h, h)), evidence);
        }
    }
}
