namespace Staircase.Lab.Tests;

/// <summary>What <c>curvature</c> records, where the Hessian can be written down by hand.</summary>
public sealed class CurvatureColumnTests
{
    /// <summary>
    /// In one dimension with one head, L = 1 − 2m + (1 + 2/N) m² with m = v k q (λ = 1; Zhang et al. 2025, Eq. 8), so that
    /// H = (2(1 + 2/N) m − 2) ∂²m + 2(1 + 2/N) ∂m ∂mᵀ.
    /// </summary>
    [Fact]
    public void Extremes_and_index_are_those_of_the_hessian_by_hand()
    {
        const int N = 10;
        const double a = 1 + 2.0 / N;
        var experiment = new RegressionExperiment
        {
            Dimension = 1,
            Context = N,
            Heads = 1,
            Init = 0.5,
            Seed = 3,
            Optimizer = OptimizerKind.Gd,
            LearningRate = 0.05,
            Steps = 60,
            Curvature = true,
            Record = Schedule.Every(20),
            Checkpoints = Schedule.Every(20),
        };
        Run run = Trainer.Train(experiment.Prepare(), new RunMemory(), null, TestContext.Current.CancellationToken);
        ParameterLayout layout = ((RegressionStudy)run.Study).Model.Layout;
        long[] steps = [.. run.Trajectory.Steps];
        Assert.Contains(60, steps);
        for (int i = 0; i < steps.Length; i++)
        {
            double[] w = run.Weights<double>(steps[i], layout);
            (double v, double k, double q) = (w[0], w[1], w[2]);
            double m = v * k * q, slope = 2 * a * m - 2;
            double[] d = [k * q, v * q, v * k];
            double[,] H =
            {
                { 2 * a * d[0] * d[0], slope * q + 2 * a * d[0] * d[1], slope * k + 2 * a * d[0] * d[2] },
                { slope * q + 2 * a * d[0] * d[1], 2 * a * d[1] * d[1], slope * v + 2 * a * d[1] * d[2] },
                { slope * k + 2 * a * d[0] * d[2], slope * v + 2 * a * d[1] * d[2], 2 * a * d[2] * d[2] },
            };
            double low = run.Trajectory["hessian_min"][i], high = run.Trajectory["hessian_max"][i];
            double middle = H[0, 0] + H[1, 1] + H[2, 2] - low - high;
            Assert.InRange(middle, low, high);
            Assert.InRange(Determinant(H, low), -1e-9, 1e-9);
            Assert.InRange(Determinant(H, high), -1e-9, 1e-9);
            Assert.Equal(new[] { low, middle, high }.Count(μ => μ < -1e-9), run.Trajectory["hessian_index"][i]);
        }
    }

    /// <summary>det(H − μ), which is zero at an eigenvalue.</summary>
    private static double Determinant(double[,] H, double μ)
    {
        double x = H[0, 0] - μ, y = H[1, 1] - μ, z = H[2, 2] - μ;
        return x * (y * z - H[1, 2] * H[2, 1]) - H[0, 1] * (H[1, 0] * z - H[1, 2] * H[2, 0])
            + H[0, 2] * (H[1, 0] * H[2, 1] - y * H[2, 0]);
    }
}
