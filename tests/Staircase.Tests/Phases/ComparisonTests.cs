namespace Staircase.Tests;

public class ComparisonTests
{
    private static readonly RegressionTask TwoModes = RegressionTask.Create(Spectrum.Of(1, 0.5), 20);

    [Fact]
    public void Plateaus_are_matched_by_what_was_learned()
    {
        Comparison comparison = Comparison.Of(Predicted("head 2 would learn component 1 at 30"), Points([11, 33]));
        Assert.True(comparison.UnitIsTime);
        Assert.Equal(3, comparison.Plateaus.Count);
        Assert.Empty(comparison.Missed);
        Assert.Equal([[], [0], [0, 1]], comparison.Plateaus.Select(p => p.Learned.ToArray()));
        Assert.Equal([0, 1, 2], comparison.Plateaus.Select(p => p.Predicted!.Learned.Count));
        // The second drop was uncertain: it ends the second plateau.
        Assert.Equal("- | head 2 would learn component 1 at 30 | -", string.Join(" | ", comparison.Plateaus.Select(p => p.NearTie ?? "-")));

        const double detector = 2e-3; // half-drops and heights as the detector reads them
        Expect.Relative("end error of the first plateau", 11.0 / 10 - 1, comparison.Plateaus[0].EndError(false)!.Value, detector, 1);
        Expect.Relative("end error of the second plateau", 33.0 / 30 - 1, comparison.Plateaus[1].EndError(false)!.Value, detector, 1);
        Assert.Null(comparison.Plateaus[2].EndError(true));
        Assert.Null(comparison.Plateaus[2].EndError(false)); // predicted to be endless
        foreach (ComparedPlateau plateau in comparison.Plateaus)
            Expect.Relative("height error", 0, plateau.HeightError!.Value, detector, 1);
    }

    [Fact]
    public void Two_drops_at_once_miss_the_plateau_between_them()
    {
        Comparison comparison = Comparison.Of(Predicted(null), Points([20, 20]));
        Assert.Equal([[], [0, 1]], comparison.Plateaus.Select(p => p.Learned.ToArray()));
        PredictedPlateau missed = Assert.Single(comparison.Missed);
        Assert.Equal([0], missed.Learned);
    }

    [Fact]
    public void Training_that_ends_early_misses_the_last_plateau()
    {
        TrajectoryPoint[] points = [.. Points([10, 30]).Where(point => point.Time < 20)];
        Comparison comparison = Comparison.Of(Predicted(null), points);
        Assert.Equal(2, comparison.Plateaus.Count);
        Assert.Equal([0, 1], Assert.Single(comparison.Missed).Learned);
    }

    [Fact]
    public void A_plateau_that_was_not_predicted_stands_alone()
    {
        // The weaker component first: no predicted plateau has learned {1} alone.
        Comparison comparison = Comparison.Of(Predicted("tie"), Points([30, 10]));
        Assert.Equal([1], comparison.Plateaus[1].Learned);
        Assert.Null(comparison.Plateaus[1].Predicted);
        Assert.Null(comparison.Plateaus[1].HeightError);
        Assert.Null(comparison.Plateaus[1].EndError(false));
        Assert.Null(comparison.Plateaus[1].NearTie);
        Assert.Equal([0], Assert.Single(comparison.Missed).Learned);
    }

    [Fact]
    public void The_largest_deviation_is_relative_to_the_loss_of_zero()
    {
        Prediction prediction = Predicted(null);
        TrajectoryPoint[] points = Points([10, 30]);
        // Without courses the prediction stays at L₀, so the deviation is the whole fall.
        double expected = (prediction.Moments.ZeroLoss - points[^1].Loss) / prediction.Moments.ZeroLoss;
        Expect.Relative("largest deviation", expected, Comparison.Of(prediction, points).LargestDeviation!.Value, 1e-12);
    }

    [Fact]
    public void Without_flow_time_positions_are_steps()
    {
        TrajectoryPoint[] points = [.. Points([10, 30]).Select(point => point with { Time = double.NaN })];
        Comparison comparison = Comparison.Of(Predicted(null), points);
        Assert.False(comparison.UnitIsTime);
        Assert.Null(comparison.LargestDeviation);
        Assert.Equal(points[^1].Step, comparison.Plateaus[^1].Measured.End);
    }

    [Fact]
    public void Each_plateau_is_examined_once_where_asked()
    {
        var asked = new List<MeasuredPlateau>();
        Comparison comparison = Comparison.Of(Predicted(null), Points([10, 30]), plateau =>
        {
            asked.Add(plateau);
            return new Algorithm(asked.Count, [1, 1, 1]);
        });
        Assert.Equal(comparison.Plateaus.Select(p => p.Measured), asked);
        Assert.Equal([1, 2, 3], comparison.Plateaus.Select(p => p.Algorithm!.Components));
        Assert.All(Comparison.Of(Predicted(null), Points([10, 30])).Plateaus, p => Assert.Null(p.Algorithm));
    }

    /// <summary>Mode 0 at 10, mode 1 at 30; the second drop may be a near-tie.</summary>
    private static Prediction Predicted(string? nearTie)
    {
        ModeMoments moments = ModeMoments.Of(TwoModes);
        return new Prediction
        {
            Plateaus =
            [
                new(Papers.Height(TwoModes, []), 0, 10, []),
                new(Papers.Height(TwoModes, [0]), 10, 30, [0]),
                new(Papers.Height(TwoModes, [0, 1]), 30, double.PositiveInfinity, [0, 1]),
            ],
            Drops = [new(10, [0], 0, null), new(30, [1], 1, nearTie)],
            Courses = [],
            Moments = moments,
            Results = [],
        };
    }

    /// <summary>A training in which the modes drop at the given times.</summary>
    private static TrajectoryPoint[] Points(double[] drops)
    {
        double[] widths = [0.1, 0.1];
        return [.. Curves.Adaptive(50, drops, widths).Select((t, step) =>
        {
            double loss = Papers.Trace(TwoModes);
            var strengths = new double[2];
            for (int d = 0; d < 2; d++)
            {
                double grown = 1 / (1 + Math.Exp(-(t - drops[d]) / widths[d]));
                strengths[d] = grown * Papers.FullStrength(TwoModes, d);
                loss -= grown * (Papers.Trace(TwoModes) - Papers.Height(TwoModes, [d]));
            }

            return new TrajectoryPoint(step, t, loss, strengths);
        })];
    }
}
