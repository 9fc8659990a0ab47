namespace Staircase.Tests.Dynamics;

/// <summary>The contract of discrete training: what is reported, what is refused.</summary>
public class DescentTests
{
    [Fact]
    public void Far_too_large_a_learning_rate_raises_with_step_and_loss()
    {
        var (model, loss, weights, _) = FlowCases.Case("merged");
        var failure = Assert.Throws<DivergedException>(() => Descent.Run(model, loss, weights, new GradientDescent(1e3), 1000));
        Assert.True(failure.Step is > 0 and < 100, $"expected a divergence soon after step 0, noticed at step {failure.Step}");
        Assert.True(!double.IsFinite(failure.Loss) || failure.Loss > 1e6, $"expected a loss above 10⁶, actual {failure.Loss:G4}");
        Assert.Contains($"step {failure.Step}", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(double.NegativeInfinity)]
    public void A_start_that_is_not_finite_raises_at_step_0(double bad)
    {
        var (model, loss, weights, _) = FlowCases.Case("separate rank 1");
        weights[0] = bad;
        var failure = Assert.Throws<DivergedException>(() => Descent.Run(model, loss, weights, new GradientDescent(0.1), 10));
        Assert.Equal(0, failure.Step);
    }

    [Fact]
    public void Every_step_is_reported_with_the_loss_before_its_update_and_the_time_of_the_flow()
    {
        const double η = 0.3;
        var (model, loss, weights, _) = FlowCases.Case("merged");
        var objective = new Objective(model, loss);
        double[] current = [.. weights], gradient = new double[weights.Length];
        var recording = new Recording { Modes = new ModeBasis(3, null) };
        Trajectory training = Descent.Run(model, loss, weights, new GradientDescent(η), 20, recording);
        Assert.Equal(Enumerable.Range(0, 21).Select(step => (long)step), training.Steps);
        for (int step = 0; step <= 20; step++)
        {
            double value = objective.Evaluate(current, gradient);
            DynamicsAssert.Near($"loss at step {step}", value, training.Losses[step], 1e-13 * value);
            DynamicsAssert.Near($"time at step {step}", 2 * η * step, training.Times![step], 1e-13);
            double[] M = model.InContextMatrix(current);
            DynamicsAssert.Near($"strengths at step {step}", [M[0], M[4], M[8]], training.StrengthsAt(step), 1e-12);
            for (int i = 0; i < current.Length; i++)
                current[i] -= η * gradient[i];
        }
    }

    [Fact]
    public void An_optimizer_without_a_flow_reports_no_time()
    {
        var (model, loss, weights, _) = FlowCases.Case("merged");
        Trajectory training = Descent.Run(model, loss, weights, new Adam(0.01), 3);
        Assert.False(training.HasTime, "Adam follows no flow");
        Assert.Null(training.Times);
        Assert.Equal([0, 1, 2, 3], training.Positions);
        Assert.Null(training.Checkpoints[^1].Time);
    }

    [Fact]
    public void The_given_weights_are_not_changed()
    {
        var (model, loss, weights, end) = FlowCases.Case("merged");
        double[] copy = [.. weights];
        Descent.Run(model, loss, weights, new GradientDescent(0.1), 10);
        GradientFlow.Solve(model, loss, weights, end);
        DynamicsAssert.SameBits("weights", copy, weights);
    }

    [Fact]
    public void Strengths_are_read_in_the_eigenbasis()
    {
        double[,] E = RandomBasis.Draw(4, 9);
        double[] m = [3, -1, 0.5, 2], M = new double[16];
        for (int i = 0; i < 4; i++)
        {
            for (int j = 0; j < 4; j++)
            {
                for (int d = 0; d < 4; d++)
                    M[i * 4 + j] += E[i, d] * m[d] * E[j, d];
            }
        }

        double[] strengths = new double[4];
        new ModeBasis(4, E).Strengths(M, strengths);
        DynamicsAssert.Near("strengths", m, strengths, 1e-14);
        new ModeBasis(4, null).Strengths(M, strengths);
        DynamicsAssert.SameBits("strengths without a basis", [M[0], M[5], M[10], M[15]], strengths);
    }
}
