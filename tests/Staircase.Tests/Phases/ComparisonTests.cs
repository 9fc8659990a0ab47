namespace Staircase.Tests;

public class ComparisonTests
{
    private static readonly RegressionTask TwoModes = RegressionTask.Create(Spectrum.Of(1, 0.5), 20);

    [Fact]
    public void Plateaus_are_matched_by_what_was_learned()
    {
        Comparison comparison = Comparison.Of(Predicted("head 2 would learn component 1 at 30"), Training([11, 33]));
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

    /// <summary>Of equal drives a head learns one direction, which lies along no axis: what counts is how many directions.</summary>
    [Fact]
    public void Plateaus_of_equal_drives_are_matched_by_directions()
    {
        RegressionTask white = RegressionTask.Create(Spectrum.White(2), 20);
        double full = Papers.FullStrength(white, 0), gain = Papers.Trace(white) - Papers.Height(white, [0]);
        double[] times = Curves.Adaptive(50, [10, 30], [0.1, 0.1]);
        var training = new Trajectory([Column.Loss, .. Column.Strengths(2)], hasTime: true);
        foreach ((int step, double t) in times.Index())
        {
            // The first head takes (0.6, 0.8), the second what is left: m = u uᵀ has the diagonal (0.36, 0.64).
            double first = 1 / (1 + Math.Exp(-(t - 10) / 0.1)), second = 1 / (1 + Math.Exp(-(t - 30) / 0.1));
            training.Add(
                step, t,
                [
                    Papers.Trace(white) - (first + second) * gain,
                    full * (0.36 * first + 0.64 * second), full * (0.64 * first + 0.36 * second),
                ]);
        }

        Prediction prediction = Predicted(null) with
        {
            Moments = ModeMoments.Of(white),
            Plateaus =
            [
                new(Papers.Height(white, []), 0, 10, []),
                new(Papers.Height(white, [0]), 10, 30, [0]),
                new(Papers.Height(white, [0, 1]), 30, double.PositiveInfinity, [0, 1]),
            ],
        };
        Comparison comparison = Comparison.Of(prediction, training);
        Assert.Equal([0, 1, 2], comparison.Plateaus.Select(p => p.Predicted?.Learned.Count));
        Assert.Empty(comparison.Missed);
    }

    [Fact]
    public void Two_drops_at_once_miss_the_plateau_between_them()
    {
        Comparison comparison = Comparison.Of(Predicted(null), Training([20, 20]));
        Assert.Equal([[], [0, 1]], comparison.Plateaus.Select(p => p.Learned.ToArray()));
        PredictedPlateau missed = Assert.Single(comparison.Missed);
        Assert.Equal([0], missed.Learned);
    }

    [Fact]
    public void Training_that_ends_early_misses_the_last_plateau()
    {
        Trajectory whole = Training([10, 30]);
        Comparison comparison = Comparison.Of(Predicted(null), whole.Take(whole.Times!.Count(time => time < 20)));
        Assert.Equal(2, comparison.Plateaus.Count);
        Assert.Equal([0, 1], Assert.Single(comparison.Missed).Learned);
    }

    [Fact]
    public void A_plateau_that_was_not_predicted_stands_alone()
    {
        // The weaker component first: no predicted plateau has learned {1} alone.
        Comparison comparison = Comparison.Of(Predicted("tie"), Training([30, 10]));
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
        Trajectory training = Training([10, 30]);
        // Without courses the prediction stays at L₀, so the deviation is the whole fall.
        double expected = (prediction.Moments.ZeroLoss - training.Losses[^1]) / prediction.Moments.ZeroLoss;
        Expect.Relative("largest deviation", expected, Comparison.Of(prediction, training).LargestDeviation!.Value, 1e-12);
    }

    [Fact]
    public void Without_flow_time_positions_are_steps()
    {
        Trajectory training = Training([10, 30], hasTime: false);
        Comparison comparison = Comparison.Of(Predicted(null), training);
        Assert.False(comparison.UnitIsTime);
        Assert.Null(comparison.LargestDeviation);
        Assert.Equal(training.Steps[^1], comparison.Plateaus[^1].Measured.End);
    }

    [Fact]
    public void Each_plateau_is_examined_once_where_asked()
    {
        // Weights are kept on the first and the last plateau, and say when they were.
        var asked = new List<double>();
        Trajectory training = Training([10, 30], keeps: time => time is < 9 or > 31);
        Comparison comparison = Comparison.Of(Predicted(null), training, weights =>
        {
            asked.Add(weights[0]);
            return new Algorithm(asked.Count, [1, 1, 1]);
        });
        Assert.Equal([1, null, 2], comparison.Plateaus.Select(p => p.Algorithm?.Components));
        Assert.InRange(asked[0], 4, 6); // half-way through 0 … 10
        Assert.InRange(asked[1], 39, 41); // half-way through 30 … 50
        Assert.All(Comparison.Of(Predicted(null), training).Plateaus, p => Assert.Null(p.Algorithm));
    }

    [Fact]
    public void A_training_without_strengths_is_refused()
    {
        Trajectory training = Training([10, 30]), bare = new([Column.Loss], hasTime: true);
        for (int i = 0; i < training.Count; i++)
            bare.Add(training.Steps[i], training.Times![i], [training.Losses[i]]);
        Assert.Throws<InvalidOperationException>(() => Comparison.Of(Predicted(null), bare));
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
    private static Trajectory Training(double[] drops, bool hasTime = true, Func<double, bool>? keeps = null)
    {
        double[] widths = [0.1, 0.1], times = Curves.Adaptive(50, drops, widths);
        var training = new Trajectory([Column.Loss, .. Column.Strengths(2)], hasTime)
        {
            Checkpoints =
                [.. times.Index().Where(t => keeps?.Invoke(t.Item) == true).Select(t => new Checkpoint(t.Index, t.Item, 0, [t.Item]))],
        };
        foreach ((int step, double t) in times.Index())
        {
            double loss = Papers.Trace(TwoModes);
            var strengths = new double[2];
            for (int d = 0; d < 2; d++)
            {
                double grown = 1 / (1 + Math.Exp(-(t - drops[d]) / widths[d]));
                strengths[d] = grown * Papers.FullStrength(TwoModes, d);
                loss -= grown * (Papers.Trace(TwoModes) - Papers.Height(TwoModes, [d]));
            }

            training.Add(step, t, [loss, .. strengths]);
        }

        return training;
    }
}
