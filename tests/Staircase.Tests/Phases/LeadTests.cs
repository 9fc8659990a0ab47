using Staircase.Tests.Measures;

namespace Staircase.Tests;

/// <summary>By how much a measure comes before the loss.</summary>
public class LeadTests
{
    private static readonly double[] Time = Curves.Even(599, 600);

    [Theory]
    [InlineData(15, 0)]
    [InlineData(-20, 0)]
    [InlineData(15, 0.01)]
    [InlineData(0, 0.01)]
    public void A_measure_that_runs_ahead_leads_by_as_much(int lead, double noise)
    {
        EvenSeries loss = Series(0, 1, noise, 1), measure = Series(lead, -3, 3 * noise, 2);
        var detector = new ChangePointDetector(600, 20);

        IReadOnlyList<MatchedTransition> matched = MatchedTransition.Match(
            detector.Detect(loss), detector.Detect(measure), reach: 60, range: 599);
        SlopeLead slopes = SlopeLead.Of(measure, loss, 60);

        Assert.Equal(3, matched.Count);
        foreach (MatchedTransition match in matched)
        {
            double error = Math.Abs(match.Lead - lead);
            Assert.True(error <= Math.Max(1, 2 * match.Uncertainty), $"lead {match.Lead} ± {match.Uncertainty}, expected {lead}");
        }

        Assert.True(Math.Abs(slopes.Lead - lead) <= Math.Max(1, slopes.Uncertainty) && slopes.IsPeak, $"{slopes}, expected {lead}");
        Assert.InRange(slopes.Correlation, -1, -0.9); // it rises where the loss falls
    }

    [Fact]
    public void Each_change_is_matched_once_and_the_nearest_pair_first()
    {
        IReadOnlyList<MatchedTransition> matched = MatchedTransition.Match(
            [At(100), At(130), At(400)], [At(124), At(300)], reach: 50, range: 500);

        Assert.Equal([null, 124.0, null], matched.Select(match => match.Measure?.Position));
        Assert.Equal(6, matched[1].Lead);
        Assert.Equal(double.NaN, matched[0].Lead);
        Expect.Relative("uncertainty, √(2² + 2²)", Math.Sqrt(8), matched[1].Uncertainty, 1e-12);
        Expect.Relative("one of two anywhere within 6 of 500", 1 - Math.Pow(1 - 12.0 / 500, 2), matched[1].ByChance, 1e-12);
        Assert.Equal(1, matched[0].ByChance);
    }

    [Fact]
    public void A_lead_beyond_what_was_tried_is_no_peak()
    {
        SlopeLead slopes = SlopeLead.Of(Series(30, 1, 0, 1), Series(0, 1, 0, 1), 10);

        Assert.False(slopes.IsPeak);
        Assert.Equal(10, slopes.Lead);
    }

    [Fact]
    public void Unrelated_noise_correlates_as_little_as_its_length_allows()
    {
        // 400 values smoothed over σ = 2 make 400/(2√π·2) = 56 independent stretches: |r| at one shift is about 0.13, and the largest of 41
        // shifts below 4 × 0.13 but for 1 in 400.
        for (int seed = 0; seed < 10; seed++)
        {
            SlopeLead slopes = SlopeLead.Of(
                new(0, 1, Noise.Autoregressive(400, 0, seed)), new(0, 1, Noise.Autoregressive(400, 0, seed + 100)), 20, 2);
            Expect.Below("|r|", 0.53, Math.Abs(slopes.Correlation));
        }
    }

    [Fact]
    public void Series_must_share_their_positions()
    {
        EvenSeries a = new(0, 1, new double[10]), b = new(0, 2, new double[10]);

        Assert.Equal(
            "The measure and the loss must have the same positions.",
            Assert.Throws<ArgumentException>(() => SlopeLead.Of(a, b, 2)).Message);
        Assert.Equal(
            "The largest shift must be 1 to 5 samples, not 6.", Assert.Throws<ArgumentException>(() => SlopeLead.Of(a, a, 6)).Message);
    }

    private static EvenSeries Series(int lead, double size, double noise, ulong seed)
    {
        double[] values = [.. Time.Select(t => size * Curves.Staircase([120, 300, 470], [1, 0.6, 0.3, 0], [6, 6, 6], t + lead))];
        return new(0, 1, Curves.Noisy(values, noise, seed));
    }

    private static ChangePoint At(double position) => new(position, position - 2, position + 2, -1, 10, 0.001);
}
