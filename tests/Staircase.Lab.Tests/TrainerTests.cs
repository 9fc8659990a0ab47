namespace Staircase.Lab.Tests;

/// <summary>What the one trainer promises, for every kind of experiment and every way to train one.</summary>
public sealed class TrainerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Short runs of every kind, with the key of their end and an earlier end that no schedule meets.</summary>
    public static TheoryData<string, string> Trainings => new()
    {
        { "optimizer=gd learning-rate=0.1 record=every:10 checkpoints=every:40 steps=300", "steps=133" },
        { "optimizer=adam learning-rate=0.001 record=log:5 checkpoints=log:2 steps=300", "steps=133" },
        { "optimizer=momentum data=sample:60 whiten=true record=every:7 checkpoints=every:50 steps=300", "steps=133" },
        { "optimizer=muon learning-rate=0.001 record=every:9 checkpoints=every:45 steps=200", "steps=133" },
        { "optimizer=gd data=online:8 record=every:9 checkpoints=every:50 steps=300", "steps=133" },
        { "optimizer=flow record=every:3 checkpoints=every:7 until=400", "until=25" },
        { "optimizer=flow data=sample:50 init-scheme=full record=log:9 checkpoints=every:7 until=60", "until=25" },
        { "softmax=true data=sample:40 optimizer=gd record=every:4 checkpoints=every:8 steps=30", "steps=13" },
        { "vector-regression tasks=diagonal:20 trainings=2 batch=1 record=every:3 checkpoints=every:4 epochs=30", "epochs=13" },
        {
            "vector-regression all-blocks=true query-term=dropped tasks=diagonal:20 optimizer=momentum weight-decay=0.01 "
            + "record=log:9 checkpoints=every:4 epochs=30", "epochs=13"
        },
        { "vector-regression context=2 tasks=gaussian:10 optimizer=muon trainings=1 record=every:2 checkpoints=every:1000 epochs=30",
            "epochs=13" },
        { "vector-regression tasks=gaussian:10 optimizer=adam all-blocks=true trainings=2 record=every:3 checkpoints=every:4 epochs=30",
            "epochs=13" },
        { "modular-addition modulus=7 training-fraction=0.8 width=8 heads=2 hidden=16 record=every:3 checkpoints=every:8 steps=40",
            "steps=13" },
        { "attention-only width=8 heads=2 context=16 batch=4 record=every:3 checkpoints=every:4 steps=14", "steps=5" },
        {
            "attention-only task=repeated vocabulary=9 width=8 heads=2 hidden=12 norm=true positions=absolute context=16 batch=4 "
                + "optimizer=muon "
            + "record=every:3 checkpoints=every:4 steps=14", "steps=5"
        },
    };

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_run_in_memory_and_one_in_a_folder_have_the_same_bits(string words, string _)
    {
        using var folder = new TemporaryFolder();
        Run memory = Runs.Train(Runs.Of(words), new RunMemory(), Token);
        Run kept = Runs.Train(Runs.Of(words), RunFolder.Create(folder["run"]), Token);
        AssertSame(memory, kept);
        AssertSame(memory, Run.Open(RunFolder.Open(folder["run"])));
        Assert.True(memory.Trajectory.Losses[^1] < memory.Trajectory.Losses[0] * 1.2, "Training went astray.");
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_run_that_is_stopped_at_every_turn_ends_with_the_bits_of_one_that_was_not(string words, string _)
    {
        using var folder = new TemporaryFolder();
        Run whole = Runs.Train(Runs.Of(words), RunFolder.Create(folder["whole"]), Token);
        int sittings = 0;
        RunStatus status = RunStatus.Interrupted;
        RunFolder.Create(folder["parts"]);
        while (status == RunStatus.Interrupted)
        {
            Assert.True(++sittings < 2000, "The run does not get on.");
            using var stop = new CancellationTokenSource();
            Study study = sittings == 1 ? Runs.Of(words).Prepare() : Reopened(folder["parts"]);
            RunFolder store = sittings == 1 ? RunFolder.Create(folder["parts"]) : OpenedFor(folder["parts"]);
            status = Trainer.Train(study, new StoppingStore(store, stop), null, stop.Token).Record.Status;
        }

        Assert.True(sittings > 2, "The run was hardly stopped.");
        AssertSame(whole, Run.Open(RunFolder.Open(folder["parts"])));
        AssertSameFiles(folder["whole"], folder["parts"]);
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_finished_run_that_goes_on_is_one_that_went_there_at_once(string words, string earlier)
    {
        using var folder = new TemporaryFolder();
        Run whole = Runs.Train(Runs.Of(words), RunFolder.Create(folder["whole"]), Token);
        Run part = Runs.Train(Runs.Of($"{words} {earlier}"), RunFolder.Create(folder["part"]), Token);
        Assert.True(part.Record.Step < whole.Record.Step);
        string later = words.Split(' ').Single(word => word.StartsWith(earlier.Split('=')[0] + "=", StringComparison.Ordinal));
        Run extended = Runs.Resume(folder["part"], later, Token);
        if (!earlier.StartsWith("until", StringComparison.Ordinal)) // a flow's step that ends early is another step
        {
            AssertSame(whole, extended);
            AssertSameFiles(folder["whole"], folder["part"]);
        }

        InputException refused = Assert.Throws<InputException>(() => Runs.Resume(folder["whole"], earlier, Token));
        Assert.Contains("cannot end it earlier", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>
    /// A condition ends a run at the first row that meets it, interrupted or not; without it the run goes on as if nothing was.
    /// </summary>
    [Theory]
    [MemberData(nameof(Trainings))]
    public void A_condition_ends_a_run_at_the_first_row_that_meets_it(string words, string _)
    {
        using var folder = new TemporaryFolder();
        Run whole = Runs.Train(Runs.Of(words), RunFolder.Create(folder["whole"]), Token);
        IReadOnlyList<double> losses = whole.Trajectory.Losses;
        var stop = new StopCondition("loss", "<=", losses.Take((losses.Count + 1) / 2).Min());
        int first = Enumerable.Range(0, losses.Count).First(row => losses[row] <= stop.Level);

        Experiment Stopping() => Runs.Of(words) with { StopWhen = stop };
        Run stopped = Runs.Train(Stopping(), RunFolder.Create(folder["stopped"]), Token);
        Assert.Equal(whole.Trajectory.Steps.Take(first + 1), stopped.Trajectory.Steps);
        Assert.Equal(losses.Take(first + 1), stopped.Trajectory.Losses);
        Assert.Equal((RunStatus.Finished, $"{stop}"), (stopped.Record.Status, stopped.Record.Stopped));
        Assert.Equal(whole.Trajectory.Steps[first], stopped.CheckpointSteps()[^1]);

        var sitting = Trainer.Train(Stopping().Prepare(), RunFolder.Create(folder["parts"]), null, new CancellationToken(canceled: true));
        Assert.Equal(first == 0 ? RunStatus.Finished : RunStatus.Interrupted, sitting.Record.Status);
        AssertSame(stopped, Runs.Resume(folder["parts"], cancellation: Token));
        AssertSameFiles(folder["stopped"], folder["parts"]);

        AssertSame(whole, Runs.Resume(folder["stopped"], "stop-when=none", Token));
        AssertSameFiles(folder["whole"], folder["stopped"]);
    }

    [Theory]
    [MemberData(nameof(Trainings))]
    public void Rows_and_checkpoints_are_those_of_the_schedules_and_the_end(string words, string _)
    {
        Run run = Runs.Train(Runs.Of(words), new RunMemory(), Token);
        TrainingPlan plan = run.Study.Plan;
        long end = run.Record.Step;
        long[] kept = [.. run.CheckpointSteps()], steps = [.. Enumerable.Range(0, (int)end + 1).Select(step => (long)step)];
        Assert.Equal(steps.Where(step => step == end || plan.Rows.Includes(step) || kept.Contains(step)), run.Trajectory.Steps);
        Assert.Equal(RunStatus.Finished, run.Record.Status);
        Assert.All(run.CheckpointSteps(), step => Assert.True(step == end || plan.Keeps(step, isChanging: true)));
        Assert.Empty(steps.Where(plan.Checkpoints.Includes).Append(end).Except(kept));
        Assert.Equal(run.Trajectory.Columns, run.Record.Columns);
        Assert.Equal(run.Record.Time is not null, run.Trajectory.HasTime);
    }

    /// <summary>Training saves its state before its first step, so that a kill can leave a run without one only before that.</summary>
    [Fact]
    public void A_run_that_was_killed_before_its_first_step_starts_again_and_one_that_lost_its_state_does_not()
    {
        using var folder = new TemporaryFolder();
        const string words = "optimizer=gd learning-rate=0.1 record=every:10 checkpoints=every:40 steps=300";
        Run whole = Runs.Train(Runs.Of(words), RunFolder.Create(folder["whole"]), Token);
        Runs.Train(Runs.Of(words), RunFolder.Create(folder["killed"]), Token);
        File.Delete(folder["killed/resume.safetensors"]);
        string table = File.ReadAllText(folder["killed/metrics.csv"]);
        InputException refused = Assert.Throws<InputException>(() => Runs.Resume(folder["killed"], cancellation: Token));
        foreach (string mention in (string[])["killed", "resume.safetensors", "300 steps", "--fork"])
            Assert.Contains(mention, refused.ForCommandLine, StringComparison.Ordinal);
        Assert.Equal(table, File.ReadAllText(folder["killed/metrics.csv"]));

        RunFolder killed = RunFolder.Open(folder["killed"]);
        killed.Write(killed.ReadRecord() with { Status = RunStatus.Running, Step = 0 });
        Assert.Throws<InputException>(() => Runs.Resume(folder["killed"], cancellation: Token)); // its checkpoints know
        foreach (long step in killed.CheckpointSteps())
            killed.DeleteCheckpoint(step);
        AssertSame(whole, Runs.Resume(folder["killed"], cancellation: Token));
        AssertSameFiles(folder["whole"], folder["killed"]);
    }

    [Fact]
    public void A_table_that_is_cut_short_is_refused()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Runs.Of("optimizer=gd steps=50 record=every:10"), RunFolder.Create(folder["run"]), Token);
        string[] lines = File.ReadAllLines(folder["run/metrics.csv"]);
        File.WriteAllLines(folder["run/metrics.csv"], lines[..^2]);
        InputException refused = Assert.Throws<InputException>(() => Runs.Resume(folder["run"], "steps=80", Token));
        Assert.Contains("cut short", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_state_of_another_model_is_refused_with_its_file()
    {
        using var folder = new TemporaryFolder();
        Runs.Train(Runs.Of("optimizer=gd steps=50"), RunFolder.Create(folder["run"]), Token);
        Runs.Train(Runs.Of("optimizer=gd steps=50 heads=7"), RunFolder.Create(folder["other"]), Token);
        File.Copy(folder["other/resume.safetensors"], folder["run/resume.safetensors"], overwrite: true);
        InputException refused = Assert.Throws<InputException>(() => Runs.Resume(folder["run"], "steps=80", Token));
        Assert.Contains("resume.safetensors", refused.Message, StringComparison.Ordinal);
        Assert.Contains("[7]", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("optimizer=gd learning-rate=1000 steps=300 record=every:1", "‹learning-rate› is 1000")]
    [InlineData("optimizer=adam learning-rate=1e200 steps=300 record=every:1", "‹learning-rate›")]
    [InlineData("optimizer=flow init=1e120 until=10 record=every:1", "‹init›")]
    [InlineData("vector-regression tasks=diagonal:20 epoch-rate=1e6 epochs=30 record=every:1", "‹epoch-rate›")]
    [InlineData("modular-addition modulus=7 width=8 heads=2 hidden=16 optimizer=gd learning-rate=1e30 steps=40 record=every:1",
        "‹learning-rate›")]
    public void A_run_that_diverges_says_so_and_keeps_its_rows(string words, string advice)
    {
        using var folder = new TemporaryFolder();
        InputException diverged = Assert.Throws<InputException>(() => Runs.Train(Runs.Of(words), RunFolder.Create(folder["run"]), Token));
        Assert.IsType<DivergedException>(diverged.InnerException);
        Assert.Contains(
            advice.Replace("‹", "--", StringComparison.Ordinal).Replace("›", "", StringComparison.Ordinal), diverged.ForCommandLine,
            StringComparison.Ordinal);
        Assert.DoesNotContain('‹', diverged.Message);
        RunRecord record = RunFolder.Open(folder["run"]).ReadRecord();
        Assert.Equal(RunStatus.Diverged, record.Status);
        Assert.True(
            RunFolder.Open(folder["run"]).ReadRows(record.Columns).Count >= (words.Contains("flow", StringComparison.Ordinal) ? 0 : 1));
    }

    [Fact]
    public void Progress_ends_where_training_does()
    {
        var seen = new List<TrainingProgress>();
        Trainer.Train(Runs.Of("data=sample:300 optimizer=gd steps=60000").Prepare(), new RunMemory(), new Listener(seen), Token);
        Assert.NotEmpty(seen);
        Assert.All(seen, progress => Assert.InRange(progress.Fraction, 0, 1));
        Assert.Equal(seen.OrderBy(progress => progress.Step), seen);
    }

    private static Study Reopened(string path)
    {
        RunFolder folder = RunFolder.Open(path);
        return folder.Experiment(folder.ReadRecord()).Prepare();
    }

    private static RunFolder OpenedFor(string path)
    {
        RunFolder folder = RunFolder.Open(path);
        folder.ReadRecord();
        return folder;
    }

    internal static void AssertSame(Run expected, Run actual)
    {
        Assert.Equal(RunStatus.Finished, actual.Record.Status);
        Assert.Equal(expected.Trajectory.Steps, actual.Trajectory.Steps);
        Assert.Equal(expected.Trajectory.Times, actual.Trajectory.Times);
        Assert.All(expected.Trajectory.Columns, column => Assert.Equal(expected.Trajectory[column.Name], actual.Trajectory[column.Name]));
        Assert.Equal(expected.CheckpointSteps(), actual.CheckpointSteps());
        Assert.All(expected.CheckpointSteps(), step =>
        {
            Snapshot one = expected.Store.ReadCheckpoint(step), other = actual.Store.ReadCheckpoint(step);
            Assert.Equal(one.Names.Order(StringComparer.Ordinal), other.Names.Order(StringComparer.Ordinal), StringComparer.Ordinal);
            Assert.All(one.Names, name => Assert.Equal(one.Read<double>(name), other.Read<double>(name)));
        });
    }

    /// <summary>Everything but what a run says of its machine and its seconds.</summary>
    internal static void AssertSameFiles(string expected, string actual)
    {
        string[] files = [.. Files(expected)];
        Assert.Equal(files, Files(actual), StringComparer.Ordinal);
        Assert.All(
            files, file => Assert.Equal(File.ReadAllBytes(Path.Combine(expected, file)), File.ReadAllBytes(Path.Combine(actual, file))));

        static IEnumerable<string> Files(string folder) => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(folder, file)).Where(file => file != "run.json").Order(StringComparer.Ordinal);
    }

    private sealed class Listener(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }

    /// <summary>Asks to stop after the second row that it is given.</summary>
    internal sealed class StoppingStore(IRunStore store, CancellationTokenSource stop) : IRunStore
    {
        private int _rows;

        public string Name => store.Name;

        public RunRecord? Record => store.Record;

        public IDisposable Lock() => store.Lock();

        public void Write(RunRecord record) => store.Write(record);

        public void Begin(Trajectory known) => store.Begin(known);

        public void AddRow(Trajectory trajectory)
        {
            store.AddRow(trajectory);
            if (++_rows == 2)
                stop.Cancel();
        }

        public void FlushRows() => store.FlushRows();

        public Trajectory ReadRows(IReadOnlyList<Column> columns, long upToStep = long.MaxValue) => store.ReadRows(columns, upToStep);

        public IReadOnlyList<long> CheckpointSteps() => store.CheckpointSteps();

        public Snapshot ReadCheckpoint(long step) => store.ReadCheckpoint(step);

        public void WriteCheckpoint(Snapshot weights, bool durable) => store.WriteCheckpoint(weights, durable);

        public void DeleteCheckpoint(long step) => store.DeleteCheckpoint(step);

        public Snapshot? ReadState() => store.ReadState();

        public void WriteState(Snapshot state) => store.WriteState(state);

        public string HashOf(long step) => store.HashOf(step);

        public Snapshot? ReadMeasures(string key) => store.ReadMeasures(key);

        public void WriteMeasures(string key, Snapshot measures) => store.WriteMeasures(key, measures);
    }
}
