namespace Staircase.Tests.Measures;

/// <summary>Measures of a loss curve: autocovariance, slope, critical slowing.</summary>
public class LossMeasuresTests
{
    /// <summary>Sums of a few hundred products.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void Autocovariance_by_hand()
    {
        // Mean 3, deviations −2, −1, 0, 3.
        EvenSeries A = LossAutocovariance.ByLag(new(100, 2, [1, 2, 3, 6]));

        Expect.Relative("A", [14.0 / 4, 2.0 / 3, -3.0 / 2, -6], A.Values, Rounding);
        Assert.Equal((0.0, 2.0), (A.Start, A.Spacing)); // lags, not times
    }

    /// <summary>½ cos ωℓ, plus what remains of Σ cos ω(2t + ℓ), at most 1/sin ω.</summary>
    [Fact]
    public void Autocovariance_of_a_sinusoid_is_half_a_cosine_of_the_lag()
    {
        const int n = 400, periods = 10;
        double ω = 2 * Math.PI * periods / n;
        double[] A = LossAutocovariance.ByLag(new(0, 1, [.. Enumerable.Range(0, n).Select(t => Math.Sin(ω * t + 0.7))])).Values;

        for (int lag = 0; lag < n / 2; lag++)
        {
            Expect.Below(
                $"|A({lag}) − ½ cos ωℓ|", 1 / (2 * (n - lag) * Math.Sin(ω)) + Rounding, Math.Abs(A[lag] - 0.5 * Math.Cos(ω * lag)));
        }
    }

    [Fact]
    public void A_constant_has_no_autocovariance_and_no_curvature()
    {
        var constant = new EvenSeries(0, 1, [.. Enumerable.Repeat(0.75, 50)]);

        Assert.All(LossAutocovariance.ByLag(constant).Values, value => Assert.Equal(0, value));
        Assert.All(LossAutocovariance.CurvatureByLag(constant).Values, value => Assert.Equal(0, value));
        Assert.Equal(
            "There are no losses to correlate.", Assert.Throws<ArgumentException>(() => LossAutocovariance.ByLag(new(0, 1, []))).Message);
    }

    [Fact]
    public void Slope_and_curvature_of_a_parabola()
    {
        var loss = new EvenSeries(0, 0.5, [.. Enumerable.Range(0, 81).Select(i => 0.5 * i).Select(t => 100 - t * t)]);
        double[] slope = LossSlope.Of(loss, 2).Values, curvature = LossSlope.Curvature(loss, 2).Values;

        for (int i = 10; i < 71; i++) // further than 4σ from the ends
        {
            Expect.Relative($"−dL/dt at {i}", i, slope[i], Rounding);
            Expect.Relative($"d²L/dt² at {i}", -2, curvature[i], 1e-10); // differences of numbers up to 1500 over 0.25
        }
    }

    /// <summary>E ρ̂ = ρ − (1 + 3ρ)/n + O(1/n²) (Marriott and Pope 1954).</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.5)]
    [InlineData(0.9)]
    public void The_lag_one_autocorrelation_of_autoregressive_noise(double φ)
    {
        const int n = 1000, runs = 300;
        IEnumerable<double> estimates = Enumerable.Range(0, runs).Select(run => CriticalSlowing.LagOne(Noise.Autoregressive(n, φ, run)));

        Statistics.CheckMean("ρ̂", φ - (1 + 3 * φ) / n, estimates, errors: 4);
    }

    [Fact]
    public void Rolling_signals_stand_where_their_window_ends()
    {
        CriticalSlowing signals = CriticalSlowing.Of(new(10, 2, [.. Enumerable.Repeat(1.0, 30)]), 12);

        Assert.Equal((10 + 2 * 11.0, 2.0, 19), (signals.Variance.Start, signals.Variance.Spacing, signals.Variance.Count));
        Assert.Equal(signals.Variance.Start, signals.Autocorrelation.Start);
        Assert.All(signals.Variance.Values, value => Assert.Equal(0, value));
        Assert.All(signals.Autocorrelation.Values, value => Assert.Equal(double.NaN, value));
    }

    /// <summary>
    /// Removing the trend takes 0.52/σ of the variance and of the autocorrelation, a window of n values another 1/n of each.
    /// </summary>
    [Fact]
    public void White_noise_keeps_its_variance_and_gains_the_stated_autocorrelation()
    {
        const int window = 80, σ = window / 4;
        CriticalSlowing[] runs = [.. Enumerable.Range(0, 400)
            .Select(run => CriticalSlowing.Of(new(0, 1, Noise.Autoregressive(3 * window, 0, run)), window))];

        Statistics.CheckMean("variance", 1 - 0.52 / σ - 1.0 / window, runs.Select(run => run.Variance.Values[window]), errors: 4);
        Statistics.CheckMean(
            "autocorrelation", -0.52 / σ - 1.0 / window, runs.Select(run => run.Autocorrelation.Values[window]), errors: 4);
    }

    [Fact]
    public void Slowing_down_raises_both_signals()
    {
        const int n = 600, window = 150;
        double[] early = Noise.Autoregressive(n, 0, 1), late = Noise.Autoregressive(n, 0.9, 2);
        CriticalSlowing signals = CriticalSlowing.Of(new(0, 1, [.. early, .. late]), window);

        Assert.True(
            signals.Variance.Values[^1] > 2 * signals.Variance.Values[0],
            $"variance {signals.Variance.Values[0]} → {signals.Variance.Values[^1]}");
        Assert.True(
            signals.Autocorrelation.Values[^1] > signals.Autocorrelation.Values[0] + 0.5,
            $"autocorrelation {signals.Autocorrelation.Values[0]} → {signals.Autocorrelation.Values[^1]}");
        Assert.Equal(
            "A window of 3 values does not fit a series of 4; it needs 4 or more.",
            Assert.Throws<ArgumentException>(() => CriticalSlowing.Of(new(0, 1, [1, 2, 3, 4]), 3)).Message);
    }
}
