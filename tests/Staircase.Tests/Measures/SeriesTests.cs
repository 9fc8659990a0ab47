using FsCheck;
using FsCheck.Fluent;

namespace Staircase.Tests.Measures;

/// <summary>Evenly spaced series, their smoothing and their derivatives.</summary>
public class SeriesTests
{
    /// <summary>Sums of up to a hundred weights that add up to one.</summary>
    private const double Rounding = 1e-12;

    [Fact]
    public void A_curve_is_read_by_straight_lines()
    {
        EvenSeries series = EvenSeries.Read([0, 1, 4], [1, 3, 0], 5);

        Assert.Equal((0.0, 1.0, 5), (series.Start, series.Spacing, series.Count));
        Expect.Relative("values", [1, 3, 2, 1, 0], series.Values, Rounding);
        Assert.Equal(2.5, new EvenSeries(1, 0.5, [0, 0, 0, 0]).PositionAt(3));
    }

    [Fact]
    public void What_is_no_curve_is_refused_in_one_line()
    {
        Assert.Equal(
            "A series needs at least two points and one value a position; found 2 positions, 3 values, 5 asked for.",
            Assert.Throws<ArgumentException>(() => EvenSeries.Read([0, 1], [1, 2, 3], 5)).Message);
        Assert.Equal(
            "Positions must ascend; number 2 is 1 after 1.",
            Assert.Throws<ArgumentException>(() => EvenSeries.Read([0, 1, 1], [1, 2, 3], 5)).Message);
        Assert.Equal(
            "The value at 1 is NaN; expected a finite number.",
            Assert.Throws<ArgumentException>(() => EvenSeries.Read([0, 1], [1, double.NaN], 5)).Message);
        Assert.Equal(
            "This needs 3 values or more; the series has 2.",
            Assert.Throws<ArgumentException>(() => new EvenSeries(0, 1, [1, 2]).Curvature()).Message);
        Assert.Equal(
            "The width of smoothing must be 0 or more samples, not -1.",
            Assert.Throws<ArgumentException>(() => GaussianSmoothing.Of(new(0, 1, [1, 2]), -1)).Message);
    }

    [Fact]
    public void Derivatives_of_a_parabola_are_exact_and_the_ends_follow_their_rule()
    {
        // 3x² − 2x at x = 1, 1.5, …: slope 6x − 2 (one-sided at the ends: that of the middle of the interval), curvature 6.
        var series = new EvenSeries(1, 0.5, [.. Enumerable.Range(0, 6).Select(i => 1 + 0.5 * i).Select(x => 3 * x * x - 2 * x)]);

        Expect.Relative("slope", [6 * 1.25 - 2, 7, 10, 13, 16, 6 * 3.25 - 2], series.Slope().Values, Rounding);
        Expect.Relative("curvature", [6, 6, 6, 6, 6, 6], series.Curvature().Values, Rounding);
    }

    [Fact]
    public void Extrema_are_turns_inside_the_series() =>
        Assert.Equal([1, 2, 4], new EvenSeries(0, 1, [5, 1, 7, 3, 2, 2, 9, 10]).Extrema());

    /// <summary>
    /// Inside, a Gaussian leaves a straight line and adds to x² the second moment of its weights; that is σ² but for the cut at 4σ.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(3.3)]
    [InlineData(8)]
    public void Smoothing_a_polynomial(double σ)
    {
        int reach = (int)Math.Round(4 * σ);
        double[] weights = [.. Enumerable.Range(-reach, 2 * reach + 1).Select(j => Math.Exp(-j * j / (2 * σ * σ)))];
        double second = Enumerable.Range(-reach, 2 * reach + 1).Sum(j => weights[j + reach] * j * j) / weights.Sum();
        double[] x = [.. Enumerable.Range(0, 120).Select(i => (double)i)];

        double[] line = GaussianSmoothing.Of(new(0, 1, x), σ).Values;
        double[] square = GaussianSmoothing.Of(new(0, 1, [.. x.Select(v => v * v)]), σ).Values;

        // what a normal loses beyond 4.1σ and gains by coarse sampling is below this
        Expect.Relative("second moment over σ²", 1, second / (σ * σ), 0.02);
        for (int i = reach; i < 120 - reach; i++)
        {
            Expect.Relative($"line at {i}", x[i], line[i], Rounding, scale: 1);
            Expect.Relative($"square at {i}", x[i] * x[i] + second, square[i], Rounding, scale: 1);
        }
    }

    [Fact]
    public void Beyond_its_ends_a_series_goes_on_with_its_end_values()
    {
        const double σ = 1;
        double[] w = [.. Enumerable.Range(-4, 9).Select(j => Math.Exp(-j * j / 2.0))];
        double[] smooth = GaussianSmoothing.Of(new(0, 1, [0, 0, 0, 0, 0, 0, 0, 0, 0, 6]), σ).Values;

        Expect.Relative("last value: itself and all beyond", 6 * w[4..].Sum() / w.Sum(), smooth[^1], Rounding);
        Expect.Relative("one before", 6 * w[5..].Sum() / w.Sum(), smooth[^2], Rounding);
        Assert.Equal(0, smooth[0]);
    }

    [Fact]
    public void Smoothing_keeps_constants_bounds_and_mirror_images()
    {
        Gen<int> seeds = Gen.Choose(0, 100_000), counts = Gen.Choose(1, 60), widths = Gen.Choose(0, 100);
        Prop.ForAll(seeds.ToArbitrary(), counts.ToArbitrary(), widths.ToArbitrary(), (seed, count, tenths) =>
        {
            var random = new RandomStream((ulong)seed, RandomPurpose.Probe, 8);
            var values = new double[count];
            random.FillNormal(values);
            double σ = tenths / 10.0;
            double[] smooth = GaussianSmoothing.Of(new(0, 1, values), σ).Values;
            double[] mirrored = GaussianSmoothing.Of(new(0, 1, [.. values.Reverse()]), σ).Values;
            double[] constant = GaussianSmoothing.Of(new(0, 1, [.. values.Select(_ => 3.0)]), σ).Values;
            bool bounded = smooth.Min() >= values.Min() - Rounding && smooth.Max() <= values.Max() + Rounding;
            bool mirror = smooth.Reverse().Zip(mirrored).All(pair => Math.Abs(pair.First - pair.Second) < Rounding);
            return (bounded && mirror && constant.All(v => Math.Abs(v - 3) < Rounding)).Label($"seed {seed}, {count} values, σ = {σ}");
        }).QuickCheckThrowOnFailure();
    }
}
