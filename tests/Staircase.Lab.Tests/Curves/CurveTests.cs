namespace Staircase.Lab.Tests;

/// <summary>Theory over curves that this program did not record.</summary>
public sealed class CurveTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A run of this program's exact flow, written as a stranger would: steps of a length that is not said, noise, some NaN. What is left
    /// open
    /// must come out.
    /// </summary>
    [Theory]
    [InlineData(3, 21, 0.0021, 0.013, true, true, 20_000)] // with fewer points in its drops both are asked for
    [InlineData(4, 22, 0.0058, 0.37, true, true, 6000)]
    [InlineData(4, 23, 0.0058, 0.37, true, false, 6000)]
    [InlineData(3, 24, 0.0008, 0.05, false, true, 6000)]
    [InlineData(3, 25, 0.0008, 0.05, false, true, 20_000)]
    public void What_a_setting_leaves_open_is_found_in_the_curve(
        int dim, int seed, double init, double timePerStep, bool fitTime, bool fitInit, int points)
    {
        Study study = Prepared(dim, seed, init);
        LossCurve curve = Flow(study, timePerStep, noise: 0.002, points);
        Study open = fitInit ? Prepared(dim, seed, init: null) : study;
        CurveFindings found = CurveFindings.Of(
            curve, open, fitTime ? null : timePerStep, fitInit, TestContext.Current.CancellationToken);
        Findings findings = found.Findings();
        double fittedTime = (double)findings.Data["timePerStep"]!, fittedInit = (double?)findings.Data["fittedInit"] ?? init;
        Assert.True(Math.Abs(Math.Log(fittedTime / timePerStep)) < 0.1, $"time per step {fittedTime} instead of {timePerStep}");
        Assert.True(Math.Abs(Math.Log(fittedInit / init)) < 0.5, $"init {fittedInit} instead of {init}");
        Assert.Equal(dim, found.Drops.Count);
        Assert.All(found.Drops, drop => Assert.True(drop.FalseAlarmRate <= 0.05));
        Assert.All(findings.Data["plateaus"]!.AsArray(), plateau => Assert.True(Math.Abs((double)plateau!["heightError"]!) < 0.02));
    }

    [Fact]
    public void A_curve_alone_shows_plateaus_drops_and_widths()
    {
        var random = new Random(4);
        IEnumerable<string> rows = Enumerable.Range(0, 2000).Select(i => FormattableString.Invariant(
            $"{10 * i},{Loss(i) + 0.004 * (random.NextDouble() - 0.5)}"));
        string path = _folder.Write("c.csv", $"step,loss\n{string.Join('\n', rows)}\n20000,nan\n");
        LossCurve curve = LossCurve.Read(path, null, null);
        CurveFindings found = CurveFindings.Of(curve);
        Assert.Equal(2, found.Drops.Count);
        double tenths = 2 * Math.Log(9); // widths of a logistic between a tenth and nine tenths
        Near(6000, found.Drops[0].Position, 0.02);
        Near(14000, found.Drops[1].Position, 0.02);
        Near(tenths * 50, found.Drops[0].Width, 0.1);
        Near(tenths * 120, found.Drops[1].Width, 0.1);
        Assert.Contains(found.Findings().Sentences, text => text.Contains("1 rows", StringComparison.Ordinal));
        Assert.Null(found.Findings().Data["residual"]);
        Assert.Equal("loss", Assert.Single(found.Report("x").Sections).Plots[0].Id);

        static double Loss(int i) => 1 - 0.5 / (1 + Math.Exp(-(i - 600) / 5.0)) - 0.3 / (1 + Math.Exp(-(i - 1400) / 12.0));
    }

    [Fact]
    public void What_is_missing_is_a_question()
    {
        string path = _folder.Write(
            "t.csv", $"step,train_loss,val_loss\n{string.Join('\n', Enumerable.Range(0, 20).Select(i => $"{i},{20 - i},{30 - i}"))}");
        Assert.Contains("--loss-column 'train_loss'", Asked(() => LossCurve.Read(path, null, null)), StringComparison.Ordinal);
        LossCurve straight = LossCurve.Read(path, "STEP", "val_loss");
        Assert.Equal("val_loss", straight.Name);
        Assert.Contains("'vall'", Asked(() => LossCurve.Read(path, null, "vall")), StringComparison.Ordinal);
        Study study = Prepared(3, 1, 0.001);
        Assert.Contains(
            "no drop to fit to", Asked(() => CurveFindings.Of(straight, study, null, fitInit: false)), StringComparison.Ordinal);

        static string Asked(Action action) => Assert.Throws<InputException>(action).Message;
    }

    private static Study Prepared(int dim, int seed, double? init)
    {
        ExperimentWord[] words =
        [
            new("dim", $"{dim}", null), new("seed", $"{seed}", null),
            .. init is { } size
                ? [new ExperimentWord("init", FormattableString.Invariant($"{size}"), null)] : Array.Empty<ExperimentWord>(),
        ];
        return new ExperimentWords(ExperimentKinds.Default, IsWhole: true, words).Experiment().Prepare();
    }

    /// <summary>The flow's own loss, at even steps.</summary>
    private static LossCurve Flow(Study study, double timePerStep, double noise, int points)
    {
        Trajectory flow = Trainer.Train(study, new RunMemory(), cancellation: TestContext.Current.CancellationToken).Trajectory;
        EvenSeries even = EvenSeries.Read(flow.Positions, flow.Losses, points);
        var random = new Random(7);
        double[] losses = [.. even.Values.Select(loss => loss + noise * (random.NextDouble() + random.NextDouble() - 1))];
        return new("loss", "step", [.. Enumerable.Range(0, points).Select(i => even.PositionAt(i) / timePerStep)], losses);
    }

    private static void Near(double expected, double actual, double tolerance) =>
        Assert.True(Math.Abs(actual / expected - 1) < tolerance, $"{actual} instead of {expected}");
}
