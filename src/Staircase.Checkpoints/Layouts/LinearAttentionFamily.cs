namespace Staircase.Checkpoints;

/// <summary>
/// linattn-icl, the code of Zhang et al. 2025: value.weight [H(D+1), D+1] with kq.weight alike, or key.weight and query.weight [HR, D+1],
/// rows by head.
/// </summary>
internal sealed class LinearAttentionFamily() : LayoutFamily("linattn")
{
    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        foreach ((string value, int layer, string p) in evidence.Matching(@"^(?<p>(.*?\.(?<l>\d+)\.([^.]*[^.\d][^.]*\.)*|(.*\.)?))value\.weight$"))
        {
            string kq = p + "kq.weight", key = p + "key.weight", query = p + "query.weight";
            if (p.Contains("attention.self.", StringComparison.Ordinal))
            {
                evidence.Skip(value, "it belongs to an encoder of BERT's kind, which is not read");
                continue;
            }

            if (evidence.Shape(value) is not [var rows, var d] || d == 0 || rows == 0 || rows % d != 0)
            {
                evidence.Skip(value, "it is not [H(D+1), D+1]");
                continue;
            }

            long n = rows / d;
            evidence.Decide(
                $"linattn-icl: value.weight is {Describe([rows, d])} = [H(D+1), D+1], rows by head, so H = {n} and D = {d - 1}; OV is the head's whole value matrix, of which a scalar label sees the last row only");
            if (evidence.Shape(kq) is { } merged && merged.SequenceEqual([rows, d]))
            {
                evidence.Decide($"kq.weight {Describe(merged)}, rows by head; the score is taken as xₙᵀ KQ x_q");
                yield return Layer(layer, n, n, d, d, [value, kq], (tensor, i) =>
                    new(Block(tensor(kq), d, i * d, d, 0, d), Identity(d), Block(tensor(value), d, i * d, d, 0, d), Identity(d)), evidence);
            }
            else if (evidence.Shape(key) is [var hr, var kd] && evidence.Shape(query) is { } qs && qs.SequenceEqual([hr, kd]) && kd == d && hr > 0 && hr % n == 0)
            {
                long r = hr / n;
                evidence.Decide($"key.weight {Describe([hr, kd])} = [HR, D+1], rows by head, so R = {r}");
                yield return new LinearHeads(layer, n, r, d, value, key, query).Layer(evidence);
            }
            else
            {
                evidence.Skip(value, "neither kq.weight of its shape nor key.weight and query.weight [HR, D+1] are beside it");
            }
        }
    }

    /// <summary>Heads of which key and query are thin and the value is whole.</summary>
    internal sealed record LinearHeads(int Index, long Heads, long Rank, long Width, string Value, string Key, string Query)
    {
        public HeadLayer Layer(LayoutEvidence evidence) => LayoutFamily.Layer(Index, Heads, Heads, Rank, Width, [Value, Key, Query], (tensor, i) => new(
            Block(tensor(Query), Width, i * Rank, Rank, 0, Width), Block(tensor(Key), Width, i * Rank, Rank, 0, Width),
            Block(tensor(Value), Width, i * Width, Width, 0, Width), Identity(Width)), evidence);
    }
}

/// <summary>This project's own runs: value [H, D+1, D+1] with key_query alike, or key and query [H, R, D+1].</summary>
internal sealed class StaircaseFamily() : LayoutFamily("staircase")
{
    public override IEnumerable<HeadLayer> Find(LayoutEvidence evidence)
    {
        if (OfRun(evidence) is { } run)
        {
            yield return run;
            yield break;
        }

        if (evidence.Shape("value") is not [var n, var d, var columns] || d != columns)
            yield break;
        if (evidence.Shape("key_query") is { } merged && merged.SequenceEqual([n, d, d]))
        {
            evidence.Decide(
                $"Staircase, merged: value and key_query are {Describe(merged)} = [H, D+1, D+1]; the score is xₙᵀ KQ x_q, so QK = KQᵀ");
            yield return Layer(0, n, n, d, d, ["value", "key_query"], (tensor, i) =>
                new(Block(tensor("key_query"), d, i * d, d, 0, d), Identity(d), Block(tensor("value"), d, i * d, d, 0, d), Identity(d)), evidence);
        }
        else if (evidence.Shape("key") is [var kn, var r, var kd] && evidence.Shape("query") is { } qs && qs.SequenceEqual([kn, r, kd]) && kn == n && kd == d)
        {
            evidence.Decide($"Staircase, separate: key and query are {Describe(qs)} = [H, R, D+1], value is {Describe([n, d, d])}");
            yield return new LinearAttentionFamily.LinearHeads(0, n, r, d, "value", "key", "query").Layer(evidence);
        }

        evidence.Decide("OV is the head's whole value matrix; only its last row reaches the prediction");
    }

    /// <summary>
    /// A run's checkpoint, which holds only what reaches the prediction: the last row of V as value_input [H, D] and value [H], keys
    /// without and with their label column, queries without label.
    /// </summary>
    private static HeadLayer? OfRun(LayoutEvidence evidence)
    {
        if (evidence.Shape("value") is not [> 0 and var n] || evidence.Shape("value_input") is not [var vn, > 0 and var D] || vn != n)
            return null;
        bool separate = evidence.Shape("key") is [var kn, var kr, var kd] && kn == n && kr > 0 && kd == D && Same(evidence, "query", n, kr, D) && Same(
            evidence, "key_label", n, kr);
        if (!separate && !(Same(evidence, "key_query", n, D, D) && Same(evidence, "key_query_label", n, D)))
            return null;
        long width = D + 1, rank = separate ? evidence.Shape("key")![1] : width;
        string[] tensors = separate
            ? ["value", "value_input", "key", "key_label", "query"]
            : ["value", "value_input", "key_query", "key_query_label"];
        evidence.Decide(
            $"Staircase, a run of {(separate ? "separate" : "merged")} attention: H = {n}, D = {D}; label entries are appended to keys and values, and OV is the one row of V that reaches the prediction, of rank 1");
        return Layer(0, n, n, rank, width, tensors, (tensor, i) =>
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
        }, evidence);
    }

    private static bool Same(LayoutEvidence evidence, string name, params ReadOnlySpan<long> shape) =>
        evidence.Shape(name) is { } found && shape.SequenceEqual(found);
}
