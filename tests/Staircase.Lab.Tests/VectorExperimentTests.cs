namespace Staircase.Lab.Tests;

/// <summary>Experiments on vector-valued tasks as words, as files and as folders.</summary>
public sealed class VectorExperimentTests
{
    /// <summary>Values that differ from the defaults, one list a key.</summary>
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["spectrum"] = ["linear", "power:1.5", "3,2,1"],
        ["dim"] = ["6"],
        ["trace"] = ["2.5"],
        ["context"] = ["7"],
        ["tasks"] = ["diagonal", "diagonal:30", "gaussian", "gaussian:5", "maps.npz"],
        ["epoch-rate"] = ["0.30000000000000004"],
        ["epochs"] = ["1000000"],
        ["batch"] = ["2"],
        ["trainings"] = ["1"],
        ["init"] = ["1E-05", "0"],
        ["start"] = ["unbalanced", "random"],
        ["all-blocks"] = ["true"],
        ["query-term"] = ["dropped"],
        ["record"] = ["every:7", "log:20"],
        ["checkpoints"] = ["every:70", "log:2"],
        ["seed"] = ["18446744073709551615"],
        ["data-seed"] = ["3"],
        ["init-seed"] = ["4"],
    };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_key_reads_back_what_it_wrote()
    {
        Assert.Equal(VectorExperiment.Keys.Select(key => key.Name).Order(StringComparer.Ordinal), Values.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, string[] values) in Values)
        {
            foreach (string value in values)
            {
                VectorExperiment experiment = Experiment($"{name}={value}");
                Assert.Equal(value, VectorExperiment.Keys.Write(experiment)[name]);
                Assert.Equal(experiment, Read(VectorExperiment.Keys.Write(experiment)));
                Assert.NotEqual(new VectorExperiment(), experiment);
            }
        }

        VectorExperiment all = Experiment([.. Values.Select(pair => $"{pair.Key}={pair.Value[0]}")]);
        Assert.Equal(VectorExperiment.Keys.Count, VectorExperiment.Keys.Write(all).Count);
        Assert.Equal(all, Read(VectorExperiment.Keys.Write(all)));
    }

    /// <summary>A property that no key writes would be lost between a run and its record.</summary>
    [Fact]
    public void Every_property_has_a_key() => Assert.Equal(typeof(VectorExperiment).GetProperties().Count(property => property.CanWrite), VectorExperiment.Keys.Count);

    /// <summary>The command line makes one option of a key that several kinds have.</summary>
    [Fact]
    public void Keys_of_one_name_are_switches_in_every_kind_or_in_none() =>
        Assert.All(ExperimentKinds.Names.SelectMany(ExperimentKinds.KeysOf).GroupBy(key => key.Name, StringComparer.Ordinal), keys => Assert.Single(keys.Select(key => key.Placeholder is null).Distinct()));

    [Fact]
    public void A_file_says_its_kind_and_a_key_of_another_kind_is_named_as_such()
    {
        using var folder = new TemporaryFolder();
        string path = folder["x.yaml"];
        File.WriteAllText(path, "spectrum: [2, 1]\ncontext: 5\nkind: vector-regression\ntasks: gaussian:3\n");
        IExperimentKind kind = ExperimentFile.KindOf(path)!;
        Assert.Equal("vector-regression", kind.Name);
        Assert.Equal(Experiment("spectrum=2,1", "context=5", "tasks=gaussian:3"), ExperimentFile.Read(path, kind));
        Assert.Contains("of kind vector-regression", Assert.Throws<InputException>(() => ExperimentFile.Read(path)).Message, StringComparison.Ordinal);

        File.WriteAllText(path, "kind: vector-regression\nheads: 3\n");
        Assert.Contains("line 2: 'heads' is a key of kind regression", Assert.Throws<InputException>(() => ExperimentFile.Read(path, kind)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "epochs: 3\n");
        Assert.Null(ExperimentFile.KindOf(path));
        Assert.Contains("line 1: 'epochs' is a key of kind vector-regression", Assert.Throws<InputException>(() => ExperimentFile.Read(path)).Message, StringComparison.Ordinal);
        File.WriteAllText(path, "kind: vector-regression\nepocs: 3\n");
        Assert.Contains("line 2: unknown key 'epocs': did you mean 'epochs'", Assert.Throws<InputException>(() => ExperimentFile.Read(path, kind)).Message, StringComparison.Ordinal);
    }

    /// <summary>Stopped at every look, in the middle of epochs too: the run is that of a training that nothing disturbed.</summary>
    [Theory]
    [InlineData("start=random", "trainings=3")]
    [InlineData("all-blocks=true", "query-term=dropped")]
    [InlineData("trainings=1", "record=log:10", "checkpoints=every:1000")]
    [InlineData("context=2", "tasks=gaussian:60")]
    public void A_run_that_is_stopped_again_and_again_ends_with_the_same_bits(params string[] keys)
    {
        using var folder = new TemporaryFolder();
        string[] words = ["spectrum=2,1,0.5", "context=10", "tasks=diagonal:60", "epoch-rate=0.2", "batch=200", "trainings=2", "epochs=25", "record=every:3", "checkpoints=every:10", .. keys];
        VectorStudy study = VectorStudy.Prepare(Experiment(words));
        RunFolder whole = RunFolder.Create(folder["whole"]), stopped = RunFolder.Create(folder["stopped"]);
        Assert.Equal(RunStatus.Finished, study.Train(whole, null, null, Token).Status);

        RunRecord? record = null;
        int sittings = 0;
        do
        {
            Assert.True(++sittings < 200, "The run does not get on.");
            IExperiment again = record is null ? study.Experiment : stopped.ExperimentOf(record, stopped.KindOf(record)!);
            using var stop = new CancellationTokenSource();
            record = again.Prepare().Train(stopped, record is null ? null : stopped.ReadRecord(), new StopAtOnce(stop), stop.Token);
        }
        while (record.Status == RunStatus.Interrupted);

        Assert.True(sittings > 3, "The run was hardly ever stopped.");
        Assert.Equal(RunStatus.Finished, record.Status);
        Assert.Equal(File.ReadAllText(whole.MetricsPath), File.ReadAllText(stopped.MetricsPath));
        Assert.Equal(Last(whole), Last(stopped));

        // A table that a kill cut in the middle of a row, and a run taken further.
        File.AppendAllText(stopped.MetricsPath, "26,26,0.");
        VectorStudy longer = VectorStudy.Prepare(study.Experiment with { Epochs = 31 });
        Assert.Equal(31, longer.Train(stopped, stopped.ReadRecord(), null, Token).Step);
        RunFolder atOnce = RunFolder.Create(folder["longer"]);
        longer.Train(atOnce, null, null, Token);
        Assert.Equal(File.ReadAllText(atOnce.MetricsPath), File.ReadAllText(stopped.MetricsPath));
        Assert.Contains("--epochs", Assert.Throws<InputException>(() => study.Train(stopped, stopped.ReadRecord(), null, Token)).Message, StringComparison.Ordinal);

        static byte[] Last(RunFolder run) => File.ReadAllBytes(Path.Combine(run.Path, "checkpoints", $"step-{run.CheckpointSteps()[^1]:00000000}.safetensors"));
    }

    [Fact]
    public void Simulation_is_said_to_follow_the_exact_flow()
    {
        using var folder = new TemporaryFolder();
        VectorStudy study = VectorStudy.Prepare(Experiment("spectrum=2,1,0.5", "context=10", "tasks=diagonal:200", "epoch-rate=0.2", "epochs=250", "batch=3", "init=0.1"));
        RunFolder run = RunFolder.Create(folder["run"]);
        RunRecord record = study.Train(run, null, null, Token);
        Findings findings = study.Compare(run);
        Assert.StartsWith("Simulation follows the exact flow, not the closed form", findings.Sentences[^1], StringComparison.Ordinal);
        Report report = RunReport.Read([run.Path], null, Token);
        Assert.Equal("loss strengths", string.Join(' ', Assert.Single(report.Sections).Plots.Select(plot => plot.Id)));
        Assert.Equal("vector-regression", record.Kind);
        Assert.Contains(FiniteContextFlow.Result, report.Results);
    }

    /// <summary>The end that theory chooses is late enough for every mode that is learned, and modes that are not do not wait for it.</summary>
    [Fact]
    public void Theory_chooses_the_end_and_announces_what_is_never_learned()
    {
        VectorStudy study = VectorStudy.Prepare(Experiment("spectrum=4,1,0.25,0.05", "context=10", "tasks=diagonal", "epoch-rate=1"));
        Assert.Equal(["Mode 4 cannot escape at N = 10: m s = 0.05 is below the threshold 0.0625 (in closed form it would be learned to 1.709)."], study.Announcements);
        Assert.InRange(study.Experiment.Epochs!.Value, 335, 355); // twice 171.8
        Table table = study.Predict().Tables[0];
        Assert.Equal("cannot escape", table.Rows[3][^1]);
        Assert.StartsWith("171.8", table.Rows[2][2], StringComparison.Ordinal); // the exact flow takes more than twice as long as the closed form
        Assert.StartsWith("75.4", table.Rows[2][3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give --epochs", "tasks=maps.npz")]
    [InlineData("Give --epochs", "init=0")]
    [InlineData("--epoch-rate must be positive", "epoch-rate=0")]
    [InlineData("--batch", "batch=0")]
    [InlineData("--trainings", "trainings=0")]
    [InlineData("--epochs", "epochs=0")]
    [InlineData("Eigenvalues must be positive", "spectrum=1,0")]
    [InlineData("Eigenvalues must be positive", "spectrum=1,-1")]
    [InlineData("--context", "context=0")]
    [InlineData("--query-term", "query-term=dropped")]
    [InlineData("too large", "tasks=diagonal:2000000000")]
    public void What_cannot_be_is_refused(string mention, string key)
    {
        using var folder = new TemporaryFolder();
        WriteMaps(folder["maps.npz"], [[0, 1, 1, 0]], 2);
        VectorExperiment experiment = Experiment("spectrum=2,1", "tasks=diagonal:5", key);
        if (experiment.Tasks.Path is { } file)
            experiment = experiment with { Tasks = TaskSource.Parse(folder[file]) };
        Assert.Contains(mention, Assert.Throws<InputException>(() => VectorStudy.Prepare(experiment)).Message, StringComparison.Ordinal);
    }

    /// <summary>Tasks without a closed form, and contexts without Bartlett's decomposition, are fallen back from, and said to be.</summary>
    [Fact]
    public void Fallbacks_are_stated()
    {
        using var folder = new TemporaryFolder();
        WriteMaps(folder["maps.npz"], [[0, 1, 2, 0.5], [1, 0.5, -1, 0]], 2);
        VectorStudy study = VectorStudy.Prepare(Experiment("spectrum=2,1", $"tasks={folder["maps.npz"]}", "epochs=20", "context=1", "epoch-rate=0.01", "start=random"));
        Assert.Null(study.Modes);
        Assert.Equal("matrix flow", study.ExactName);
        Assert.Contains(study.Announcements, line => line.Contains("no closed form", StringComparison.Ordinal));
        Assert.Contains(study.Announcements, line => line.Contains("token by token", StringComparison.Ordinal));
        RunFolder run = RunFolder.Create(folder["run"]);
        study.Train(run, null, null, Token);
        Assert.StartsWith("Simulation beside the matrix flow", study.Compare(run).Sentences[^1], StringComparison.Ordinal);

        WriteMaps(folder["wide.npz"], [[0, 1, 2, 0.5, 1, 2]], 2);
        Assert.Contains("'tasks'", Assert.Throws<InputException>(() => VectorStudy.Prepare(Experiment("spectrum=2,1", $"tasks={folder["wide.npz"]}", "epochs=1"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Divergence_says_what_to_lower()
    {
        using var folder = new TemporaryFolder();
        VectorStudy study = VectorStudy.Prepare(Experiment("spectrum=2,1", "tasks=diagonal:5", "epoch-rate=10000", "epochs=100"));
        RunFolder run = RunFolder.Create(folder["run"]);
        Assert.Contains("--epoch-rate (it is 10000)", Assert.Throws<InputException>(() => study.Train(run, null, null, Token)).Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Diverged, run.ReadRecord().Status);
    }

    private static VectorExperiment Experiment(params string[] words) =>
        words.Aggregate(new VectorExperiment(), (e, word) => VectorExperiment.Keys.First(key => key.Name == word.Split('=')[0]).Set(e, word.Split('=', 2)[1]));

    private static VectorExperiment Read(IReadOnlyDictionary<string, string> keys) => Experiment([.. keys.Select(pair => $"{pair.Key}={pair.Value}")]);

    private static void WriteMaps(string path, double[][] maps, int rows) =>
        Checkpoints.NpzWriter.Write(path, [Checkpoints.TensorToWrite.Create("tasks", [maps.Length, rows, maps[0].Length / rows], maps.SelectMany(map => map).ToArray())]);

    private sealed class StopAtOnce(CancellationTokenSource stop) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => stop.Cancel();
    }
}
