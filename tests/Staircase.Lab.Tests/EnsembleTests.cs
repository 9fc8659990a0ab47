using System.Text.Json.Nodes;

namespace Staircase.Lab.Tests;

/// <summary>An ensemble is so many runs, each the one that it would be alone.</summary>
public sealed class EnsembleTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Every kind and optimizer, with data that differ by seed where there are any.</summary>
    public static TheoryData<string> Apart => [.. TrainerTests.Trainings.Select(row => row.Data.Item1)];

    /// <summary>One of every way in which an ensemble is trained.</summary>
    public static TheoryData<string> Ways =>
    [
        "data=sample:90 data-seed=5 optimizer=gd learning-rate=0.1 record=every:7 checkpoints=every:40 steps=30",
        "data=sample:50 data-seed=5 optimizer=flow record=every:5 checkpoints=every:9 until=60",
        "vector-regression tasks=diagonal:20 trainings=2 batch=1 record=every:3 checkpoints=every:4 epochs=12",
        "modular-addition modulus=7 training-fraction=0.8 width=8 heads=2 hidden=16 record=every:3 checkpoints=every:8 steps=12",
        "attention-only width=8 heads=2 context=16 batch=4 record=every:3 checkpoints=every:4 steps=9",
    ];

    /// <summary>Descents on the moments of one data set, which are trained as one product.</summary>
    public static TheoryData<string> Joint =>
    [
        "data=sample:90 data-seed=5 optimizer=gd learning-rate=0.1 record=every:7 checkpoints=every:40 steps=200",
        "data=sample:90 data-seed=5 attention=merged optimizer=adam learning-rate=0.001 record=every:1 checkpoints=every:30 steps=150",
        "data=sample:200 data-seed=5 dim=6 rank=2 optimizer=muon learning-rate=0.001 record=log:9 checkpoints=every:40 steps=90",
        "data=sample:90 data-seed=5 init=0.3 optimizer=gd learning-rate=0.05 stop-when=loss<0.5 record=every:3 steps=400",
        "data=sample:90 data-seed=5 init=0.1 whiten=true in-context-fraction=0.5 optimizer=momentum record=every:9 steps=150",
        "data=sample:400 data-seed=5 init=0.2 optimizer=gd learning-rate=0.1 record=every:50", // each to its own end, which theory says
    ];

    [Theory]
    [MemberData(nameof(Apart))]
    public void Every_seed_leaves_the_files_that_it_leaves_alone(string words) => AssertAsAlone(words, "3,12");

    /// <summary>More seeds than threads, so that several share a product.</summary>
    [Theory]
    [MemberData(nameof(Joint))]
    public void Every_seed_of_one_data_set_leaves_the_files_that_it_leaves_alone(string words) => AssertAsAlone(words, "3..5,12,40..44");

    private static void AssertAsAlone(string words, string seeds)
    {
        using var folder = new TemporaryFolder();
        Experiment experiment = Runs.Of($"{words} seeds={seeds}");
        Run[] together = Trained(experiment, folder["together"]);
        Assert.Equal(SeedList.Parse(seeds).Values, together.Select(run => run.Study.Experiment.Seed));
        foreach (Run run in together)
        {
            ulong seed = run.Study.Experiment.Seed;
            Run alone = Runs.Train(EnsembleStudy.Alone(experiment, seed), RunFolder.Create(folder[$"alone-{seed}"]), Token);
            TrainerTests.AssertSame(alone, run);
            TrainerTests.AssertSameFiles(folder[$"alone-{seed}"], folder[$"together/seed-{seed}"]);
            Assert.Equal(alone.Record.Experiment, run.Record.Experiment);
        }

        Run first = Run.Open(RunFolder.Open(folder[$"alone-{together[0].Study.Experiment.Seed}"]));
        Assert.True(JsonNode.DeepEquals(first.Findings.Data, together[0].Findings.Data), "The findings are others.");
    }

    [Theory]
    [MemberData(nameof(Joint))]
    public void Trainings_on_one_data_set_are_one_product(string words)
    {
        var ensemble = EnsembleStudy.Prepare(Runs.Of($"{words} seeds=3..5"), cancellation: Token);
        Study other = ensemble.Member(5, cancellation: Token);
        Assert.NotNull(ensemble.First.Together);
        Assert.Same(ensemble.First.Together, other.Together);
        Assert.True(ensemble.TrainsTogether);
        string apart = words.Replace("data-seed=5", "init-seed=5", StringComparison.Ordinal);
        Assert.False(EnsembleStudy.Prepare(Runs.Of($"{apart} seeds=3..5"), cancellation: Token).TrainsTogether);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void An_ensemble_that_is_stopped_again_and_again_ends_with_the_bits_of_one_that_was_not(string words)
    {
        using var folder = new TemporaryFolder();
        Experiment experiment = Runs.Of($"{words} seeds=3,12");
        Trained(experiment, folder["whole"]);
        var parts = EnsembleFolder.Create(folder["parts"], experiment);
        for (int sitting = 0; ; sitting++)
        {
            Assert.True(sitting < 2000, "The ensemble does not get on.");
            using var stop = new CancellationTokenSource();
            IReadOnlyList<TrainingOutcome> outcomes = EnsembleTrainer.Train(
                EnsembleStudy.Prepare(parts.Experiment, cancellation: Token), seed => Place(seed, stop), null, stop.Token);
            Assert.All(outcomes, outcome => Assert.Null(outcome.Complaint));
            if (outcomes.All(outcome => outcome.Run?.Record.Status == RunStatus.Finished))
            {
                Assert.True(sitting > 1, "The ensemble was hardly stopped.");
                break;
            }
        }

        TrainerTests.AssertSameFiles(folder["whole/seed-3"], folder["parts/seed-3"]);
        TrainerTests.AssertSameFiles(folder["whole/seed-12"], folder["parts/seed-12"]);

        (IRunStore Store, Experiment? Kept) Place(ulong seed, CancellationTokenSource stop)
        {
            string path = parts.PathOf(seed);
            RunFolder run = RunFolder.Exists(path) ? RunFolder.Open(path) : RunFolder.Create(path);
            Experiment? kept = RunFolder.Exists(path) ? run.Experiment(run.ReadRecord()) : null;
            return (new TrainerTests.StoppingStore(run, stop), kept);
        }
    }

    [Fact]
    public void A_seed_that_diverges_takes_no_other_with_it()
    {
        using var folder = new TemporaryFolder();
        Experiment experiment = Runs.Of(
            "data=sample:60 data-seed=5 init=0.6 optimizer=gd learning-rate=1 record=every:1 steps=60 seeds=1..12");
        IReadOnlyList<TrainingOutcome> outcomes = Train(experiment, folder["all"]);
        int diverged = 0;
        for (int i = 0; i < outcomes.Count; i++)
        {
            ulong seed = (ulong)i + 1;
            Experiment one = EnsembleStudy.Alone(experiment, seed);
            if (outcomes[i].Complaint is { } complaint)
            {
                diverged++;
                InputException alone = Assert.Throws<InputException>(
                    () => Runs.Train(one, RunFolder.Create(folder[$"alone-{seed}"]), Token));
                Assert.Equal(alone.Message, complaint.Message);
                Assert.Equal(RunStatus.Diverged, RunFolder.Open(folder[$"all/seed-{seed}"]).ReadRecord().Status);
                Assert.Equal(
                    File.ReadAllText(folder[$"alone-{seed}/metrics.csv"]), File.ReadAllText(folder[$"all/seed-{seed}/metrics.csv"]));
            }
            else
            {
                TrainerTests.AssertSame(Runs.Train(one, new RunMemory(), Token), outcomes[i].Run!);
            }
        }

        Assert.InRange(diverged, 1, outcomes.Count - 1);
    }

    [Theory]
    [InlineData("1..3", new ulong[] { 1, 2, 3 })]
    [InlineData("7", new ulong[] { 7 })]
    [InlineData("4,1,4", new ulong[] { 4, 1 })]
    [InlineData("1,3, 7..9", new ulong[] { 1, 3, 7, 8, 9 })]
    [InlineData("18446744073709551614..18446744073709551615", new ulong[] { ulong.MaxValue - 1, ulong.MaxValue })]
    public void Seeds_are_read(string text, ulong[] seeds)
    {
        Assert.Equal(seeds, SeedList.Parse(text).Values);
        Assert.Equal(SeedList.Parse(text), SeedList.Parse(SeedList.Parse(text).Text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("3..1")]
    [InlineData("-1")]
    [InlineData("1..2..3")]
    [InlineData("0..1000")]
    [InlineData("1..900,2000..2900")]
    [InlineData("a")]
    [InlineData("1.5")]
    public void What_are_no_seeds_is_refused(string text) =>
        Assert.Contains("‹seeds›", Assert.Throws<InputException>(() => SeedList.Parse(text)).Marked, StringComparison.Ordinal);

    [Fact]
    public void Numbers_over_seeds_are_those_of_the_runs()
    {
        using var folder = new TemporaryFolder();
        Run[] runs = Trained(Runs.Of("dim=2 init=0.01 seeds=1..11"), folder["all"]);
        JsonArray quantities = EnsembleFindings.Of(runs).Data["quantities"]!.AsArray();
        JsonNode drop = quantities.Single(one => (string)one!["name"]! == "time of the drop of 2")!;
        double[] times = [.. runs.Select(run =>
        {
            Comparison comparison = RegressionFindings.Of(run).Comparison!;
            Assert.Equal([[], [0], [0, 1]], comparison.Plateaus.Select(plateau => plateau.Learned));
            return comparison.Plateaus[1].Measured.End;
        })];
        double[] predicted = [.. runs.Select(run => ((RegressionStudy)run.Study).Prediction!.Drops[1].Time)];
        double[] ordered = [.. times.Order()];
        Assert.Equal(11, (int)drop["measured"]!["seeds"]!);
        Assert.Equal(ordered.Average(), (double)drop["measured"]!["mean"]!);
        Assert.Equal((ordered[5], ordered[1], ordered[9]), Band(drop["measured"]!)); // of eleven, a tenth lies below the second
        Assert.Equal(predicted.Order().ElementAt(5), (double)drop["predicted"]!["median"]!);
        Assert.Equal(times, drop["measuredBySeed"]!.AsArray().Select(value => (double)value!));
        Assert.Equal(predicted, drop["predictedBySeed"]!.AsArray().Select(value => (double)value!));

        static (double, double, double) Band(JsonNode of) => ((double)of["median"]!, (double)of["low"]!, (double)of["high"]!);
    }

    private static Run[] Trained(Experiment experiment, string path) => [.. Train(experiment, path).Select(outcome => outcome.Run!)];

    private static IReadOnlyList<TrainingOutcome> Train(Experiment experiment, string path)
    {
        var ensemble = EnsembleStudy.Prepare(experiment, cancellation: Token);
        return EnsembleTrainer.Train(ensemble, EnsembleFolder.Create(path, ensemble.Experiment), [], null, Token);
    }
}
