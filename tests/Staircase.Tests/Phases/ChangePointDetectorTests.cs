using Staircase.Tests.Measures;

namespace Staircase.Tests;

/// <summary>What happened is found; what did not raises no more alarms than stated.</summary>
public class ChangePointDetectorTests
{
    private const int Length = 200;
    private static readonly ChangePointDetector Detector = new(Length);

    /// <summary>Series without a change, fresh ones (other streams than the detector's own).</summary>
    private static readonly Dictionary<string, Func<int, double[]>> Nulls = new(StringComparer.Ordinal)
    {
        ["white noise"] = seed => Noise.Autoregressive(Length, 0, seed),
        ["small white noise on a large constant"] = seed => [.. Noise.Autoregressive(Length, 0, seed).Select(x => 1e6 + 1e-3 * x)],
        ["drift in white noise"] = seed => [.. Noise.Autoregressive(Length, 0, seed).Select((x, i) => x - 0.3 * i)],
        ["autocorrelation 0.3"] = seed => Noise.Autoregressive(Length, 0.3, seed),
        ["autocorrelation 0.5"] = seed => Noise.Autoregressive(Length, 0.5, seed),
        ["drift in autocorrelation 0.5"] = seed => [.. Noise.Autoregressive(Length, 0.5, seed).Select((x, i) => x + 0.3 * i)],
        ["autocorrelation 0.8"] = seed => Noise.Autoregressive(Length, 0.8, seed),
        ["autocorrelation 0.95"] = seed => Noise.Autoregressive(Length, 0.95, seed),
        ["random walk"] = seed => Noise.Autoregressive(Length, 1, seed),
        ["random walk with drift"] = seed => [.. Noise.Autoregressive(Length, 1, seed).Select((x, i) => x - 0.2 * i)],
        ["exponential decay in white noise"] = seed =>
            [.. Noise.Autoregressive(Length, 0, seed).Select((x, i) => x + 20 * Math.Exp(-i / 40.0))],
        ["alternating noise, autocorrelation −0.4"] = seed => Noise.Autoregressive(Length, -0.4, seed),
    };

    public static TheoryData<string> NullNames => [.. Nulls.Keys];

    /// <summary>The rate must hold within three standard errors of 400 series.</summary>
    [Theory]
    [MemberData(nameof(NullNames))]
    public void Nothing_is_found_in_null_series_more_often_than_stated(string name)
    {
        const int count = 400;
        double Smallest(int seed) =>
            Detector.Detect(new(0, 1, Nulls[name](seed)), level: 1).Select(change => change.FalseAlarmRate).DefaultIfEmpty(1).Min();
        double[] smallest = [.. Enumerable.Range(0, count).Select(seed => Smallest(seed))];

        foreach (double rate in (double[])[0.01, 0.05, 0.2])
        {
            double allowed = rate + 3 * Math.Sqrt(rate * (1 - rate) / count), found = smallest.Count(p => p <= rate) / (double)count;
            Assert.True(found <= allowed, $"{name}: {found:P1} of {count} series show a change of rate ≤ {rate:P0}, allowed {allowed:P1}");
        }
    }

    /// <summary>Rates that were far too cautious would pass the test above; a quarter of what is stated is the least.</summary>
    [Theory]
    [InlineData("autocorrelation 0.3")]
    [InlineData("autocorrelation 0.5")]
    [InlineData("random walk")]
    public void Stated_rates_are_not_empty_caution(string name)
    {
        int found = Enumerable.Range(1000, 400).Count(seed => Detector.Detect(new(0, 1, Nulls[name](seed)), level: 0.2).Count > 0);

        Assert.InRange(found / 400.0, 0.05, 0.26);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(0, -4)]
    [InlineData(0.5, 6)]
    public void A_step_is_found_where_it_is(double φ, double size)
    {
        const int count = 60, step = 90;
        double deviation = 1 / Math.Sqrt(1 - φ * φ);
        int found = 0, inside = 0, others = 0;
        for (int seed = 0; seed < count; seed++)
        {
            double[] values = [.. Noise.Autoregressive(Length, φ, seed).Select((x, i) => x + (i >= step ? size * deviation : 0))];
            IReadOnlyList<ChangePoint> changes = Detector.Detect(new(0, 1, values));
            ChangePoint? nearest = changes.MinBy(change => Math.Abs(change.Position - (step - 0.5)));
            others += changes.Count(change => Math.Abs(change.Position - (step - 0.5)) > 5);
            if (nearest is null || Math.Abs(nearest.Position - (step - 0.5)) > 5)
                continue;
            found++;
            inside += nearest.Earliest <= step - 0.5 && nearest.Latest >= step - 0.5 ? 1 : 0;
            Assert.Equal(Math.Sign(size), Math.Sign(nearest.Size));
        }

        Assert.True(found >= 0.9 * count, $"found {found} of {count} steps of {size} standard deviations, autocorrelation {φ}");
        Assert.True(inside >= 0.68 * found, $"{inside} of {found} steps lie between the earliest and latest position");
        Assert.True(others <= 0.1 * count, $"{others} changes were found in {count} series where there is none");
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.003)]
    public void Every_drop_of_a_staircase_is_found(double noise)
    {
        double[] drops = [100, 220, 330, 450], heights = [1, 0.7, 0.5, 0.25, 0.1], widths = [4, 6, 5, 4];
        double[] t = Curves.Even(599, 600);
        double[] losses = Curves.Noisy([.. t.Select(at => Curves.Staircase(drops, heights, widths, at))], noise, 3);

        IReadOnlyList<ChangePoint> changes = new ChangePointDetector(600).Detect(new(0, 1, losses));

        Assert.True(changes.Count == 4, $"expected 4 changes, found {string.Join(", ", changes)}");
        for (int i = 0; i < 4; i++)
        {
            Assert.True(
                Math.Abs(changes[i].Position - drops[i]) <= Math.Max(1, 2 * changes[i].Uncertainty), $"drop at {drops[i]}: {changes[i]}");
            Assert.True(changes[i].Size < 0 && changes[i].FalseAlarmRate <= 0.05, $"{changes[i]}");
        }
    }

    [Fact]
    public void The_smooth_closed_form_of_an_exponential_has_no_change()
    {
        Assert.Empty(Detector.Detect(new(0, 1, [.. Enumerable.Range(0, Length).Select(i => Math.Exp(-i / 30.0))])));
        Assert.Empty(Detector.Detect(new(0, 1, [.. Enumerable.Range(0, Length).Select(i => 5.0 - 0.1 * i)])));
        Assert.Empty(Detector.Detect(new(0, 1, [.. Enumerable.Repeat(0.3, Length)])));
        Assert.Empty(Detector.Detect(new(0, 1, new double[Length])));
    }

    [Fact]
    public void Units_do_not_matter_and_the_same_series_gives_the_same_answer()
    {
        double[] values = [.. Noise.Autoregressive(Length, 0.3, 5).Select((x, i) => x + (i >= 120 ? 6 : 0))];
        ChangePoint[] first = [.. Detector.Detect(new(0, 1, values), level: 1)];
        ChangePoint[] again = [.. new ChangePointDetector(Length).Detect(new(0, 1, values), level: 1)];
        double[] larger = [.. values.Select(x => 1024 * x)]; // a power of two: the same bits
        ChangePoint[] scaled = [.. Detector.Detect(new(1000, 50, larger), level: 1)];

        Assert.Equal(first, again);
        Assert.Equal(
            first.Select(c => (1000 + 50 * c.Position, c.Strength, c.FalseAlarmRate)),
            scaled.Select(c => (c.Position, c.Strength, c.FalseAlarmRate)));
        Assert.Equal(first.Select(c => 50 * c.Uncertainty), scaled.Select(c => c.Uncertainty));
    }

    [Fact]
    public void What_cannot_be_examined_is_refused_in_one_line()
    {
        Assert.Equal(
            "A series of 39 values needs a window of 5 to 4, not 5, and one null series or more, not 999.",
            Assert.Throws<ArgumentException>(() => new ChangePointDetector(39)).Message);
        Assert.Equal(
            "A series of 200 values needs a window of 5 to 25, not 26, and one null series or more, not 999.",
            Assert.Throws<ArgumentException>(() => new ChangePointDetector(200, 26)).Message);
        Assert.Equal(
            "This detector takes 200 finite values; found 3, 1 of them not finite.",
            Assert.Throws<ArgumentException>(() => Detector.Detect(new(0, 1, [1, double.NaN, 2]))).Message);
    }
}
