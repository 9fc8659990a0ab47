namespace Staircase.Tests;

/// <summary>
/// Z Eq. 22: at the fixed point of the first m components a model performs principal component regression with m components.
/// </summary>
public class AlgorithmTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(4, false)]
    [InlineData(3, true)]
    public void Fixed_points_with_long_contexts_are_recognised(int D, bool rotated)
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 400);
        if (rotated)
            task = task.InRandomBasis(6);
        ModeMoments moments = ModeMoments.Of(task);
        var model = new SeparateAttention(D, D, 1);
        for (int m = 0; m <= D; m++)
        {
            double[] weights = SeparateFixedPoints.Construct(model, moments, [.. Enumerable.Range(0, m)]);
            if (task.Basis is { } basis)
                weights = Bases.Rotate(model, weights, basis);
            Algorithm algorithm = Algorithm.Examine(model, weights, task.Sample(150, 99), task, 150);
            Assert.Equal(D + 1, algorithm.RelativeErrors.Length);
            Assert.True(
                algorithm.Components == m,
                $"D {D}, plateau {m}: expected {m} components, actual {algorithm.Components}; "
                + $"errors {string.Join(", ", algorithm.RelativeErrors.Select(e => e.ToString("G3")))}");
            Assert.Equal(
                m == 0 ? "predicts zero" : m == D ? "least squares in context" : $"principal component regression, m = {m}",
                algorithm.Name);

            // In-context covariances deviate from Λ by O(1/√N), predictions by that times √m, squares by m/N; four times that for the
            // unlearned components in β.
            Expect.Below(
                $"D {D}, plateau {m}: mean square distance to its algorithm", m == 0 ? 1e-30 : 5.0 * D / task.ContextLength,
                algorithm.RelativeErrors[m]);
        }
    }

    /// <summary>
    /// A model that predicts zero differs from regression on everything by the whole power: least squares without noise is exact.
    /// </summary>
    [Fact]
    public void The_zero_model_is_one_from_exact_regression()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 20);
        var model = new MergedAttention(3, 1);
        Algorithm algorithm = Algorithm.Examine(model, new double[model.Layout.Count], task.Sample(50, 1), task, 50);
        Assert.Equal(0, algorithm.Components);
        Expect.Relative("distance to least squares", 1, algorithm.RelativeErrors[3], 1e-10);
    }
}
