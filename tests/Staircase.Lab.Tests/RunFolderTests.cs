namespace Staircase.Lab.Tests;

public sealed class RunFolderTests
{
    private static readonly Experiment Short = Runs.Experiment("optimizer=adam", "learning-rate=0.001", "steps=300", "record=every:1", "checkpoints=every:50");

    [Fact]
    public void A_record_reads_back()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        var record = new RunRecord
        {
            Status = RunStatus.Interrupted,
            Experiment = ExperimentKey.Write(Short),
            Step = 7,
            Time = double.NaN,
            Loss = double.PositiveInfinity,
            WallSeconds = 0.1,
            Verdicts = new(3, 0.1, null, double.NaN),
        };
        run.Write(record);
        RunRecord read = RunFolder.Open(run.Path).ReadRecord();
        Assert.Equal(record with { Experiment = read.Experiment }, read);
        Assert.Equal(record.Experiment, read.Experiment);
        Assert.Equal(ExperimentKey.Write(Short), ExperimentKey.Write(run.ExperimentOf(read)));
    }

    [Fact]
    public void Checkpoints_are_listed_in_order_and_strangers_are_passed_over()
    {
        using var folder = new TemporaryFolder();
        RunFolder run = RunFolder.Create(folder["run"]);
        Assert.Empty(run.CheckpointSteps());
        foreach (string name in new[] { "step-00000010.safetensors", "step-00000002.safetensors", "step-123456789012.safetensors", "step-x.safetensors", "other.txt", "step-00000003.safetensors.0a1b2c3d.tmp" })
            File.WriteAllText(Path.Combine(run.Path, "checkpoints", name), "");
        Assert.Equal([2, 10, 123456789012], run.CheckpointSteps());
    }

    [Fact]
    public void A_checkpoint_reads_back_to_the_same_bits()
    {
        using var folder = new TemporaryFolder();
        Trainer trainer = Runs.Train(Short, folder["run"]);
        RunFolder run = RunFolder.Open(folder["run"]);
        ParameterLayout layout = Runs.Prepare(Short).Model.Layout;
        TrainingCheckpoint checkpoint = run.ReadCheckpoint(300, layout);
        Assert.Equal(300, checkpoint.Step);
        Assert.Equal(trainer.Points[^1].Loss, checkpoint.Loss);
        Assert.True(double.IsNaN(checkpoint.Time));
        Assert.Equal(2 * layout.Count, checkpoint.State["memory"].Length);
        run.Write(checkpoint with { Step = 301 }, layout, durable: false);
        TrainingCheckpoint again = run.ReadCheckpoint(301, layout);
        Assert.Equal(checkpoint.Weights, again.Weights);
        Assert.Equal(checkpoint.State["memory"], again.State["memory"]);
    }

    [Fact]
    public void A_trainer_resumes_at_its_last_checkpoint_and_writes_later_rows_again()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Short, folder["run"]);
        RunFolder run = RunFolder.Open(folder["run"]);
        byte[] table = File.ReadAllBytes(run.MetricsPath), last = File.ReadAllBytes(Path.Combine(run.Path, "checkpoints", "step-00000300.safetensors"));
        run.DeleteCheckpoint(300);
        File.AppendAllText(run.MetricsPath, "301,NaN,1"); // a kill in the middle of a row
        Study study = Runs.Prepare(run.ExperimentOf(run.ReadRecord()));
        Trainer trainer = Trainer.Resume(study, run, run.ReadRecord());
        Assert.Equal(250, trainer.Points[^1].Step);
        Assert.Equal(RunStatus.Finished, trainer.Train(null, CancellationToken.None).Status);
        Assert.Equal(table, File.ReadAllBytes(run.MetricsPath));
        Assert.Equal(last, File.ReadAllBytes(Path.Combine(run.Path, "checkpoints", "step-00000300.safetensors")));
    }

    [Fact]
    public void Without_a_checkpoint_a_run_starts_again()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Short, folder["run"]);
        RunFolder run = RunFolder.Open(folder["run"]);
        byte[] table = File.ReadAllBytes(run.MetricsPath);
        foreach (long step in run.CheckpointSteps())
            run.DeleteCheckpoint(step);
        Trainer trainer = Trainer.Resume(Runs.Prepare(Short), run, run.ReadRecord());
        Assert.Empty(trainer.Points);
        trainer.Train(null, CancellationToken.None);
        Assert.Equal(table, File.ReadAllBytes(run.MetricsPath));
    }

    /// <summary>Stopped again and again, each time after a few steps: the rows are those of a run that was never stopped.</summary>
    [Theory]
    [InlineData("optimizer=gd", "steps=500", "record=every:10")]
    [InlineData("optimizer=muon", "steps=500", "record=log:5")]
    [InlineData("optimizer=flow", "until=60", "record=every:3")]
    [InlineData("optimizer=gd", "data=online:8", "steps=400", "record=every:9")]
    public void A_run_stopped_many_times_has_the_rows_of_one_that_was_not(params string[] keys)
    {
        using var folder = new TemporaryFolder();
        Experiment experiment = Runs.Experiment([.. keys, "learning-rate=0.001", "checkpoints=every:1000"]);
        Runs.Train(experiment, folder["whole"]);
        Runs.Stop(experiment, folder["stopped"]);

        RunFolder run = RunFolder.Open(folder["stopped"]);
        int sittings = 1;
        for (RunRecord record = run.ReadRecord(); record.Status != RunStatus.Finished; sittings++)
        {
            Assert.Equal(RunStatus.Interrupted, record.Status);
            Assert.True(sittings < 1000, "The run does not get on.");
            using var stop = new CancellationTokenSource();
            Study study = Runs.Prepare(run.ExperimentOf(record));
            record = Trainer.Resume(study, run, record).Train(new StopAtOnce(stop), stop.Token);
        }

        Assert.True(sittings > 1, "The run was never stopped.");
        Assert.Equal(File.ReadAllText(Path.Combine(folder["whole"], "metrics.csv")), File.ReadAllText(run.MetricsPath));
    }

    [Fact]
    public void The_record_of_a_run_is_the_experiment_that_gives_it_again()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Runs.Experiment("data=sample:300", "whiten=true", "task-covariance=1,2,0.5,1", "noise=0.1", "seed=3", "data-seed=4", "until=40"), folder["run"]);
        RunFolder run = RunFolder.Open(folder["run"]);
        RunRecord record = run.ReadRecord();
        Runs.Train(run.ExperimentOf(record), folder["again"]);
        Assert.Equal(File.ReadAllText(run.MetricsPath), File.ReadAllText(Path.Combine(folder["again"], "metrics.csv")));
        Assert.Equal(record.Experiment, RunFolder.Open(folder["again"]).ReadRecord().Experiment);
        foreach (string key in new[] { "attention", "heads", "rank", "dim", "optimizer", "basis", "data-seed", "init-seed", "until", "record", "checkpoints" })
            Assert.True(record.Experiment.ContainsKey(key), $"run.json leaves {key} open.");
    }

    private sealed class StopAtOnce(CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => stop.Cancel();
    }
}
