using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>Quantities that the gradient flow leaves unchanged, on any data and with any blocks.</summary>
public static class ConservationLaws
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "conservation",
        "Along the flow merged attention conserves w₂w₂ᵀ − W₁W₁ᵀ (H×H, rows are heads); separate attention conserves K_iK_iᵀ − Q_iQ_iᵀ (R×R) and v_i² − ‖K_i‖² of every head.",
        Paper.Zhang2025, "App. E.8; with full blocks: this project",
        "gradient flow of any loss",
        "discrete steps, which drift by O(η)");

    /// <summary>The invariants of given weights, one number each; along a flow every one stays what it is.</summary>
    /// <remarks>
    /// Merged: the entries of w₂w₂ᵀ − W₁W₁ᵀ. Separate: head by head the entries of KKᵀ − QQᵀ, then v² − ‖K‖². Rows include the other
    /// blocks.
    /// </remarks>
    public static double[] Invariants(AttentionModel model, ReadOnlySpan<double> weights) => model switch
    {
        SeparateAttention separate => Separate(separate, weights),
        _ => Merged(model, weights),
    };

    private static double[] Merged(AttentionModel model, ReadOnlySpan<double> weights)
    {
        int H = model.Heads;
        double[] values = weights.ToArray();
        var output = Matrix<double>.Build.Dense(H, 0);
        var hidden = Matrix<double>.Build.Dense(H, 0);
        foreach (ParameterBlock block in model.Layout.Blocks)
        {
            int columns = block.Length / H;
            var rows = Matrix<double>.Build.Dense(H, columns, (h, c) => values[block.Offset + h * columns + c]);
            if (block.Name is "value" or "value_input" or "output")
                output = Append(output, rows);
            else
                hidden = Append(hidden, rows);
        }

        return (output.TransposeAndMultiply(output) - hidden.TransposeAndMultiply(hidden)).ToRowMajorArray();

        static Matrix<double> Append(Matrix<double> left, Matrix<double> right) => left.ColumnCount == 0 ? right : left.Append(right);
    }

    private static double[] Separate(SeparateAttention model, ReadOnlySpan<double> weights)
    {
        int D = model.InputDimension, R = model.Rank;
        double[] w = weights.ToArray();
        double At(string name, int index) => w[model.Layout[name].Offset + index];
        var invariants = new List<double>();
        for (int h = 0; h < model.Heads; h++)
        {
            int head = h;
            var K = Matrix<double>.Build.Dense(
                R, D + 1, (r, d) => d < D ? At("key", (head * R + r) * D + d) : At("key_label", head * R + r));
            var Q = Matrix<double>.Build.Dense(R, D, (r, d) => At("query", (head * R + r) * D + d));
            invariants.AddRange((K.TransposeAndMultiply(K) - Q.TransposeAndMultiply(Q)).ToRowMajorArray());
            double v = At("value", h), norm = v * v;
            for (int d = 0; d < D; d++)
                norm += Math.Pow(At("value_input", h * D + d), 2);
            double keys = K.FrobeniusNorm();
            invariants.Add(norm - keys * keys);
        }

        return [.. invariants];
    }
}
