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
        ["tasks"] = ["diagonal", "diagonal:30", "gaussian", "gaussian:5", "signs", "maps.npz"],
        ["optimizer"] = ["gd", "momentum", "adam", "muon"],
        ["epoch-rate"] = ["0.30000000000000004"],
        ["weight-decay"] = ["0.125"],
        ["momentum"] = ["0.5", "0"],
        ["second-decay"] = ["0.99"],
        ["epochs"] = ["1000000"],
        ["batch"] = ["2"],
        ["trainings"] = ["1"],
        ["fork"] = ["runs/a", "runs/a@500"],
        ["stop-when"] = ["loss < 0.01"],
        ["init"] = ["1E-05", "0"],
        ["start"] = ["unbalanced", "random"],
        ["all-blocks"] = ["true"],
        ["query-term"] = ["dropped"],
        ["record"] = ["every:7", "log:20"],
        ["checkpoints"] = ["every:70", "log:2"],
        ["seed"] = ["18446744073709551615"],
        ["seeds"] = ["1..20", "3,7..9"],
        ["data-seed"] = ["3"],
        ["init-seed"] = ["4"],
    };

    private static readonly string[] Short =
    [
        "spectrum=2,1,0.5", "context=10", "tasks=diagonal:60", "epoch-rate=0.2", "batch=200", "trainings=2", "epochs=25", "record=every:3",
        "checkpoints=every:10",
    ];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_key_reads_back_what_it_wrote()
    {
        IEnumerable<string> names = VectorExperiment.Type.Keys.Select(key => key.Name);
        Assert.Equal(names.Order(StringComparer.Ordinal), Values.Keys.Order(StringComparer.Ordinal));
        foreach ((string name, string[] values) in Values)
        {
            foreach (string value in values)
            {
                VectorExperiment experiment = Experiment($"{name}={value}");
                Assert.Equal(value, experiment.Write()[name]);
                Assert.Equal(experiment, Read(experiment.Write()));
                Assert.NotEqual(new VectorExperiment(), experiment);
            }
        }

        // Seeds stand in place of seed.
        VectorExperiment all = Experiment([.. Values.Where(pair => pair.Key != "seeds").Select(pair => $"{pair.Key}={pair.Value[0]}")]);
        Assert.Equal(VectorExperiment.Type.Keys.Count - 1, all.Write().Count);
        Assert.Equal(all, Read(all.Write()));
    }

    /// <summary>A property that no key writes would be lost between a run and its record.</summary>
    [Fact]
    public void Every_property_has_a_key() =>
        Assert.Equal(typeof(VectorExperiment).GetProperties().Count(property => property.CanWrite), VectorExperiment.Type.Keys.Count);

    /// <summary>The command line makes one option of a key that several kinds have.</summary>
    [Fact]
    public void Keys_of_one_name_are_switches_in_every_kind_or_in_none() => Assert.All(
        ExperimentKinds.All.SelectMany(kind => kind.Keys).GroupBy(key => key.Name, StringComparer.Ordinal),
        keys => Assert.Single(keys.Select(key => key.Placeholder is null).Distinct()));

    [Fact]
    public void A_file_says_its_kind_and_a_key_of_another_kind_is_named_as_such()
    {
        using var folder = new TemporaryFolder();
        string path = folder["x.yaml"];
        File.WriteAllText(path, "spectrum: [2, 1]\ncontext: 5\nkind: vector-regression\ntasks: gaussian:3\n");
        Experiment read = ExperimentFile.Read(path);
        Assert.Same(VectorExperiment.Type, read.Kind);
        Assert.Equal(Experiment("spectrum=2,1", "context=5", "tasks=gaussian:3").Write(), read.Write());
        Refuses("kind: vector-regression\nheads: 3\n", "line 2: heads is a key of kind regression");
        Refuses("epochs: 3\n", "line 1: epochs is a key of kind vector-regression");
        Refuses("kind: vector-regression\nepocs: 3\n", "line 2: unknown key 'epocs': did you mean 'epochs'");

        void Refuses(string text, string message)
        {
            File.WriteAllText(path, text);
            Assert.Contains(message, Assert.Throws<InputException>(() => ExperimentFile.Read(path)).Message, StringComparison.Ordinal);
        }
    }

    /// <summary>However far its trainings had come when it was cancelled, an advance that did not arrive has not happened.</summary>
    [Fact]
    public void An_advance_that_is_cancelled_leaves_the_training_where_it_was()
    {
        Study study = Experiment([.. Short, "tasks=diagonal:600", "optimizer=momentum", "all-blocks=true"]).Prepare(null, Token);
        ITraining training = study.Begin(), other = study.Begin();
        training.Advance(1, Token);
        other.Advance(1, Token);
        long reached = 1;
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(50)); // in the midst of an epoch, as likely as not
        Assert.ThrowsAny<OperationCanceledException>((Action)AdvanceForEver);
        Assert.Equal(reached, training.Step);
        training.Advance(reached + 1, Token);
        while (other.Step <= reached)
            other.Advance(reached + 1, Token);
        AssertSame(other.State(), training.State());

        void AdvanceForEver()
        {
            for (; ; reached = training.Step)
                training.Advance(reached + 1, stop.Token);
        }
    }

    [Theory]
    [InlineData("optimizer=gd")]
    [InlineData("optimizer=momentum", "momentum=0.5", "epoch-rate=0.1", "epochs=125")]
    public void Simulation_is_said_to_follow_the_exact_flow(params string[] keys)
    {
        string[] all = ["spectrum=2,1,0.5", "context=10", "tasks=diagonal:200", "epoch-rate=0.2", "epochs=250", "batch=3", "init=0.1"];
        Run run = Train(Experiment([.. all, .. keys]), new RunMemory());
        Assert.StartsWith("Simulation follows the exact flow, not the closed form", run.Findings.Sentences[^1], StringComparison.Ordinal);
        Assert.Equal("loss strengths", string.Join(' ', run.View.Section.Plots.Select(plot => plot.Id)));
        Assert.Equal("vector-regression", run.Record.Kind);
        Assert.Contains(FiniteContextFlow.Result, run.Study.Results);
        Assert.Equal(250, run.Trajectory.Times![^1]); // an update of momentum ½ goes twice as far as one without
    }

    /// <summary>What follows no flow has no time, hence no theory beside it; it says so, and trains all the same.</summary>
    [Theory]
    [InlineData("adam")]
    [InlineData("muon")]
    public void An_optimizer_that_follows_no_flow_has_no_theory_beside_it(string optimizer)
    {
        string[] keys = ["spectrum=2,1,0.5", "tasks=signs", "context=10", "init=0.1", "epoch-rate=0.02", $"optimizer={optimizer}"];
        Run run = Train(Experiment([.. keys, "epochs=200"]), new RunMemory());
        Assert.Null(run.Trajectory.Times);
        Assert.Contains("steps have no time", run.Findings.Sentences[^1], StringComparison.Ordinal);
        Assert.Contains(run.Study.Announcements, line => line.Contains($"which {optimizer} does not follow", StringComparison.Ordinal));
        Assert.InRange(run.Trajectory.Losses[^1], 0, 0.9 * run.Trajectory.Losses[0]);
        InputException refused = Assert.Throws<InputException>(() => Experiment(keys).Prepare(null, Token));
        Assert.Contains("Give epochs", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The end that theory chooses is late enough for every mode that is learned, and waits for no other.</summary>
    [Fact]
    public void Theory_chooses_the_end_and_announces_what_is_never_learned()
    {
        Study study = Experiment("spectrum=4,1,0.25,0.05", "context=10", "tasks=diagonal", "epoch-rate=1").Prepare(null, Token);
        Assert.Equal(
            "Mode 4 cannot escape at N = 10: m s = 0.05 is below the threshold 0.0625 (in closed form it would be learned to 1.709).",
            Assert.Single(study.Announcements));
        Assert.InRange(((VectorExperiment)study.Experiment).Epochs!.Value, 335, 355); // twice 171.8
        Table table = study.Predict().Tables[0];
        Assert.Equal("cannot escape", table.Rows[3][^1]);
        Assert.StartsWith("171.8", table.Rows[2][2], StringComparison.Ordinal); // more than twice the closed form's
        Assert.StartsWith("75.4", table.Rows[2][3], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Give epochs", "tasks=maps.npz")]
    [InlineData("Give epochs", "init=0")]
    [InlineData("epoch-rate must be positive", "epoch-rate=0")]
    [InlineData("optimizer must not be flow: the flow of these tasks is the exact theory itself", "optimizer=flow")]
    [InlineData("batch must be at least 1", "batch=0")]
    [InlineData("trainings must be at least 1", "trainings=0")]
    [InlineData("epochs must lie in [1, 1,000,000,000]", "epochs=0")]
    [InlineData("Eigenvalues must be positive", "spectrum=1,0")]
    [InlineData("Eigenvalues must be positive", "spectrum=1,-1")]
    [InlineData("context must be at least 1", "context=0")]
    [InlineData("query-term dropped", "query-term=dropped")]
    [InlineData("too large", "tasks=diagonal:2000000000")]
    public void What_cannot_be_is_refused(string mention, string key)
    {
        using var folder = new TemporaryFolder();
        WriteMaps(folder["maps.npz"], [[0, 1, 1, 0]], 2);
        string typed = key.Replace("maps.npz", folder["maps.npz"], StringComparison.Ordinal);
        string[] keys = ["spectrum=2,1", "tasks=diagonal:5", typed];
        InputException refused = Assert.Throws<InputException>(() => Experiment(keys).Prepare(null, Token));
        Assert.Contains(mention, refused.Message, StringComparison.Ordinal);
    }

    /// <summary>Tasks without a closed form, and contexts without Bartlett's decomposition, are fallen back from, and said to be.</summary>
    [Fact]
    public void Fallbacks_are_stated()
    {
        using var folder = new TemporaryFolder();
        WriteMaps(folder["maps.npz"], [[0, 1, 2, 0.5], [1, 0.5, -1, 0]], 2);
        string[] keys = ["spectrum=2,1", $"tasks={folder["maps.npz"]}", "epochs=20", "context=1", "epoch-rate=0.01", "start=random"];
        Run run = Train(Experiment(keys), new RunMemory());
        var study = (VectorStudy)run.Study;
        Assert.Null(study.Modes);
        Assert.Equal("matrix flow", study.ExactName);
        Assert.Contains(study.Announcements, line => line.Contains("no closed form", StringComparison.Ordinal));
        Assert.Contains(study.Announcements, line => line.Contains("token by token", StringComparison.Ordinal));
        Assert.StartsWith("Simulation beside the matrix flow", run.Findings.Sentences[^1], StringComparison.Ordinal);

        WriteMaps(folder["wide.npz"], [[0, 1, 2, 0.5, 1, 2]], 2);
        VectorExperiment wide = Experiment("spectrum=2,1", $"tasks={folder["wide.npz"]}", "epochs=1");
        Assert.Contains("'tasks'", Assert.Throws<InputException>(() => wide.Prepare(null, Token)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Divergence_says_what_to_lower()
    {
        var store = new RunMemory();
        VectorExperiment fast = Experiment("spectrum=2,1", "tasks=diagonal:5", "epoch-rate=10000", "epochs=100");
        InputException diverged = Assert.Throws<InputException>(() => Train(fast, store));
        Assert.Contains("epoch-rate (it is 10000)", diverged.Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Diverged, store.Record!.Status);
    }

    private static VectorExperiment Experiment(params string[] words) => (VectorExperiment)words.Aggregate(
        VectorExperiment.Type.Default, (e, word) => VectorExperiment.Type.Set(e, word.Split('=')[0], word.Split('=', 2)[1], null));

    private static VectorExperiment Read(IReadOnlyDictionary<string, string> keys) =>
        Experiment([.. keys.Select(pair => $"{pair.Key}={pair.Value}")]);

    private static Run Train(VectorExperiment experiment, IRunStore store) =>
        Trainer.Train(experiment.Prepare(null, Token), store, null, Token);

    private static void AssertSame(Run expected, Run actual)
    {
        Assert.Equal(expected.Trajectory.Steps, actual.Trajectory.Steps);
        Assert.Equal(expected.Trajectory.Times, actual.Trajectory.Times);
        Assert.All(expected.Trajectory.Columns, column => Assert.Equal(expected.Trajectory[column.Name], actual.Trajectory[column.Name]));
        Assert.Equal(expected.CheckpointSteps(), actual.CheckpointSteps());
        Assert.All(expected.CheckpointSteps(), step => AssertSame(expected.Store.ReadCheckpoint(step), actual.Store.ReadCheckpoint(step)));
        AssertSame(expected.Store.ReadState()!, actual.Store.ReadState()!);
    }

    private static void AssertSame(Snapshot expected, Snapshot actual)
    {
        Assert.Equal((expected.Step, expected.Time), (actual.Step, actual.Time));
        Assert.Equal(expected.Names.Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        Assert.All(expected.Names, name => Assert.Equal(expected.Read<double>(name), actual.Read<double>(name)));
    }

    private static void WriteMaps(string path, double[][] maps, int rows)
    {
        double[] all = [.. maps.SelectMany(map => map)];
        Checkpoints.NpzWriter.Write(path, [Checkpoints.TensorToWrite.Create("tasks", [maps.Length, rows, maps[0].Length / rows], all)]);
    }
}
