namespace Staircase.Lab.Tests;

public sealed class RegressionStudyTests
{
    [Fact]
    public void The_data_seed_varies_the_data_alone()
    {
        RegressionStudy a = Runs.Prepare(Runs.Regression("data=sample:50"));
        RegressionStudy b = Runs.Prepare(Runs.Regression("data=sample:50", "data-seed=11"));
        Assert.Equal(a.InitialWeights, b.InitialWeights);
        Assert.NotEqual(First(a), First(b));
    }

    [Fact]
    public void Why_there_is_no_theory_is_known_of_the_study_that_is_trained()
    {
        RegressionStudy study = Runs.Prepare(Runs.Regression(
            "data=sample:300", "in-context-fraction=0.5", "optimizer=gd", "learning-rate=0.05", "steps=400"));
        var trained = (RegressionStudy)study.WithEnd();
        Assert.Null(trained.Prediction);
        Assert.NotNull(study.NoTheory);
        Assert.Equal(study.NoTheory, trained.NoTheory);
    }

    [Fact]
    public void Theory_that_somebody_stopped_is_made_for_the_next()
    {
        RegressionStudy study = Runs.Prepare(Runs.Regression("attention=separate", "rank=1", "init=0.01"));
        var stopped = new CancellationToken(canceled: true);
        Assert.ThrowsAny<OperationCanceledException>(() => study.Predict(check: false, stopped));
        Assert.ThrowsAny<OperationCanceledException>(() => study.WithCancellation(stopped).WithEnd());
        Assert.NotNull(study.Prediction);
        Assert.Same(study.Prediction, ((RegressionStudy)study.WithCancellation(stopped)).Prediction);
    }

    /// <summary>A component of variance 1e-15 has a drive, and a curvature that rounding may leave below 0.</summary>
    [Fact]
    public void Components_lost_in_rounding_leave_the_theory_of_the_others()
    {
        RegressionStudy study = Runs.Prepare(Runs.Regression(
            "attention=separate", "rank=1", "dim=10", "spectrum=geometric:0.02107", "context=200", "heads=4", "vary-context=true",
            "data=sample:631", "init=0.001"));
        Assert.Contains(Enumerable.Range(0, 10), d => study.Moments!.Drive[d] > 0 && !(study.Moments.FullStrength(d) > 0));
        Assert.Equal([0], study.Prediction!.Drops[0].Modes);
    }

    /// <summary>(N + 1)(D + 1) leaves 32 bits: a stack of that size once ended the process.</summary>
    [Theory]
    [InlineData("context=2147483647")]
    [InlineData("context=858993459")]
    public void A_sequence_that_no_array_holds_is_refused(string context)
    {
        InputException refused = Assert.Throws<InputException>(() => Runs.Prepare(Runs.Regression(context)));
        Assert.Contains("context", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_init_seed_varies_the_weights_alone()
    {
        RegressionStudy a = Runs.Prepare(Runs.Regression("data=sample:50"));
        RegressionStudy b = Runs.Prepare(Runs.Regression("data=sample:50", "init-seed=11"));
        Assert.NotEqual(a.InitialWeights, b.InitialWeights);
        Assert.Equal(First(a), First(b));
    }

    [Fact]
    public void The_seed_varies_both_and_the_two_seeds_together_are_the_seed()
    {
        RegressionStudy a = Runs.Prepare(Runs.Regression("data=sample:50")), b = Runs.Prepare(Runs.Regression("data=sample:50", "seed=11"));
        RegressionStudy c = Runs.Prepare(Runs.Regression("data=sample:50", "data-seed=11", "init-seed=11"));
        Assert.NotEqual(a.InitialWeights, b.InitialWeights);
        Assert.NotEqual(First(a), First(b));
        Assert.Equal(b.InitialWeights, c.InitialWeights);
        Assert.Equal(First(b), First(c));
    }

    [Fact]
    public void Examples_are_not_the_sequences_that_training_sees()
    {
        RegressionStudy study = Runs.Prepare(Runs.Regression("data=sample:50"));
        var tokens = new double[32 * 5];
        study.Examples.Read(0, tokens);
        Assert.NotEqual(First(study), tokens);
    }

    [Fact]
    public void A_file_and_options_say_the_same()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", """
            # what the second paper trains
            kind: regression
            attention: merged
            spectrum: [4, 2, 1]
            trace: none
            data: sample:100
            whiten: true
            task-covariance: 1,2,3
            init: 1e-3
            record: log:10
            """);
        Experiment read = ExperimentFile.Read(path);
        Experiment said = Runs.Regression(
            "attention=merged", "spectrum=4,2,1", "trace=none", "data=sample:100", "whiten=true", "task-covariance=1,2,3", "init=0.001",
                "record=log:10");
        Assert.Equal(said.Write(), read.Write());
    }

    [Fact]
    public void What_an_experiment_leaves_open_is_chosen_and_written_down()
    {
        RegressionExperiment e = Runs.Prepare(new RegressionExperiment()).Experiment;
        Assert.Equal(
            (AttentionKind.Separate, 5, 1, 4, OptimizerKind.Flow, BasisKind.Eigen),
            (e.Attention, e.Heads, e.Rank, e.Dimension, e.Optimizer, e.Basis));
        RegressionExperiment merged = Runs.Prepare(Runs.Regression("attention=merged", "spectrum=1,2,3", "data=online:4")).Experiment;
        Assert.Equal(
            (8 - 2, null, 3, OptimizerKind.Gd, BasisKind.Random),
            (merged.Heads, merged.Rank, merged.Dimension, merged.Optimizer, merged.Basis));
        Assert.Equal(Runs.Prepare(e).InitialWeights, Runs.Prepare(new RegressionExperiment()).InitialWeights);
    }

    [Fact]
    public void Sizes_are_refused_before_anything_is_allocated()
    {
        long before = GC.GetTotalAllocatedBytes();
        foreach (string size in new[] { "dim=2000000000", "heads=2000000000", "dim=100000" })
        {
            Assert.Contains(
                "too large", Assert.Throws<InputException>(() => Runs.Prepare(Runs.Regression(size))).Message, StringComparison.Ordinal);
        }

        long allocated = GC.GetTotalAllocatedBytes() - before;
        Assert.True(allocated < 100_000_000, $"{allocated:N0} bytes were allocated to say that there is no room.");
    }

    [Theory]
    [InlineData("dim=40", "heads=41")]
    [InlineData("dim=300", "heads=4", "attention=merged")]
    [InlineData("dim=40", "data=sample:500", "context=48")]
    [InlineData("dim=8", "data=online:100000")]
    public void Sizes_of_real_studies_fit(params string[] keys) => Assert.NotNull(Runs.Prepare(Runs.Regression(keys)));

    private static double[] First(RegressionStudy study)
    {
        var tokens = new double[32 * 5];
        study.Sequences!.Read(0, tokens);
        return tokens;
    }
}
