using System.Text.Json;

namespace Staircase.Lab.Tests;

/// <summary>Run folders: what is written is read back, and what is not theirs is refused.</summary>
public sealed class RunFolderTests
{
    private const string Short = "optimizer=adam learning-rate=0.001 steps=300 record=every:1 checkpoints=every:50";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_record_reads_back()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        var record = new RunRecord
        {
            Kind = "regression",
            Status = RunStatus.Interrupted,
            Experiment = Runs.Of(Short).Write(),
            Columns = [Column.Loss, .. Column.Strengths(2)],
            Step = 7,
            Time = double.NaN,
            Loss = double.PositiveInfinity,
            WallSeconds = 0.1,
            Findings = new Dictionary<string, double?>(StringComparer.Ordinal) { ["plateaus"] = 3, ["largestHeightError"] = null, ["x"] = double.NaN },
        };
        run.Write(record);
        RunRecord read = RunFolder.Open(run.Name).ReadRecord();
        Assert.Equal(record with { Experiment = read.Experiment, Columns = read.Columns, Findings = read.Findings }, read);
        Assert.Equal(record.Experiment, read.Experiment);
        Assert.Equal(record.Columns, read.Columns);
        Assert.Equal(record.Findings, read.Findings);
        Assert.Equal(Runs.Of(Short).Write(), run.Experiment(read).Write());
    }

    [Fact]
    public void A_record_says_what_its_columns_are()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Runs.Of(Short), RunFolder.Create(folder["run"]), Token);
        using var json = JsonDocument.Parse(File.ReadAllText(folder["run/run.json"]));
        Assert.Equal(2, json.RootElement.GetProperty("format").GetInt32());
        JsonElement[] columns = [.. json.RootElement.GetProperty("columns").EnumerateArray()];
        Assert.Equal(
            "step,time," + string.Join(',', columns.Select(column => column.GetProperty("name").GetString())),
            File.ReadLines(folder["run/metrics.csv"]).First());
        Assert.Equal(
            "loss strength strength strength strength", string.Join(' ', columns.Select(column => column.GetProperty("kind").GetString())));
        Assert.All(columns, column => Assert.NotEmpty(column.GetProperty("meaning").GetString()!));
    }

    [Fact]
    public void A_step_without_a_time_has_an_empty_cell()
    {
        using var folder = new TemporaryFolder();
        Run run = Runs.Train(Runs.Of(Short), RunFolder.Create(folder["run"]), Token);
        Assert.Null(run.Trajectory.Times);
        Assert.All(File.ReadLines(folder["run/metrics.csv"]).Skip(1), line => Assert.Equal("", line.Split(',')[1]));
        using var json = JsonDocument.Parse(File.ReadAllText(folder["run/run.json"]));
        Assert.False(json.RootElement.TryGetProperty("time", out _));
    }

    [Fact]
    public void Checkpoints_hold_weights_alone_and_one_file_the_rest()
    {
        using var folder = new TemporaryFolder();
        Run run = Runs.Train(Runs.Of(Short), RunFolder.Create(folder["run"]), Token);
        ParameterLayout layout = ((RegressionStudy)run.Study).Model.Layout;
        Assert.Equal(
            layout.Blocks.Select(block => block.Name).Order(StringComparer.Ordinal),
            run.Store.ReadCheckpoint(300).Names.Order(StringComparer.Ordinal), StringComparer.Ordinal);
        Snapshot state = run.Store.ReadState()!;
        Assert.Equal(run.Weights<double>(300, layout), state.Weights<double>(layout));
        Assert.Equal(2 * layout.Count, state.Read<double>("optimizer.memory").Length);
        Assert.Equal([run.Trajectory.Losses[0]], state.Read<double>("optimizer.first_loss"));
    }

    [Fact]
    public void A_run_of_the_first_format_is_told_what_to_do()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Runs.Of(Short), RunFolder.Create(folder["run"]), Token);
        string json = File.ReadAllText(folder["run/run.json"]);
        foreach ((int format, string advice) in new[] { (1, "Train it again"), (3, "newer version") })
        {
            File.WriteAllText(folder["run/run.json"], json.Replace("\"format\": 2", $"\"format\": {format}", StringComparison.Ordinal));
            string message = Assert.Throws<InputException>(() => RunFolder.Open(folder["run"]).ReadRecord()).Message;
            Assert.Contains($"format {format}", message, StringComparison.Ordinal);
            Assert.Contains(advice, message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Checkpoints_are_listed_in_order_and_strangers_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        Assert.Empty(run.CheckpointSteps());
        string[] names =
        [
            "step-00000010.safetensors", "step-00000002.safetensors", "step-123456789012.safetensors", "step-x.safetensors", "other.txt",
            "step-00000003.safetensors.0a1b2c3d.tmp",
        ];
        foreach (string name in names)
            File.WriteAllText(folder["run/checkpoints/" + name], "");
        Assert.Equal([2, 10, 123456789012], run.CheckpointSteps());
    }

    [Fact]
    public void The_record_of_a_run_is_the_experiment_that_gives_it_again()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(
            Runs.Of("data=sample:300 whiten=true task-covariance=1,2,0.5,1 noise=0.1 seed=3 data-seed=4 until=40"), RunFolder.Create(folder["run"]), Token);
        RunFolder run = RunFolder.Open(folder["run"]);
        RunRecord record = run.ReadRecord();
        Runs.Train(run.Experiment(record), RunFolder.Create(folder["again"]), Token);
        Assert.Equal(File.ReadAllText(run.MetricsPath), File.ReadAllText(folder["again/metrics.csv"]));
        Assert.Equal(record.Experiment, RunFolder.Open(folder["again"]).ReadRecord().Experiment);
        string[] keys = ["attention", "heads", "rank", "dim", "optimizer", "basis", "data-seed", "init-seed", "until", "record", "checkpoints"];
        Assert.All(keys, key => Assert.True(record.Experiment.ContainsKey(key), $"run.json leaves {key} open."));
    }
}
