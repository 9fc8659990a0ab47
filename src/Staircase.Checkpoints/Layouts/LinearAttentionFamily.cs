namespace Staircase.Checkpoints;

/// <summary>
/// linattn-icl, the code of Zhang et al. 2025: value.weight [H(D+1), D+1] with kq.weight alike, or key.weight and query.weight [HR, D+1],
/// rows by head.
/// </summary>
internal sealed class LinearAttentionFamily() : LayoutFamily("linattn", LayoutEvidence.AnyPrefix + @"value\.weight$")
{
    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        string kq = p + "kq.weight", key = p + "key.weight", query = p + "query.weight";
        if (p.Contains("attention.self.", StringComparison.Ordinal))
            return evidence.Skip(name, "it belongs to an encoder of BERT's kind, which is not read");
        if (evidence.Shape(name) is not [> 0 and var rows, > 0 and var d] || rows % d != 0)
            return evidence.Skip(name, "it is not [H(D+1), D+1]");
        long n = rows / d;
        evidence.Decide($"linattn-icl: value.weight is {Describe([rows, d])} = [H(D+1), D+1], rows by head, so H = {n} and D = {d - 1}; "
            + "OV is the head's whole value matrix, of which a scalar label sees the last row only");
        if (evidence.Has(kq, rows, d))
        {
            evidence.Decide($"kq.weight {Describe([rows, d])}, rows by head; the score is taken as xₙᵀ KQ x_q");
            return Merged(evidence, layer, n, d, name, kq);
        }

        if (evidence.Shape(key) is not [> 0 and var hr, var kd] || kd != d || hr % n != 0 || !evidence.Has(query, hr, d))
            return evidence.Skip(name, "neither kq.weight of its shape nor key.weight and query.weight [HR, D+1] are beside it");
        evidence.Decide($"key.weight {Describe([hr, d])} = [HR, D+1], rows by head, so R = {hr / n}");
        return Separate(evidence, layer, n, hr / n, d, name, key, query);
    }

    /// <summary>Heads of two whole matrices.</summary>
    internal static HeadLayer Merged(LayoutEvidence evidence, int layer, long n, long d, string value, string keyQuery) =>
        Layer(evidence, layer, n, n, d, d, [value, keyQuery], (tensor, i) =>
            new(Rows(tensor(keyQuery), d, i * d, d), Identity(d), Rows(tensor(value), d, i * d, d), Identity(d)));

    /// <summary>Heads of which key and query are thin and the value is whole.</summary>
    internal static HeadLayer Separate(
        LayoutEvidence evidence, int layer, long n, long r, long d, string value, string key, string query) =>
        Layer(evidence, layer, n, n, r, d, [value, key, query], (tensor, i) =>
            new(Rows(tensor(query), d, i * r, r), Rows(tensor(key), d, i * r, r), Rows(tensor(value), d, i * d, d), Identity(d)));
}

/// <summary>This project's own runs: value [H, D+1, D+1] with key_query alike, or key and query [H, R, D+1].</summary>
internal sealed class StaircaseFamily() : LayoutFamily("staircase", @"^value\z")
{
    private const string Whole = "OV is the head's whole value matrix; only its last row reaches the prediction";

    protected override HeadLayer? Recognize(LayoutEvidence evidence, string name, int layer, string p)
    {
        if (OfRun(evidence) is { } run)
            return run;
        if (evidence.Shape("value") is not [var n, var d, var columns] || d != columns)
            return null;
        if (evidence.Has("key_query", n, d, d))
        {
            evidence.Decide($"Staircase, merged: value and key_query are {Describe([n, d, d])} = [H, D+1, D+1]; "
                + "the score is xₙᵀ KQ x_q, so QK = KQᵀ");
            evidence.Decide(Whole);
            return LinearAttentionFamily.Merged(evidence, layer, n, d, "value", "key_query");
        }

        if (evidence.Shape("key") is not [_, var r, _] || !evidence.Has("key", n, r, d) || !evidence.Has("query", n, r, d))
            return null;
        evidence.Decide($"Staircase, separate: key and query are {Describe([n, r, d])} = [H, R, D+1], value is {Describe([n, d, d])}");
        evidence.Decide(Whole);
        return LinearAttentionFamily.Separate(evidence, layer, n, r, d, "value", "key", "query");
    }

    /// <summary>
    /// A run's checkpoint, which holds only what reaches the prediction: the last row of V as value_input [H, D] and value [H], keys
    /// without and with their label column, queries without label.
    /// </summary>
    private static HeadLayer? OfRun(LayoutEvidence evidence)
    {
        if (evidence.Shape("value") is not [> 0 and var n] || evidence.Shape("value_input") is not [var vn, > 0 and var D] || vn != n)
            return null;
        long rank = evidence.Shape("key") is [_, > 0 and var second, _] ? second : 0;
        bool separate = rank > 0
            && evidence.Has("key", n, rank, D) && evidence.Has("query", n, rank, D) && evidence.Has("key_label", n, rank);
        if (!separate && !(evidence.Has("key_query", n, D, D) && evidence.Has("key_query_label", n, D)))
            return null;
        long width = D + 1;
        if (!separate)
            rank = width;
        string[] factors = separate ? ["key", "key_label", "query"] : ["key_query", "key_query_label"];
        evidence.Decide($"Staircase, a run of {(separate ? "separate" : "merged")} attention: H = {n}, D = {D}; "
            + "label entries are appended to keys and values, and OV is the one row of V that reaches the prediction, of rank 1");
        return Layer(evidence, 0, n, n, rank, width, ["value", "value_input", .. factors], (tensor, i) =>
        {
            var query = new double[rank, width];
            double[,] key = separate ? new double[rank, width] : Identity(width);
            var value = new double[1, width];
            for (long d = 0; d < D; d++)
            {
                value[0, d] = tensor("value_input")[i * D + d];
                for (long r = 0; r < (separate ? rank : D); r++)
                    query[r, d] = separate ? tensor("query")[(i * rank + r) * D + d] : tensor("key_query")[(i * D + r) * D + d];
                for (long r = 0; separate && r < rank; r++)
                    key[r, d] = tensor("key")[(i * rank + r) * D + d];
                if (!separate)
                    query[D, d] = tensor("key_query_label")[i * D + d];
            }

            for (long r = 0; separate && r < rank; r++)
                key[r, D] = tensor("key_label")[i * rank + r];
            value[0, D] = tensor("value")[i];
            var output = new double[width, 1];
            output[D, 0] = 1;
            return new(query, key, value, output);
        });
    }
}
