namespace Staircase.Tests;

public class RaceCourseTests
{
    /// <summary>A drop 1/(1 + e^t) at unequal steps: its curvature is what straight lines between entries miss.</summary>
    [Fact]
    public void A_refined_curve_keeps_its_entries_and_errs_by_about_a_quarter_between_them()
    {
        const double share = 0.35; // a quarter, and what the cubics themselves err by
        double[] times = [.. Enumerable.Range(0, 61).Select(i => -12 + 0.4 * i + 0.1 * Math.Sin(i))];
        var coarse = new RaceCourse([], times, [.. times.Select(Drop)], [[.. times.Select(t => 1 - Drop(t))]], 0, 0, null);
        RaceCourse fine = coarse.Refined();
        Assert.Equal(2 * times.Length - 1, fine.Times.Length);
        for (int i = 0; i < times.Length; i++)
        {
            Assert.Equal(times[i], fine.Times[2 * i]);
            Assert.Equal(coarse.Losses[i], fine.Losses[2 * i]);
            Assert.Equal(coarse.Strengths[0][i], fine.Strengths[0][2 * i]);
        }

        Expect.Below("error of the refined loss against that of the loss", share, ErrorOf(fine) / ErrorOf(coarse));
        Assert.All(fine.Losses.Zip(fine.Losses.Skip(1)), pair => Assert.True(pair.Second <= pair.First));
        Expect.Relative("strengths", [.. fine.Losses.Select(loss => 1 - loss)], fine.Strengths[0], 1e-12);

        static double Drop(double t) => 1 / (1 + Math.Exp(t));

        static double ErrorOf(RaceCourse course) =>
            Enumerable.Range(0, 2000).Select(i => -11.5 + 0.0115 * i).Max(t => Math.Abs(course.LossAt(t) - Drop(t)));
    }

    [Fact]
    public void A_refined_curve_has_no_extrema_of_its_own_where_steps_change_suddenly()
    {
        var coarse = new RaceCourse([], [0, 1000, 1000.001, 1000.002, 1003], [1, 1, 0.999999, 0.9999, 0.2], [], 0, 0, null);
        RaceCourse fine = coarse.Refined();
        for (int i = 1; i < fine.Losses.Length; i += 2)
            Assert.InRange(fine.Losses[i], fine.Losses[i + 1], fine.Losses[i - 1]);
    }

    [Fact]
    public void A_curve_of_one_entry_is_as_fine_as_it_can_be()
    {
        var only = new RaceCourse([], [0], [1], [[0]], 0, 0, null);
        Assert.Same(only, only.Refined());
    }
}
