namespace Staircase.Tests;

/// <summary>Drops of loss curves and how often chance shows them.</summary>
public class MeasuredDropTests
{
    /// <summary>
    /// Curves without drops, of falls and noise that were not drawn before: a rate of at most α is to be seen on α of them.
    /// </summary>
    [Fact]
    public void A_false_alarm_rate_is_how_often_a_curve_without_drops_shows_one()
    {
        const int Curves = 200;
        const double Level = 0.1;
        int alarms = 0;
        double[] at = Staircase.Tests.Curves.Even(1, 400);
        for (ulong seed = 0; seed < Curves; seed++)
        {
            double τ = 0.1 + 0.9 * seed / Curves;
            double[] curve = Staircase.Tests.Curves.Noisy([.. at.Select(t => 1 + Math.Exp(-t / τ))], 0.01 + 0.0002 * seed, 1000 + seed);
            alarms += MeasuredDrop.Of(at, curve, nulls: 99).Any(drop => drop.FalseAlarmRate <= Level) ? 1 : 0;
        }

        // Three standard errors of a binomial share.
        Assert.InRange(alarms, 0, Curves * Level + 3 * Math.Sqrt(Curves * Level * (1 - Level)));
    }

    [Theory]
    [InlineData(0, 0.8, 1.7)]
    [InlineData(0.001, 0.2, 0.4)]
    [InlineData(0.001, 0.8, 1.7)]
    [InlineData(0.003, 0.8, 1.7)]
    [InlineData(0.003, 2.4, 1.1)]
    public void Drops_have_the_place_the_size_and_the_width_that_was_put_in(double noise, double first, double second)
    {
        double[] drops = [30, 70], heights = [1, 0.6, 0.35], widths = [first, second];
        double[] at = Staircase.Tests.Curves.Even(100, 4000);
        double[] curve =
            Staircase.Tests.Curves.Noisy([.. at.Select(t => Staircase.Tests.Curves.Staircase(drops, heights, widths, t))], noise, 5);
        IReadOnlyList<MeasuredDrop> found = MeasuredDrop.Of(at, curve);
        Assert.Equal(2, found.Count);
        for (int i = 0; i < 2; i++)
        {
            Assert.InRange(found[i].Position, drops[i] - 0.2, drops[i] + 0.2);
            Assert.InRange(found[i].Size, 0.98 * (heights[i] - heights[i + 1]), 1.02 * (heights[i] - heights[i + 1]));
            double width = 2 * Math.Log(9) * widths[i];
            Assert.InRange(found[i].Width, 0.93 * width, 1.07 * width);
            Assert.InRange(found[i].FalseAlarmRate!.Value, 0, 0.0051);
        }
    }

    [Fact]
    public void A_short_curve_has_drops_and_no_rates_and_the_same_curve_the_same_rates()
    {
        double[] at = Staircase.Tests.Curves.Even(10, 30);
        double[] curve = [.. at.Select(t => t < 5 ? 1.0 - 0.001 * t : 0.5 - 0.001 * t)];
        Assert.All(MeasuredDrop.Of(at, curve), drop => Assert.Null(drop.FalseAlarmRate));
        double[] longer = Staircase.Tests.Curves.Even(10, 300);
        double[] noisy = Staircase.Tests.Curves.Noisy([.. longer.Select(t => t < 5 ? 1.0 : 0.9)], 0.05, 3);
        Assert.Equal(MeasuredDrop.Of(longer, noisy), MeasuredDrop.Of(longer, noisy));
    }
}
