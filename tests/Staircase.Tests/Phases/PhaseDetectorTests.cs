namespace Staircase.Tests;

public class PhaseDetectorTests
{
    /// <summary>Equal steps, equally long plateaus.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(5)]
    [InlineData(8)]
    [InlineData(12)]
    public void Every_step_of_a_regular_staircase_is_found(int steps)
    {
        double[] drops = [.. Enumerable.Range(1, steps).Select(i => 10.0 * i)], widths = [.. drops.Select(_ => 0.2)];
        double[] heights = [.. Enumerable.Range(0, steps + 1).Select(i => 1 - 0.9 * i / steps)];
        double end = 10.0 * (steps + 1);
        Check($"{steps} steps", Curves.Adaptive(end, drops, widths), drops, heights, widths, 0, 1e-3, 0.05);
    }

    /// <summary>Durations over five orders of magnitude, as a spectrum gives them.</summary>
    [Fact]
    public void Plateaus_of_very_different_lengths_are_found()
    {
        double[] drops = [3, 30, 400, 5000, 100_000], widths = [0.05, 0.5, 6, 80, 1500], heights = [1, 0.6, 0.35, 0.2, 0.12, 0.08];
        Check("five orders of magnitude", Curves.Adaptive(1e6, drops, widths), drops, heights, widths, 0, 2e-3, 0.05);
    }

    [Fact]
    public void Short_plateaus_between_long_ones_are_found()
    {
        double[] drops = [1000, 1030, 5000, 5050], widths = [1, 1, 2, 2], heights = [1, 0.7, 0.5, 0.3, 0.1];
        Check("long, short, long, short, long", Curves.Adaptive(10_000, drops, widths), drops, heights, widths, 0, 2e-3, 0.02);
    }

    /// <summary>Noise of the size given, as a share of the whole fall, on 4,000 evenly spaced points.</summary>
    [Theory]
    [InlineData(1, 0.01)]
    [InlineData(2, 0.01)]
    [InlineData(4, 0.01)]
    [InlineData(1, 0.03)]
    [InlineData(2, 0.03)]
    [InlineData(4, 0.03)]
    public void Steps_are_found_through_noise(int steps, double noise)
    {
        double[] drops = [.. Enumerable.Range(1, steps).Select(i => 10.0 * i)], widths = [.. drops.Select(_ => 0.1)];
        double[] heights = [.. Enumerable.Range(0, steps + 1).Select(i => 1.1 - (double)i / steps)];
        int right = 0;
        const int series = 20;
        for (ulong seed = 1; seed <= series; seed++)
        {
            double[] x = Curves.Even(10.0 * (steps + 1), 4000);
            double[] y = Curves.Noisy([.. x.Select(t => Curves.Staircase(drops, heights, widths, t))], noise, seed);
            IReadOnlyList<MeasuredPlateau> found = PhaseDetector.Plateaus(x, y);
            if (found.Count != steps + 1)
                continue;
            right++;
            for (int i = 0; i <= steps; i++)
                Expect.Relative($"{steps} steps, noise {noise:P0}, seed {seed}: height {i + 1}", heights[i], found[i].Height, noise, 1);
            for (int i = 0; i < steps; i++)
                Expect.Relative($"{steps} steps, noise {noise:P0}, seed {seed}: drop {i + 1}", drops[i], found[i].End, 0.02);
        }

        Assert.True(
            right >= 0.9 * series,
            $"{steps} steps, noise {noise:P0}: expected the right number of plateaus in at least 90 % of {series} series, actual {right}");
    }

    /// <summary>
    /// Staircases drawn at random, of plateaus some 40 long and logistic drops from 0.1 to 2.5 wide (up to 14 between a tenth and nine
    /// tenths),
    /// through noise from 0.1 to 1 % of the fall, white or of correlation 0.7 between neighbours: a wide drop is one drop.
    /// </summary>
    [Theory]
    [InlineData("even", 1000)]
    [InlineData("even", 4000)]
    [InlineData("even", 20_000)]
    [InlineData("logarithmic", 4000)]
    [InlineData("correlated", 4000)]
    [InlineData("correlated", 20_000)]
    public void Drops_of_any_width_come_whole_through_noise(string sampling, int points)
    {
        const int Drawn = 200;
        const double MostSplit = 0.01, MostMissed = 0.02; // rates over the curves drawn
        int split = 0, missed = 0;
        for (int draw = 0; draw < Drawn; draw++)
        {
            var random = new RandomStream(4242, RandomPurpose.Probe, 1000 * points + draw);
            int steps = 1 + draw % 3;
            double end = 40.0 * (steps + 1), noise = Math.Pow(10, -3 + random.NextUniform());
            double[] drops = [.. Enumerable.Range(1, steps).Select(i => 40 * i + 10 * (random.NextUniform() - 0.5))];
            double[] widths = [.. drops.Select(_ => 0.1 * Math.Pow(25, random.NextUniform()))];
            double[] sizes = [.. drops.Select(_ => 0.5 + random.NextUniform())];
            double[] heights = [.. Enumerable.Range(0, steps + 1).Select(i => 1.2 - sizes.Take(i).Sum() / sizes.Sum())];
            double first = drops[0] / 4;
            double[] x = sampling == "logarithmic"
                ? [.. Enumerable.Range(0, points).Select(i => first * Math.Pow(end / first, i / (points - 1.0)))]
                : Curves.Even(end, points);
            double φ = sampling == "correlated" ? 0.7 : 0, e = 0;
            double[] y = [.. x.Select(t => Curves.Staircase(drops, heights, widths, t)
                + noise * (e = φ * e + Math.Sqrt(1 - φ * φ) * random.NextNormal()))];
            int found = PhaseDetector.Plateaus(x, y).Count - 1;
            split += found > steps ? 1 : 0;
            missed += found < steps ? 1 : 0;
        }

        string what = $"{sampling}, {points} points: {split} split and {missed} missed of {Drawn}";
        TestContext.Current.TestOutputHelper?.WriteLine(what);
        Assert.True(split <= MostSplit * Drawn && missed <= MostMissed * Drawn, what);
    }

    /// <summary>Curves that fall gradually through noise, from far below their fall a point to far above it, have no drop.</summary>
    [Theory]
    [InlineData("exponential")]
    [InlineData("power")]
    [InlineData("line")]
    public void Gradual_falls_through_noise_have_no_drop(string kind)
    {
        const int Drawn = 200;
        const double MostAlarms = 0.05;
        int alarms = 0;
        for (int draw = 0; draw < Drawn; draw++)
        {
            var random = new RandomStream(4343, RandomPurpose.Probe, draw);
            int points = (int)(500 * Math.Pow(20, random.NextUniform()));
            double rate = 2 * Math.Pow(10, random.NextUniform()), noise = Math.Pow(10, -3 + 2 * random.NextUniform()), φ =
                draw % 2 * 0.7, e = 0;
            double[] x = Curves.Even(1, points);
            double[] y = [.. x.Select(t => (kind switch { "line" => 2 - t, "power" => 1 / (1 + rate * t), _ => Math.Exp(-rate * t) })
                + noise * (e = φ * e + Math.Sqrt(1 - φ * φ) * random.NextNormal()))];
            alarms += PhaseDetector.Plateaus(x, y).Count > 1 ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{kind}: {alarms} alarms of {Drawn}");
        Assert.True(alarms <= MostAlarms * Drawn, $"{kind}: {alarms} alarms of {Drawn}");
    }

    [Fact]
    public void A_curve_that_never_falls_is_one_plateau()
    {
        double[] x = Curves.Even(7, 50);
        MeasuredPlateau flat = Assert.Single(PhaseDetector.Plateaus(x, [.. x.Select(_ => 0.4)]));
        Assert.Equal(new MeasuredPlateau(0.4, 0, 7), flat with { Height = Math.Round(flat.Height, 14) });
        Assert.Equal(7, flat.Duration);
        Assert.Equal(3.5, flat.Middle);

        MeasuredPlateau rising = Assert.Single(PhaseDetector.Plateaus(x, [.. x.Select(t => 0.4 + 0.01 * t)]));
        Expect.Relative("height of a rising curve, its mean", 0.435, rising.Height, 1e-12);
    }

    /// <summary>Losses that fall without a step: the curve has no drop between two stretches at which it dwells longer.</summary>
    [Theory]
    [InlineData("linear")]
    [InlineData("exponential")]
    [InlineData("power")]
    public void A_steady_decay_has_one_plateau(string kind)
    {
        double[] x = Curves.Even(10, 1000);
        double[] y = [.. x.Select(t => kind switch { "linear" => 1 - 0.09 * t, "exponential" => Math.Exp(-t), _ => 1 / (1 + t) })];
        IReadOnlyList<MeasuredPlateau> found = PhaseDetector.Plateaus(x, y);
        Assert.True(
            found.Count == 1,
            $"{kind} decay: expected 1 plateau, actual {found.Count} "
            + $"at {string.Join(", ", found.Select(p => p.Height.ToString("G3")))}");
    }

    /// <summary>A drop of less than 1 % of the fall is not claimed, one of 3 % is.</summary>
    [Theory]
    [InlineData(0.005, 2)]
    [InlineData(0.03, 3)]
    public void Small_drops_count_from_one_per_cent_of_the_fall(double share, int plateaus)
    {
        double[] drops = [10, 20], widths = [0.1, 0.1], heights = [1, 1 - 0.8 * share, 0.2];
        double[] x = Curves.Adaptive(30, drops, widths);
        int found = PhaseDetector.Plateaus(x, [.. x.Select(t => Curves.Staircase(drops, heights, widths, t))]).Count;
        Assert.True(found == plateaus, $"a drop of {share:P1} of the fall: expected {plateaus} plateaus, actual {found}");
    }

    /// <summary>A falling line with noise has no steps. The false-alarm rate over these series is what the assertion states.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(0.01)]
    [InlineData(0.03)]
    public void Few_null_series_with_a_drift_raise_an_alarm(double noise) =>
        NullSeries($"a falling line with noise of {noise:P0} of its fall", 1, noise);

    /// <summary>Noise around a constant has no steps either.</summary>
    [Fact]
    public void Few_null_series_of_noise_alone_raise_an_alarm() => NullSeries("noise around a constant", 0, 0.01);

    private static void NullSeries(string what, double drift, double noise)
    {
        const int series = 100;
        const double bound = 0.1; // false-alarm rate; measured, see the output
        int alarms = 0;
        double[] x = Curves.Even(100, 2000);
        for (ulong seed = 1; seed <= series; seed++)
        {
            double[] y = Curves.Noisy([.. x.Select(t => 2 - drift * t / 100)], noise, seed);
            if (PhaseDetector.Plateaus(x, y).Count > 1)
                alarms++;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: false-alarm rate {alarms / (double)series:P0}");
        Assert.True(
            alarms <= bound * series,
            $"{what}: expected a false-alarm rate of at most {bound:P0} over {series} series, actual {alarms / (double)series:P0}");
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void A_flow_from_small_weights_has_one_plateau_more_than_dimensions(int D)
    {
        RegressionTask task = Papers.DefaultTask(D);
        var model = new SeparateAttention(D, D, 1);
        ulong seed = Enumerable.Range(1, 100).Select(i => (ulong)i).First(
            s => Prediction.Of(model, model.Initialize(1e-3, s), ModeMoments.Of(task)).Drops.All(d => d.NearTie is null));
        double[] weights = model.Initialize(1e-3, seed);
        double end = 1.5 * Prediction.Of(model, weights, ModeMoments.Of(task)).Drops[^1].Time;
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), weights, end);
        IReadOnlyList<MeasuredPlateau> found = PhaseDetector.Plateaus(flow.Positions, flow.Losses);
        Assert.True(found.Count == D + 1, $"D {D}, seed {seed}: expected {D + 1} plateaus, actual {found.Count}");
        for (int i = 0; i <= D; i++)
            Expect.Relative($"D {D}: height {i + 1}", Papers.Height(task, Enumerable.Range(0, i)), found[i].Height, 2e-3);
    }

    [Fact]
    public void Merged_attention_has_two_plateaus()
    {
        RegressionTask task = Papers.DefaultTask();
        var model = new MergedAttention(4, 8);
        Trajectory flow = GradientFlow.Solve(model, task.PopulationLoss(), model.Initialize(1e-3, 1), 300);
        Assert.Equal(2, PhaseDetector.Plateaus(flow.Positions, flow.Losses).Count);
    }

    [Fact]
    public void Plateaus_do_not_depend_on_the_units()
    {
        double[] drops = [10, 20], widths = [0.2, 0.2], heights = [1, 0.5, 0.2], x = Curves.Adaptive(30, drops, widths);
        double[] y = [.. x.Select(t => Curves.Staircase(drops, heights, widths, t))];
        IReadOnlyList<MeasuredPlateau> one = PhaseDetector.Plateaus(x, y);
        IReadOnlyList<MeasuredPlateau> two = PhaseDetector.Plateaus([.. x.Select(t => 5 + 1e4 * t)], [.. y.Select(l => 3 * l)]);
        Assert.Equal(one.Count, two.Count);
        for (int i = 0; i < one.Count; i++)
        {
            Expect.Relative($"height {i + 1} in other units", 3 * one[i].Height, two[i].Height, 1e-9);
            Expect.Relative($"end {i + 1} in other units", 5 + 1e4 * one[i].End, two[i].End, 1e-9);
        }
    }

    [Theory]
    [InlineData(new double[] { }, new double[] { })]
    [InlineData(new[] { 1.0 }, new[] { 1.0 })]
    [InlineData(new[] { 1.0, 2 }, new[] { 1.0 })]
    [InlineData(new[] { 1.0, 1 }, new[] { 1.0, 0.5 })]
    [InlineData(new[] { 2.0, 1 }, new[] { 1.0, 0.5 })]
    [InlineData(new[] { 1.0, double.NaN, 2 }, new[] { 1.0, 0.5, 0.2 })]
    public void Curves_that_are_none_are_refused(double[] positions, double[] losses) =>
        Assert.Throws<ArgumentException>(() => PhaseDetector.Plateaus(positions, losses));

    private static void Check(
        string what, double[] x, double[] drops, double[] heights, double[] widths, double noise, double heightTolerance,
        double dropTolerance)
    {
        double[] y = Curves.Noisy([.. x.Select(t => Curves.Staircase(drops, heights, widths, t))], noise, 1);
        IReadOnlyList<MeasuredPlateau> found = PhaseDetector.Plateaus(x, y);
        Assert.True(
            found.Count == heights.Length,
            $"{what}: expected {heights.Length} plateaus, actual {found.Count} "
            + $"at {string.Join(", ", found.Select(p => p.Height.ToString("G3")))}");
        Assert.Equal(x[0], found[0].Start);
        Assert.Equal(x[^1], found[^1].End);
        for (int i = 0; i < heights.Length; i++)
        {
            Expect.Relative($"{what}: height {i + 1}", heights[i], found[i].Height, heightTolerance, heights[0]);
            if (i < drops.Length)
                Expect.Relative($"{what}: drop {i + 1}, in its widths", 0, (found[i].End - drops[i]) / widths[i], dropTolerance, 1);
            if (i > 0)
                Assert.Equal(found[i - 1].End, found[i].Start);
        }
    }
}
