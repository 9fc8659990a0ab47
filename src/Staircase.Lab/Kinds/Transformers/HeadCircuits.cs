namespace Staircase.Lab;

/// <summary>The circuits of a head under the names of TransformerLens, as products that are never multiplied out.</summary>
/// <param name="QK">W_Q W_Kᵀ; spaces are those of rows, the directions that keys are read from.</param>
/// <param name="OV">W_Oᵀ W_Vᵀ; spaces are those of columns, the directions that are written.</param>
internal sealed record HeadCircuits(FactoredMatrix QK, FactoredMatrix OV)
{
    /// <summary>Leading directions whose angles are compared from checkpoint to checkpoint.</summary>
    private const int Directions = 4;

    /// <summary>Weights in single precision have no more than seven digits: what is below is rounding.</summary>
    private const double Cutoff = 1e-5;

    /// <summary>The heads of a layer.</summary>
    /// <param name="layout">Where tensors lie; W_Q, W_K, W_V are [heads, d, h], W_O is [heads, h, d].</param>
    /// <param name="layer">Which layer.</param>
    /// <param name="weights">All weights.</param>
    public static IReadOnlyList<HeadCircuits> Of(ParameterLayout layout, int layer, ReadOnlySpan<float> weights)
    {
        string block = $"blocks.{layer}.attn.";
        int heads = layout[block + "W_Q"].Shape[0];
        var circuits = new HeadCircuits[heads];
        for (int head = 0; head < heads; head++)
        {
            circuits[head] = new(
                FactoredMatrix.Product(Matrix(layout, block + "W_Q", head, weights, false), Matrix(layout, block + "W_K", head, weights, true)),
                FactoredMatrix.Product(Matrix(layout, block + "W_O", head, weights, true), Matrix(layout, block + "W_V", head, weights, true)));
        }

        return circuits;
    }

    /// <summary>The measures of a head, against the checkpoint before and the last one.</summary>
    public HeadMeasures Measure(HeadCircuits? previous, HeadCircuits last) => new(
        CircuitMeasures.Of(QK, previous?.QK, last.QK, byColumns: false, Directions, Cutoff),
        CircuitMeasures.Of(OV, previous?.OV, last.OV, byColumns: true, Directions, Cutoff),
        Marginalized(QK), Marginalized(OV));

    /// <summary>The normalized effective rank without the largest singular value of the moment; NaN where there are fewer than three.</summary>
    public static double Marginalized(FactoredMatrix matrix) => matrix.LargestRank < 3 ? double.NaN : EffectiveRank.Normalized(Marginalization.BySize(matrix.SingularValues, 1));

    private static double[,] Matrix(ParameterLayout layout, string name, int head, ReadOnlySpan<float> weights, bool transposed)
    {
        int[] shape = layout[name].Shape;
        int rows = shape[1], columns = shape[2];
        ReadOnlySpan<float> block = layout.Slice(weights, name).Slice(head * rows * columns, rows * columns);
        var matrix = transposed ? new double[columns, rows] : new double[rows, columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                matrix[transposed ? j : i, transposed ? i : j] = block[i * columns + j];
        }

        return matrix;
    }
}
