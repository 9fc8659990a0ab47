namespace Staircase.Tests;

/// <summary>
/// Closed form against exact flow: the figures' setting, and spectra and context lengths for which both were computed independently of this
/// library.
/// </summary>
public class FiniteContextParityTests
{
    public static TheoryData<double[], int, double[], double[]> Table => new()
    {
        { [2, 1, 0.5], 10, [0.3829, 0.7064, 1.2449], [0.3922, 0.6897, 1.1111] },
        { [4, 1, 0.25], 10, [0.1989, 0.6818, 1.8182], [0.2030, 0.6154, 1.2500] },
        { [3, 1, 0.3], 5, [0.2193, 0.5297, 0.9296], [0.2242, 0.4854, 0.8197] },
    };

    [Theory]
    [MemberData(nameof(Table))]
    public void The_end_is_the_tables(double[] s, int N, double[] exact, double[] closed)
    {
        VectorRegressionTask task = VectorCases.Diagonal(s, N);
        VectorWeights start = VectorWeights.Aligned(s.Length, 0.01);
        double[] end = FiniteContextFlow.Solve(task, start, 1, [3000], VectorCases.Accurate)[0].Strengths;
        var modes = new ModeDynamics(task, start, 1);
        double[] fixedPoint = FiniteContextFixedPoint.Stable(task).Strengths;
        for (int i = 0; i < s.Length; i++)
        {
            Assert.Equal(exact[i], end[i], 4);
            Assert.Equal(closed[i], modes.Modes[i].FullStrength, 4);
            Expect.Relative($"fixed point in closed form, mode {i + 1}", fixedPoint[i], end[i], 1e-7); // what 3,000 epochs leave
        }
    }

    [Fact]
    public void A_mode_below_the_threshold_dies()
    {
        VectorRegressionTask task = VectorCases.Diagonal([4, 1, 0.25, 0.05], 10);
        VectorPoint end = FiniteContextFlow.Solve(task, VectorWeights.Aligned(4, 0.1), 1, [100_000])[0];
        Assert.InRange(end.Strengths[3], 0, 1e-10);
        // what the closed form expects of it
        Assert.Equal(1.71, new ModeDynamics(task, VectorWeights.Aligned(4, 0.1), 1).Modes[3].FullStrength, 2);
        Assert.Equal(1.8182, end.Strengths[2], 4);
    }

    /// <summary>
    /// The figures end at 500 epochs. Modes then are within 2e-4 of their ends: the strengths have settled, but the ratios p_i/q_i still
    /// relax, slowly, towards their common value.
    /// </summary>
    [Fact]
    public void The_published_setting_overshoots_as_measured()
    {
        double[] exact = [0.5753, 0.6974, 0.8854, 0.9728];
        IReadOnlyList<VectorPoint> course = FiniteContextFlow.Solve(
            VectorCases.Published, VectorCases.PublishedStart, VectorCases.PublishedRate, VectorCases.Times(500, 0.5));
        for (int i = 0; i < 4; i++)
            Assert.Equal(exact[i], course[^1].Strengths[i], 4);
        (double peak, double time)[] peaks = [(0.5798, 139), (0.7006, 203)];
        for (int i = 0; i < 2; i++)
        {
            VectorPoint top = course.MaxBy(point => point.Strengths[i])!;
            Assert.Equal(peaks[i].peak, top.Strengths[i], 4);
            Assert.InRange(top.Time, peaks[i].time - 2, peaks[i].time + 2);
        }

        Assert.Equal(2.5993, course[0].Loss, 4);
        Assert.Equal(0.0631, course[^1].Loss, 4);
    }

    [Fact]
    public void The_published_setting_ends_at_the_fixed_point()
    {
        FiniteContextFixedPoint end = FiniteContextFixedPoint.Stable(VectorCases.Published);
        VectorPoint point = FiniteContextFlow.Solve(
            VectorCases.Published, VectorCases.PublishedStart, VectorCases.PublishedRate, [100_000], VectorCases.Accurate)[0];
        Expect.Relative("strengths", end.Strengths, point.Strengths, 1e-7); // the solver's tolerance at a stiff end
        Expect.Relative("loss", end.Loss, point.Loss, 1e-7);
        Expect.Relative("p, from C = 0 alone", VectorWeights.Diagonal(end.Weights(0).Value), point.Value, 1e-6);
    }

    /// <summary>
    /// Half times at the published setting with tasks of independent entries, of variance 1/D: infinitely many, and four sets of 2,000.
    /// </summary>
    [Fact]
    public void Tasks_with_independent_entries_draw_the_half_times_together()
    {
        const double sampling = 1; // epochs; sets of 2,000 tasks differ by half an epoch (standard deviation)
        double[] half = [107, 119, 140, 151];
        foreach (TaskSet tasks in (IEnumerable<TaskSet>)
            [TaskSet.GaussianDesign(4), .. Enumerable.Range(1, 4).Select(seed => TaskSet.Gaussian(4, 2000, (ulong)seed))])
        {
            var task = new VectorRegressionTask(VectorCases.Published.Spectrum, 200, tasks);
            IReadOnlyList<VectorPoint> course = MatrixFlow.Solve(
                task, VectorCases.PublishedStart, VectorCases.PublishedRate, VectorCases.Times(500, 1));
            for (int i = 0; i < 4; i++)
                Assert.InRange(VectorPoint.HalfTime(course, i), half[i] - 2 * sampling, half[i] + 2 * sampling);
        }
    }

    [Fact]
    public void Isotropic_inputs_are_where_the_closed_form_is_exact()
    {
        VectorRegressionTask task = VectorCases.Diagonal([0.7, 0.7, 0.7], 6);
        VectorWeights start = VectorWeights.Aligned(3, 0.05);
        double[] times = VectorCases.Times(60, 5);
        IReadOnlyList<VectorPoint> exact = FiniteContextFlow.Solve(task, start, 1, times, VectorCases.Accurate);
        IReadOnlyList<VectorPoint> closed = new ModeDynamics(task, start, 1).Course(times);
        for (int k = 0; k < times.Length; k++)
        {
            // the solver's tolerance, grown with the weights
            Expect.Relative($"a({times[k]})", closed[k].Strengths, exact[k].Strengths, 1e-7);
            Expect.Relative($"L({times[k]})", closed[k].Loss, exact[k].Loss, 1e-7);
        }
    }
}
