namespace Staircase.Lab.Tests;

/// <summary>
/// Trainings of transformers, wherever they are kept and however often they stop, and what is measured of their checkpoints.
/// </summary>
public class TransformerRunTests
{
    private const string Addition =
        "modular-addition modulus=7 training-fraction=0.8 width=8 heads=2 hidden=16 learning-rate=0.01 steps=40 record=every:3 "
        + "checkpoints=every:8";

    private const string Chains = "attention-only width=8 heads=2 context=16 batch=4 steps=14 record=every:3 checkpoints=every:4";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Only gradient descent and momentum follow the flow, 2η of its time a step; other optimizers have no time.</summary>
    [Theory]
    [InlineData("gd", true)]
    [InlineData("adam", false)]
    public void Time_is_that_of_the_gradient_flow(string optimizer, bool hasTime)
    {
        Run run = Train($"{Addition} optimizer={optimizer}", new RunMemory());
        Assert.Equal(hasTime, run.Trajectory.HasTime);
        if (hasTime)
            Assert.Equal(2 * 0.01 * 40, run.Trajectory.Times![^1], 1e-12);
    }

    /// <summary>What is kept says the same as what was measured, and is not measured again: files that are there are not written.</summary>
    [Theory]
    [InlineData(Addition)]
    [InlineData(Chains)]
    public void A_checkpoint_is_measured_once(string words)
    {
        using var folder = new TemporaryFolder();
        Run trained = Train(words, RunFolder.Create(folder["run"]));
        string first = Seen(trained);
        string[] measures = Directory.GetFiles(folder["run/measures"]);
        Assert.True(measures.Length >= trained.CheckpointSteps().Count);
        var longAgo = new DateTime(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);
        foreach (string file in measures)
            File.SetLastWriteTimeUtc(file, longAgo);

        Assert.Equal(first, Seen(Run.Open(RunFolder.Open(folder["run"]))));
        Assert.Equal(measures.Order(StringComparer.Ordinal), Directory.GetFiles(folder["run/measures"]).Order(StringComparer.Ordinal));
        Assert.All(measures, file => Assert.Equal(longAgo, File.GetLastWriteTimeUtc(file)));
        Assert.Equal(first, Seen(Train(words, new RunMemory { Name = folder["run"] })));
    }

    /// <summary>The measures of a checkpoint depend on itself, on the one before and on the last; those of others stay.</summary>
    [Fact]
    public void A_checkpoint_that_changed_is_measured_again()
    {
        using var folder = new TemporaryFolder();
        Seen(Train(Addition, RunFolder.Create(folder["run"])));
        string[] measures = Directory.GetFiles(folder["run/measures"]);
        string before = Seen(Run.Open(RunFolder.Open(folder["run"])));
        string checkpoints = folder["run/checkpoints/step-000000"];
        File.Copy($"{checkpoints}00.safetensors", $"{checkpoints}16.safetensors", overwrite: true);
        Run changed = Run.Open(RunFolder.Open(folder["run"]));
        Assert.NotEqual(before, Seen(changed), StringComparer.Ordinal);
        Assert.Equal(2, Directory.GetFiles(folder["run/measures"]).Except(measures, StringComparer.Ordinal).Count());
        IReadOnlyList<ModularCheckpoint> measured = ModularFindings.Of(changed).Checkpoints;
        Assert.Equal(measured[0].Heads("ov_rank"), measured.Single(checkpoint => checkpoint.Step == 16).Heads("ov_rank"));
    }

    /// <summary>A broken file of measures is as good as none.</summary>
    [Fact]
    public void Measures_that_cannot_be_read_are_measured_again()
    {
        using var folder = new TemporaryFolder();
        string first = Seen(Train(Addition, RunFolder.Create(folder["run"])));
        foreach (string file in Directory.GetFiles(folder["run/measures"]))
            File.WriteAllText(file, "broken");
        Assert.Equal(first, Seen(Run.Open(RunFolder.Open(folder["run"]))));
    }

    /// <summary>Everything that a report draws, as text.</summary>
    private static string Seen(Run run)
    {
        ReportSection section = run.View.Section;
        return string.Join('\n',
        [
            Json.Text(run.Findings.Data),
            .. section.Plots.SelectMany(plot => plot.Series.Select(series => $"{plot.Id} {series.Name}: {string.Join(' ', series.Y)}")),
            .. section.Weights.SelectMany(maps => maps.Maps.Select(map => $"{map.Name}: {string.Join(' ', map.Values)}")),
        ]);
    }

    private static Run Train(string words, IRunStore store) => Runs.Train(Runs.Of(words), store, Token);
}
