namespace Staircase.Lab;

/// <summary>The circuits of a head under the names of TransformerLens, as products that are never multiplied out.</summary>
/// <param name="QK">W_Q W_Kᵀ; spaces are those of rows, the directions that keys are read from.</param>
/// <param name="OV">W_Oᵀ W_Vᵀ; spaces are those of columns, the directions that are written.</param>
internal sealed record HeadCircuits(FactoredMatrix QK, FactoredMatrix OV)
{
    /// <summary>All heads, layer by layer.</summary>
    /// <param name="layout">Where tensors lie; W_Q, W_K, W_V are [heads, d, h], W_O is [heads, h, d].</param>
    /// <param name="layers">How many layers.</param>
    public static HeadCircuits[] Of(ParameterLayout layout, int layers, ReadOnlySpan<float> weights)
    {
        var circuits = new List<HeadCircuits>();
        for (int layer = 0; layer < layers; layer++)
        {
            string block = $"blocks.{layer}.attn.";
            for (int head = 0; head < layout[block + "W_Q"].Shape[0]; head++)
            {
                circuits.Add(new(
                    FactoredMatrix.Product(Matrix(block + "W_Q", head, weights, false), Matrix(block + "W_K", head, weights, true)),
                    FactoredMatrix.Product(Matrix(block + "W_O", head, weights, true), Matrix(block + "W_V", head, weights, true))));
            }
        }

        return [.. circuits];

        double[,] Matrix(string name, int head, ReadOnlySpan<float> weights, bool transposed)
        {
            int[] shape = layout[name].Shape;
            int rows = shape[1], columns = shape[2];
            ReadOnlySpan<float> block = layout.Slice(weights, name).Slice(head * rows * columns, rows * columns);
            var matrix = transposed ? new double[columns, rows] : new double[rows, columns];
            for (int i = 0; i < block.Length; i++)
            {
                (int row, int column) = DivRem(i, columns);
                matrix[transposed ? column : row, transposed ? row : column] = block[i];
            }

            return matrix;
        }
    }
}
