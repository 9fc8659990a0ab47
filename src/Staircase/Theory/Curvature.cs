using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>The Hessian of the loss at given weights: directions of descent, escape rates, the largest stable learning rate.</summary>
/// <remarks>
/// The gradient is a polynomial of degree at most 5 along any line in weight space, so the central difference of sixth order through six
/// points is its exact derivative, up to rounding, whatever the spacing.
/// </remarks>
public static class Curvature
{
    /// <summary>The most weights whose whole Hessian is computed.</summary>
    public const int LargestDense = 3000;

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "curvature",
        "The Hessian at a fixed point gives its index (number of descent directions), the rates −μ/2 at which the flow leaves it, and "
        + "η_max = 2/μ_max, the largest stable learning rate of gradient descent nearby; every S ≠ {1…D} is a saddle.",
        Paper.Staircase, "extends Zhang et al. 2025, App. E.3",
        "near a fixed point",
        "the edge-of-stability dynamics of larger learning rates");

    /// <summary>The spectrum of a Hessian, ascending.</summary>
    /// <param name="Eigenvalues">μ₁ ≤ … ≤ μ_n.</param>
    /// <param name="GradientNorm">‖∂L/∂W‖ there; a fixed point has 0.</param>
    public sealed record Spectrum(double[] Eigenvalues, double GradientNorm)
    {
        /// <summary>The number of directions in which the loss falls: eigenvalues below −10⁻⁹ of the largest in size.</summary>
        public int Index => Eigenvalues.Count(μ => μ < -1e-9 * Eigenvalues.Max(Abs));

        /// <summary>The rates at which the flow leaves along those directions, fastest first.</summary>
        public IEnumerable<double> EscapeRates => Eigenvalues.Take(Index).Select(μ => -μ / 2);

        /// <summary>2/μ_max; infinite where nothing curves upwards.</summary>
        public double LargestStableRate => Eigenvalues[^1] > 0 ? 2 / Eigenvalues[^1] : double.PositiveInfinity;
    }

    /// <summary>The whole spectrum.</summary>
    /// <exception cref="ArgumentException">There are more than 3,000 weights; ask for <see cref="LargestEigenvalue"/> alone.</exception>
    public static Spectrum At(Objective objective, ReadOnlySpan<double> weights)
    {
        int n = weights.Length;
        if (n > LargestDense)
            throw new ArgumentException($"The whole Hessian is computed for up to {LargestDense:N0} weights, not {n}.");
        var hessian = Matrix.Build.Dense(n, n);
        var direction = new double[n];
        var column = new double[n];
        for (int j = 0; j < n; j++)
        {
            direction[j] = 1;
            Multiply(objective, weights, direction, column);
            direction[j] = 0;
            hessian.SetColumn(j, column);
        }

        var symmetric = (hessian + hessian.Transpose()) / 2;
        double[] eigenvalues = [.. symmetric.Evd(Symmetricity.Symmetric).EigenValues.Select(z => z.Real).Order()];
        var gradient = new double[n];
        objective.Evaluate(weights, gradient);
        return new(eigenvalues, Sqrt(SumOfSquares(gradient)));
    }

    /// <summary>
    /// 2/μ_max at the balanced global minimum: the learning rate up to which gradient descent is stable where training ends.
    /// </summary>
    /// <param name="objective">The loss of a model, in the basis of the tokens.</param>
    /// <param name="moments">Its modes.</param>
    public static double LargestStableRate(Objective objective, ModeMoments moments)
    {
        AttentionModel model = objective.Model;
        double[] minimum = model is SeparateAttention separate
            ? SeparateFixedPoints.Construct(separate, moments, [.. moments.Order.Take(separate.Heads * separate.Rank)])
            : MergedFixedPoints.Construct((MergedModel)model, moments);
        double[,]? back = moments.Basis is { } E ? Matrix.Build.DenseOfArray(E).Transpose().ToArray() : null;
        double[] weights = model.Layout.ToEigenbasis(minimum, back);
        return 2 / LargestEigenvalue(objective, weights.AsSpan(0, objective.MovingCount(weights)));
    }

    /// <summary>μ_max by power iteration on the Hessian, to about 1e-6.</summary>
    /// <remarks>
    /// At a saddle a negative eigenvalue may be as large in size as μ_max, or larger, and then the iteration ends between the two or at the
    /// wrong one. ‖Hx‖ converges all the same, to the spectral radius; shifted by it the Hessian has μ_max on top.
    /// </remarks>
    public static double LargestEigenvalue(Objective objective, ReadOnlySpan<double> weights)
    {
        (double top, double size) = Dominant(0, weights);
        return top >= (1 - 1e-6) * size ? top : Dominant(size, weights).Value - size;

        (double Value, double Radius) Dominant(double shift, ReadOnlySpan<double> w)
        {
            double[] x = new double[w.Length], y = new double[w.Length];
            new RandomStream(0, RandomPurpose.Probe).FillNormal(x);
            double value = 0, radius = Sqrt(SumOfSquares(x));
            for (int i = 0; i < 500 && radius > 0; i++)
            {
                Scale(1 / Sqrt(SumOfSquares(x)), x, x);
                Multiply(objective, w, x, y);
                AddScaled(shift, x, y);
                double next = Sqrt(SumOfSquares(y));
                value = Dot(x, y);
                bool converged = i > 10 && Abs(next - radius) <= 1e-8 * next;
                radius = next;
                if (converged)
                    break;
                (x, y) = (y, x);
            }

            return (value, radius);
        }
    }

    /// <summary>result = Hessian · direction.</summary>
    public static void Multiply(Objective objective, ReadOnlySpan<double> weights, ReadOnlySpan<double> direction, Span<double> result)
    {
        double size = Sqrt(SumOfSquares(weights)), ε = Max(size / Sqrt(weights.Length), 0.1);
        double[] shifted = new double[weights.Length], gradient = new double[weights.Length];
        ReadOnlySpan<double> coefficients = [3.0 / 4, -3.0 / 20, 1.0 / 60];
        result.Clear();
        for (int k = 1; k <= 3; k++)
        {
            foreach (int sign in (ReadOnlySpan<int>)[1, -1])
            {
                weights.CopyTo(shifted);
                AddScaled(sign * k * ε, direction, shifted);
                objective.Evaluate(shifted, gradient);
                AddScaled(sign * coefficients[k - 1] / ε, gradient, result);
            }
        }
    }
}
