using System.Buffers;
using System.Numerics;
using System.Runtime.InteropServices;

namespace Staircase;

/// <summary>
/// Muon: momentum whose matrices are replaced by their nearest (semi-)orthogonal matrix, so that every singular direction moves at the same
/// rate and the staircase disappears (Jordan 2024; Dragutinović et al. 2026).
/// </summary>
/// <param name="LearningRate">η, the length of a step in every singular direction.</param>
/// <param name="Decay">μ of the momentum m ← μ m + ∂L/∂W; 0 is spectral gradient descent.</param>
/// <param name="WeightDecay">λ: before each update the weights shrink by ηλ of themselves.</param>
/// <param name="Stacked">
/// Whether a block of three axes is a stack of matrices, one a head; else every block is one matrix whose columns are its last axis and
/// whose rows are all the others.
/// </param>
/// <remarks>
/// In double precision the polar factor U Vᵀ comes from a singular value decomposition, exact to rounding, where the usual five
/// Newton–Schulz steps would leave singular values between 0.7 and 1.2; directions whose singular value is below 1e-12 of the largest do
/// not move. In single precision, for models whose matrices are large, it comes from matrix products, polished to rounding (<see
/// cref="Kernels.PolarFactor"/>).
/// </remarks>
public sealed record Muon(double LearningRate, double Decay = 0.95, double WeightDecay = 0, bool Stacked = false) : IOptimizer
{
    private const double RankCutOff = 1e-12;

    private const int PolishingSteps = 5; // cubic steps after the quintic ones: enough for rounding in single precision

    /// <inheritdoc/>
    public int MemoryPerWeight => 1;

    /// <inheritdoc/>
    public double? TimePerStep => null;

    /// <inheritdoc/>
    public void Update<T>(ParameterLayout layout, Span<T> weights, ReadOnlySpan<T> gradient, Span<T> memory, long step)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> moving = weights[..gradient.Length], mean = memory[..gradient.Length];
        Scale(T.CreateTruncating(Decay), mean, mean);
        AddScaled(T.One, gradient, mean);
        if (WeightDecay != 0)
            Scale(T.CreateTruncating(1 - LearningRate * WeightDecay), moving, moving);
        foreach (ParameterBlock block in layout.Blocks)
        {
            if (block.Offset >= moving.Length)
                break;
            int columns = block.Shape[^1], matrices = Stacked && block.Shape.Length == 3
                ? block.Shape[0]
                : 1, size = block.Length / matrices;
            for (int start = block.Offset; start < block.Offset + block.Length; start += size)
                Step(mean.Slice(start, size), size / columns, columns, moving.Slice(start, size));
        }
    }

    private void Step<T>(ReadOnlySpan<T> mean, int rows, int columns, Span<T> weights)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            double[] polar = PolarFactor(MemoryMarshal.Cast<T, double>(mean), rows, columns);
            AddScaled(-LearningRate, polar, MemoryMarshal.Cast<T, double>(weights));
            return;
        }

        int work = Kernels.PolarFactor.WorkspaceLength(rows, columns);
        T[] rented = ArrayPool<T>.Shared.Rent(mean.Length + work);
        Span<T> direction = rented.AsSpan(0, mean.Length);
        mean.CopyTo(direction);
        Kernels.PolarFactor.Orthogonalize(rows, columns, direction, rented.AsSpan(mean.Length, work), PolishingSteps, ThreadTeam.Shared);
        AddScaled(T.CreateTruncating(-LearningRate), direction, weights);
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>U Vᵀ of the singular value decomposition of a row-major matrix.</summary>
    public static double[] PolarFactor(ReadOnlySpan<double> values, int rows, int columns)
    {
        var result = new double[rows * columns];
        if (!values.ContainsAnyExcept(0.0))
            return result;
        var svd = Matrix.Build.DenseOfRowMajor(rows, columns, values.ToArray()).Svd();
        int rank = Min(rows, columns);
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
