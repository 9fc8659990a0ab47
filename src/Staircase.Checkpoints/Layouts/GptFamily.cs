namespace Staircase.Checkpoints;

/// <summary>
/// GPT-2 (Conv1D, [in, out]) and nanoGPT (Linear, [out, in]): the same names; Q|K|V lie side by side, in columns or in rows.
/// </summary>
internal sealed class GptFamily(string name, bool fusedColumns) : LayoutFamily(name, @"^(?<p>(.*\.)?h\.(?<l>\d+)\.attn\.)c_attn\.weight$")
{
    protected override bool Fits(LayoutEvidence evidence, string first, string p) =>
        evidence.Shape(first) is [var rows, var columns] && IsFused(rows, columns);

    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string output = p + "c_proj.weight";
        if (evidence.Shape(name) is not [var rows, var columns] || !IsFused(rows, columns))
            return evidence.Skip(name, $"its shape is not {(fusedColumns ? "[d, 3d]" : "[3d, d]")}");
        long d = Math.Min(rows, columns);
        if (!evidence.Has(output, d, d))
            return evidence.Skip(name, $"{output} of shape [{d}, {d}] is missing");
        if (evidence.Heads(name, d) is not { } n)
            return null;
        long h = d / n;
        evidence.Decide((fusedColumns ? "GPT-2" : "nanoGPT") + $": c_attn is {Describe([rows, columns])} = " + (fusedColumns
            ? "[d, 3d], so it is a Conv1D [in, out] with columns Q|K|V, and c_proj, square, is [in, out], too"
            : "[3d, d], so it is a Linear [out, in] with rows Q|K|V, and c_proj, square, is [out, in], too"));
        evidence.Caveats(p, rotary: false, "c_attn.bias");
        evidence.SkipBuffers(p, "bias", "masked_bias");
        return Layer(evidence, layer, n, n, h, d, [name, output], (tensor, i) =>
        {
            return fusedColumns ? new(Part(0), Part(1), Part(2), RowsTransposed(tensor(output), d, i * h, h))
                : new(Part(0), Part(1), Part(2), Columns(tensor(output), d, i * h, h));

            double[,] Part(long qkv) => fusedColumns
                ? ColumnsTransposed(tensor(name), 3 * d, qkv * d + i * h, h) : Rows(tensor(name), d, qkv * d + i * h, h);
        });
    }

    private bool IsFused(long rows, long columns) => fusedColumns ? columns == 3 * rows : rows == 3 * columns;
}
