namespace Staircase;

/// <summary>Quantities that the gradient flow leaves unchanged, on any data and with any blocks.</summary>
public static class ConservationLaws
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "conservation",
        "Along the flow merged attention conserves w₂w₂ᵀ − W₁W₁ᵀ (H×H, rows are heads); separate attention conserves K_iK_iᵀ − Q_iQ_iᵀ "
        + "(R×R) and v_i² − ‖K_i‖² of every head.",
        Paper.Zhang2025, "App. E.8; with full blocks: this project",
        "gradient flow of any loss",
        "discrete steps, which drift by O(η)");

    /// <summary>The invariants of given weights, one number each; along a flow every one stays what it is.</summary>
    /// <remarks>
    /// Merged: the entries of w₂w₂ᵀ − W₁W₁ᵀ. Separate: head by head the entries of KKᵀ − QQᵀ, then v² − ‖K‖². Rows include the other
    /// blocks.
    /// </remarks>
    public static double[] Invariants(AttentionModel model, ReadOnlySpan<double> weights)
    {
        double[] w = weights.ToArray();
        IEnumerable<int> heads = Range(0, model.Heads);
        if (model is SeparateAttention separate)
            return [.. heads.SelectMany(h => OfHead(separate.Head(w, h)))];
        var merged = (MergedModel)model;
        var output = Matrix.Build.DenseOfRowArrays(heads.Select(h => Output(merged.Head(w, h))));
        var hidden = Matrix.Build.DenseOfRowArrays(heads.Select(h => Hidden(merged.Head(w, h))));
        return (output.TransposeAndMultiply(output) - hidden.TransposeAndMultiply(hidden)).ToRowMajorArray();

        static double[] Output(MergedHead head) => [head.Value, .. head.ValueInput];
        static double[] Hidden(MergedHead head) => [.. head.KeyQuery.Numbers, .. head.KeyQueryLabel];
    }

    private static double[] OfHead(SeparateHead head)
    {
        double[][] keys = new double[head.Key.Rows][], queries = new double[head.Key.Rows][];
        for (int r = 0; r < keys.Length; r++)
            (keys[r], queries[r]) = ([.. head.Key[r], head.KeyLabel[r]], [.. head.Query[r]]);
        Matrix K = Matrix.Build.DenseOfRowArrays(keys), Q = Matrix.Build.DenseOfRowArrays(queries);
        double norm = head.Value * head.Value, size = K.FrobeniusNorm();
        foreach (double entry in head.ValueInput)
            norm += Pow(entry, 2);
        return [.. (K.TransposeAndMultiply(K) - Q.TransposeAndMultiply(Q)).ToRowMajorArray(), norm - size * size];
    }
}
