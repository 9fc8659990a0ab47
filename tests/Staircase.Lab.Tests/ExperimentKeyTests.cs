namespace Staircase.Lab.Tests;

public sealed class ExperimentKeyTests
{
    /// <summary>For every key values other than its default; a key without a row here fails the test below.</summary>
    private static readonly Dictionary<string, string[]> Values = new(StringComparer.Ordinal)
    {
        ["attention"] = ["merged", "separate", "cubic"],
        ["heads"] = ["1", "2147483647"],
        ["rank"] = ["3"],
        ["spectrum"] = ["power:1.5", "1,2,3", "geometric:0.5"],
        ["dim"] = ["7"],
        ["context"] = ["5"],
        ["trace"] = ["none", "2.5", "0.1"],
        ["task-covariance"] = ["1,0.1,2E-300"],
        ["noise"] = ["0.30000000000000004"],
        ["mixture"] = ["0.5,0.3,0.2", "pair:0.8"],
        ["data"] = ["sample:5000", "online:32", "some file.npz"],
        ["basis"] = ["random", "eigen"],
        ["whiten"] = ["true"],
        ["centre"] = ["true"],
        ["weights"] = ["w.npz"],
        ["init"] = ["1E-05", "0"],
        ["init-scheme"] = ["full", "layers"],
        ["scale"] = ["tokens", "none"],
        ["vary-context"] = ["true"],
        ["softmax"] = ["true"],
        ["in-context-fraction"] = ["0.25"],
        ["optimizer"] = ["flow", "gd", "momentum", "adam", "muon"],
        ["learning-rate"] = ["0.1"],
        ["momentum"] = ["0.99"],
        ["weight-decay"] = ["0.1"],
        ["second-decay"] = ["0.95"],
        ["steps"] = ["10000000000"],
        ["until"] = ["123.456"],
        ["test"] = ["500"],
        ["curvature"] = ["true"],
        ["tolerance"] = ["1E-10"],
        ["fork"] = ["runs/a", "runs/a@500"],
        ["stop-when"] = ["loss < 0.01", "m1 >= -1E-05"],
        ["record"] = ["every:7", "log:20"],
        ["checkpoints"] = ["every:70", "log:2"],
        ["seed"] = ["18446744073709551615"],
        ["seeds"] = ["1..20", "3,7..9"],
        ["data-seed"] = ["3"],
        ["init-seed"] = ["4"],
    };

    private static ExperimentKind Kind => RegressionExperiment.Type;

    [Fact]
    public void Every_key_has_values_to_try() =>
        Assert.Equal(Kind.Keys.Select(key => key.Name).Order(StringComparer.Ordinal), Values.Keys.Order(StringComparer.Ordinal));

    [Fact]
    public void What_is_written_reads_back_to_the_same_experiment()
    {
        foreach ((string name, string[] values) in Values)
        {
            foreach (string value in values)
            {
                Experiment experiment = Kind.Set(Kind.Default, name, value, null);
                Assert.Equal(value, experiment.Write()[name]);
                Assert.True(Same(experiment, Read(experiment.Write())), $"{name}: {value}");
                Assert.False(Same(experiment, Kind.Default), $"{name}: {value} should differ from the default.");
            }
        }
    }

    [Fact]
    public void All_keys_together_read_back()
    {
        Experiment experiment = Values.Where(pair => pair.Key != "seeds") // which stand in place of seed
            .Aggregate(Kind.Default, (e, pair) => Kind.Set(e, pair.Key, pair.Value[0], null));
        IReadOnlyDictionary<string, string> written = experiment.Write();
        Assert.Equal(Kind.Keys.Count - 1, written.Count);
        Assert.True(Same(experiment, Read(written)));
        Assert.Equal(written, Read(written).Write());
    }

    [Fact]
    public void Every_property_of_an_experiment_has_a_key()
    {
        int settable = typeof(RegressionExperiment).GetProperties().Count(property => property.CanWrite);
        Assert.Equal(settable, Kind.Keys.Count);
    }

    [Fact]
    public void The_default_of_every_kind_reads_back()
    {
        foreach (ExperimentKind kind in ExperimentKinds.All)
        {
            IReadOnlyDictionary<string, string> written = kind.Default.Write();
            Experiment read = written.Aggregate(kind.Default, (e, pair) => kind.Set(e, pair.Key, pair.Value, null));
            Assert.Equal(written, read.Write());
        }
    }

    [Fact]
    public void Every_key_says_what_it_is_and_where_it_belongs()
    {
        foreach (ExperimentKind kind in ExperimentKinds.All)
        {
            Assert.Equal(kind.Keys.Count, kind.Keys.Select(key => key.Name).Distinct(StringComparer.Ordinal).Count());
            Assert.All(kind.Keys, key => Assert.True(key.Help.Length > 0 && key.Group.Length > 0, $"{kind.Name}, {key.Name}"));
            Assert.All(kind.EndKeys, key => Assert.Contains(kind.Keys, known => known.Name == key));
            Assert.StartsWith("staircase ", kind.Example, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("regression", "heads", "0", "‹heads› must be at least 1, not 0.")]
    [InlineData("regression", "learning-rate", "0", "‹learning-rate› must be positive, not 0.")]
    [InlineData("regression", "tolerance", "1", "‹tolerance› must lie in (0, 0.01], not 1.")]
    [InlineData("regression", "momentum", "1", "‹momentum› must lie in [0, 1), not 1.")]
    [InlineData("regression", "init", "-1", "‹init› must not be negative, not -1.")]
    [InlineData("vector-regression", "batch", "0", "‹batch› must be at least 1, not 0.")]
    [InlineData("modular-addition", "steps", "0", "‹steps› must")]
    [InlineData("attention-only", "layers", "0", "‹layers› must be at least 1, not 0.")]
    public void A_number_outside_of_its_range_is_refused_where_it_stands(string kind, string key, string value, string message)
    {
        ExperimentKind of = ExperimentKinds.Named(kind, null);
        string words = message.Replace("‹", "", StringComparison.Ordinal).Replace("›", "", StringComparison.Ordinal);
        InputException said = Assert.Throws<InputException>(() => of.Set(of.Default, key, value, null));
        InputException inFile = Assert.Throws<InputException>(() => of.Set(of.Default, key, value, "a.yaml, line 3"));
        Assert.StartsWith($"--{words}", said.ForCommandLine, StringComparison.Ordinal);
        Assert.StartsWith($"a.yaml, line 3: {words}", inFile.ForCommandLine, StringComparison.Ordinal);
    }

    [Fact]
    public void What_only_preparing_finds_is_said_with_its_line()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", "optimizer: gd\nuntil: 5\n");
        InputException refused = Assert.Throws<InputException>(() => ExperimentFile.Read(path).Prepare());
        Assert.StartsWith($"{path}, line 2: until is a time of the flow", refused.ForCommandLine, StringComparison.Ordinal);
        Assert.StartsWith(
            "--until is a time", Assert.Throws<InputException>(() => Runs.Of("optimizer=gd until=5").Prepare()).ForCommandLine,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("spektrum", "'spectrum'")]
    [InlineData("lerning-rate", "'learning-rate'")]
    [InlineData("inti", "'init'")]
    [InlineData("kidn", "'kind'")]
    public void An_unknown_key_names_the_nearest(string name, string nearest)
    {
        InputException exception = Assert.Throws<InputException>(() => Kind.Set(Kind.Default, name, "1", "here"));
        Assert.StartsWith($"here: unknown key '{name}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(nearest, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_of_another_kind_names_that_kind()
    {
        InputException exception = Assert.Throws<InputException>(() => Kind.Set(Kind.Default, "modulus", "7", null));
        Assert.Contains("is a key of kind modular-addition", exception.Message, StringComparison.Ordinal);
    }

    private static Experiment Read(IReadOnlyDictionary<string, string> keys) =>
        keys.Aggregate(Kind.Default, (e, pair) => Kind.Set(e, pair.Key, pair.Value, null));

    private static bool Same(Experiment a, Experiment b) =>
        (RegressionExperiment)a with { TaskCovariance = null } == (RegressionExperiment)b with { TaskCovariance = null }
        && (((RegressionExperiment)a).TaskCovariance ?? []).SequenceEqual(((RegressionExperiment)b).TaskCovariance ?? []);
}
