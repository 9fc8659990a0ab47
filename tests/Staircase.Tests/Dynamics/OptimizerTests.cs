using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Tests.Dynamics;

/// <summary>Update rules against arithmetic done here, and what sets Muon apart.</summary>
public class OptimizerTests
{
    /// <summary>A few operations in another order.</summary>
    private const double Rounding = 1e-14;

    private static readonly ParameterLayout Layout = new MergedAttention(1, 1).Layout;

    private static readonly double[] Start = [0.7, -1.3, 0.2, 2.0];

    /// <summary>L = ½ Σ cᵢ wᵢ², gradient cᵢ wᵢ.</summary>
    private static readonly double[] Curvatures = [1.0, 0.5, 4.0, 0.1];

    [Fact]
    public void Gradient_descent_shrinks_each_weight_of_a_quadratic_by_its_own_factor()
    {
        const double η = 0.1;
        double[] weights = Steps(new GradientDescent(η), 5);
        for (int i = 0; i < 4; i++)
            DynamicsAssert.Near($"weight {i}", Start[i] * Math.Pow(1 - η * Curvatures[i], 5), weights[i], Rounding);
    }

    [Fact]
    public void Momentum_is_the_two_step_recursion_of_the_heavy_ball()
    {
        // w_{t+1} = w_t − η g_t + μ (w_t − w_{t−1})
        const double η = 0.1, μ = 0.8;
        double[] weights = Steps(new Momentum(η, μ), 6);
        for (int i = 0; i < 4; i++)
        {
            double previous = Start[i], current = Start[i];
            for (int t = 0; t < 6; t++)
                (previous, current) = (current, current - η * Curvatures[i] * current + μ * (current - previous));
            DynamicsAssert.Near($"weight {i}", current, weights[i], Rounding);
        }
    }

    [Fact]
    public void Momentum_zero_is_gradient_descent() =>
        DynamicsAssert.SameBits("weights", Steps(new GradientDescent(0.07), 9), Steps(new Momentum(0.07, 0), 9));

    [Fact]
    public void Adam_divides_the_weighted_mean_gradient_by_the_root_of_the_weighted_mean_square()
    {
        // Bias correction makes both moments weighted means: m̂_t = Σ β^{t−s} g_s / Σ β^{t−s}.
        const double η = 0.05, β1 = 0.8, β2 = 0.95, ε = 1e-3;
        var adam = new Adam(η, β1, β2, ε);
        for (int count = 1; count <= 6; count++)
        {
            double[] weights = Steps(adam, count);
            for (int i = 0; i < 4; i++)
            {
                double w = Start[i];
                var gradients = new List<double>();
                for (int t = 0; t < count; t++)
                {
                    gradients.Add(Curvatures[i] * w);
                    double mean = 0, meanWeight = 0, square = 0, squareWeight = 0;
                    for (int s = 0; s <= t; s++)
                    {
                        mean += Math.Pow(β1, t - s) * gradients[s];
                        meanWeight += Math.Pow(β1, t - s);
                        square += Math.Pow(β2, t - s) * gradients[s] * gradients[s];
                        squareWeight += Math.Pow(β2, t - s);
                    }

                    w -= η * mean / meanWeight / (Math.Sqrt(square / squareWeight) + ε);
                }

                DynamicsAssert.Near($"weight {i} after {count} steps", w, weights[i], 100 * Rounding);
            }
        }
    }

    [Fact]
    public void Adams_first_step_is_the_learning_rate_in_the_direction_of_the_sign()
    {
        const double η = 0.05;
        double[] weights = Steps(new Adam(η), 1);
        for (int i = 0; i < 4; i++)
        {
            // ε = 1e-8 over gradients of 0.2 and more
            DynamicsAssert.Near($"weight {i}", Start[i] - η * Math.Sign(Start[i]), weights[i], η * 1e-6);
        }
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(6, 3)]
    [InlineData(3, 6)]
    [InlineData(1, 5)]
    [InlineData(5, 1)]
    public void Muons_polar_factor_is_M_times_the_inverse_root_of_its_Gram_matrix(int rows, int columns)
    {
        const double conditioned = 1e-11; // rounding times the squared condition number of a small random matrix
        Matrix<double> M = RandomMatrix(rows, columns, 5);
        Matrix<double> polar = Matrix<double>.Build.DenseOfRowMajor(rows, columns, Muon.PolarFactor(M.ToRowMajorArray(), rows, columns));
        bool tall = rows >= columns;
        Matrix<double> gram = tall ? M.TransposeThisAndMultiply(M) : M.TransposeAndMultiply(M);
        var eigen = gram.Evd(Symmetricity.Symmetric);
        var roots = Matrix<double>.Build.DenseOfDiagonalVector(eigen.EigenValues.Map(z => 1 / Math.Sqrt(z.Real)));
        Matrix<double> inverseRoot = eigen.EigenVectors * roots * eigen.EigenVectors.Transpose();
        DynamicsAssert.Near(
            "polar factor", (tall ? M * inverseRoot : inverseRoot * M).ToRowMajorArray(), polar.ToRowMajorArray(), conditioned);

        int small = Math.Min(rows, columns);
        Matrix<double> identity = tall ? polar.TransposeThisAndMultiply(polar) : polar.TransposeAndMultiply(polar);
        DynamicsAssert.Near(
            "its Gram matrix", Matrix<double>.Build.DenseIdentity(small).ToRowMajorArray(), identity.ToRowMajorArray(), conditioned);
    }

    [Fact]
    public void Muon_leaves_directions_without_gradient_where_they_are()
    {
        Matrix<double> left = RandomMatrix(5, 2, 1).QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).Q;
        Matrix<double> right = RandomMatrix(4, 2, 2).QR(MathNet.Numerics.LinearAlgebra.Factorization.QRMethod.Thin).Q;
        Matrix<double> M = left * Matrix<double>.Build.DenseOfDiagonalArray([3, 0.002]) * right.Transpose();
        double[] polar = Muon.PolarFactor(M.ToRowMajorArray(), 5, 4);
        DynamicsAssert.Near("polar factor of rank 2", (left * right.Transpose()).ToRowMajorArray(), polar, 1e-11);
    }

    [Fact]
    public void Muon_does_not_move_without_gradient()
    {
        double[] weights = [.. Start], memory = new double[4];
        new Muon(0.1).Update(Layout, weights, new double[4], memory, 0);
        DynamicsAssert.SameBits("weights", Start, weights);
    }

    [Fact]
    public void Muon_moves_every_block_by_its_own_polar_factor()
    {
        const double η = 0.1;
        var model = new SeparateAttention(3, 2, 2);
        double[] gradient = model.Initialize(1, 8, InitializationScheme.Full), weights = new double[gradient.Length];
        double[] memory = new double[gradient.Length];
        new Muon(η, 0.5).Update(model.Layout, weights, gradient, memory, 0);
        foreach (ParameterBlock block in model.Layout.Blocks)
        {
            // the last axis gives the columns, all others the rows
            int columns = block.Shape[^1], rows = block.Length / columns;
            Matrix<double> G = Matrix<double>.Build.DenseOfRowMajor(rows, columns, gradient[block.Offset..(block.Offset + block.Length)]);
            double[] of = weights[block.Offset..(block.Offset + block.Length)];
            Matrix<double> moved = Matrix<double>.Build.DenseOfRowMajor(rows, columns, of) / -η;
            DynamicsAssert.Near(
                $"{block.Name}: singular values", Enumerable.Repeat(1.0, Math.Min(rows, columns)).ToArray(), moved.Svd().S.ToArray(),
                1e-11);
            // ⟨P, G⟩ = Σ σ(G) for the polar factor, and for no other matrix of unit singular values
            DynamicsAssert.Near(
                $"{block.Name}: alignment", G.Svd().S.Sum(), moved.PointwiseMultiply(G).RowSums().Sum(), 1e-11 * G.L2Norm());
        }
    }

    [Fact]
    public void Muon_learns_all_aligned_modes_at_the_same_rate()
    {
        // Dragutinović et al. 2026: a_α(t) = min((p₀ + ηt)², a^∞_α), whatever the eigenvalue; here p is the value weight and q the diagonal
        // of KQ.
        const int D = 4, N = 31;
        const double p0 = 0.01, η = 0.002;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), N);
        var model = new MergedAttention(D, 1);
        var weights = new double[model.Layout.Count];
        weights[0] = p0;
        for (int d = 0; d < D; d++)
            weights[1 + d * D + d] = p0;
        double[] limits = FlowCases.Plateaus(task);
        int steps = (int)(1.2 * Math.Sqrt(limits.Max()) / η);
        Trajectory training = Descent.Run(model, task.PopulationLoss(), weights, new Muon(η, Decay: 0), steps, Recording.Of(task));
        for (int d = 0; d < D; d++)
        {
            foreach ((long step, double strength) in training.Steps.Zip(training[$"m{d + 1}"]))
            {
                double grown = Math.Pow(p0 + η * step, 2), value = Math.Sqrt(limits.Max());
                // exact until the first mode is learned; from then on a sign rule hops about that limit by a step of either weight,
                // and each hop over it makes the value weight step back once: 1 % at this η
                double allowed = grown < limits.Min() ? 1e-10 : 4 * η * (value + Math.Sqrt(limits[d])) + 0.01 * limits[d];
                DynamicsAssert.Near($"mode {d} at step {step}", Math.Min(grown, limits[d]), strength, allowed);
            }
        }

        Assert.True(limits.Max() > 2 * limits.Min(), "the modes must differ for the comparison to say anything");
    }

    [Fact]
    public void A_step_of_descent_or_momentum_is_a_known_time_of_the_flow_and_others_follow_none()
    {
        Assert.Equal(0.2, new GradientDescent(0.1).TimePerStep!.Value, 1e-15);
        Assert.Equal(2.0, new Momentum(0.1, 0.9).TimePerStep!.Value, 1e-14);
        Assert.Null(new Adam(0.1).TimePerStep);
        Assert.Null(new Muon(0.1).TimePerStep);
    }

    private static double[] Steps(IOptimizer optimizer, int count)
    {
        double[] weights = [.. Start], memory = new double[4 * optimizer.MemoryPerWeight];
        for (int step = 0; step < count; step++)
            optimizer.Update(Layout, weights, [.. weights.Zip(Curvatures, (w, c) => c * w)], memory, step);
        return weights;
    }

    private static Matrix<double> RandomMatrix(int rows, int columns, ulong seed)
    {
        var random = new RandomStream(seed, RandomPurpose.Probe);
        return Matrix<double>.Build.Dense(rows, columns, (_, _) => random.NextNormal());
    }
}
