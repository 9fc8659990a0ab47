using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Muon: momentum whose matrices are replaced by their nearest (semi-)orthogonal matrix, so that every singular direction moves at the same
/// rate and the staircase disappears (Jordan 2024; Dragutinović et al. 2026).
/// </summary>
/// <param name="LearningRate">η, the length of a step in every singular direction.</param>
/// <param name="Decay">μ of the momentum m ← μ m + ∂L/∂W; 0 is spectral gradient descent.</param>
/// <remarks>
/// A block is one matrix whose columns are its last axis and whose rows are all the others. The polar factor U Vᵀ comes from a singular value
/// decomposition, exact to rounding, where the usual five Newton–Schulz steps would leave singular values between 0.7 and 1.2;
/// directions whose singular value is below 1e-12 of the largest do not move.
/// </remarks>
public sealed record Muon(double LearningRate, double Decay = 0.95) : IOptimizer
{
    private const double RankCutOff = 1e-12;

    /// <inheritdoc/>
    public int MemoryPerWeight => 1;

    /// <inheritdoc/>
    public double? TimePerStep => null;

    /// <inheritdoc/>
    public void Update(ParameterLayout layout, Span<double> weights, ReadOnlySpan<double> gradient, Span<double> memory, long step)
    {
        for (int i = 0; i < gradient.Length; i++)
            memory[i] = Decay * memory[i] + gradient[i];
        foreach (ParameterBlock block in layout.Blocks)
        {
            if (block.Offset >= weights.Length)
                break;
            int columns = block.Shape[^1], rows = block.Length / columns;
            double[] polar = PolarFactor(memory.Slice(block.Offset, block.Length), rows, columns);
            for (int i = 0; i < polar.Length; i++)
                weights[block.Offset + i] -= LearningRate * polar[i];
        }
    }

    /// <summary>U Vᵀ of the singular value decomposition of a row-major matrix.</summary>
    public static double[] PolarFactor(ReadOnlySpan<double> values, int rows, int columns)
    {
        var result = new double[rows * columns];
        if (!values.ContainsAnyExcept(0.0))
            return result;
        var svd = Matrix<double>.Build.DenseOfRowMajor(rows, columns, values.ToArray()).Svd();
        int rank = Math.Min(rows, columns);
        for (int k = 0; k < rank && svd.S[k] > RankCutOff * svd.S[0]; k++)
        {
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    result[i * columns + j] += svd.U[i, k] * svd.VT[k, j];
            }
        }

        return result;
    }
}
