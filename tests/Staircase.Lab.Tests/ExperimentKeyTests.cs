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
        ["steps"] = ["10000000000"],
        ["until"] = ["123.456"],
        ["tolerance"] = ["1E-10"],
        ["record"] = ["every:7", "log:20"],
        ["checkpoints"] = ["every:70", "log:2"],
        ["seed"] = ["18446744073709551615"],
        ["data-seed"] = ["3"],
        ["init-seed"] = ["4"],
    };

    [Fact]
    public void Every_key_has_values_to_try() =>
        Assert.Equal(string.Join(' ', ExperimentKey.All.Select(key => key.Name).Order(StringComparer.Ordinal)), string.Join(' ', Values.Keys.Order(StringComparer.Ordinal)));

    [Fact]
    public void What_is_written_reads_back_to_the_same_experiment()
    {
        foreach ((string name, string[] values) in Values)
        {
            foreach (string value in values)
            {
                Experiment experiment = ExperimentKey.Named(name, "test").Set(new Experiment(), value);
                IReadOnlyDictionary<string, string> written = ExperimentKey.Write(experiment);
                Assert.Equal(value, written[name]);
                Assert.True(Same(experiment, Read(written)), $"{name}: {value}");
                Assert.False(Same(experiment, new Experiment()), $"{name}: {value} should differ from the default.");
            }
        }
    }

    [Fact]
    public void All_keys_together_read_back()
    {
        Experiment experiment = Values.Aggregate(new Experiment(), (e, pair) => ExperimentKey.Named(pair.Key, "test").Set(e, pair.Value[0]));
        IReadOnlyDictionary<string, string> written = ExperimentKey.Write(experiment);
        Assert.Equal(ExperimentKey.All.Count, written.Count);
        Assert.True(Same(experiment, Read(written)));
        Assert.Equal(written, ExperimentKey.Write(Read(written)));
    }

    /// <summary>A property that no key writes would be lost between a run and its record.</summary>
    [Fact]
    public void Every_property_of_an_experiment_has_a_key()
    {
        int settable = typeof(Experiment).GetProperties().Count(property => property.CanWrite);
        Assert.Equal(settable, ExperimentKey.All.Count);
    }

    [Fact]
    public void The_default_experiment_reads_back() => Assert.True(Same(new Experiment(), Read(ExperimentKey.Write(new Experiment()))));

    [Theory]
    [InlineData("spektrum", "'spectrum'")]
    [InlineData("lerning-rate", "'learning-rate'")]
    [InlineData("inti", "'init'")]
    [InlineData("kidn", "'kind'")]
    public void An_unknown_key_names_the_nearest(string name, string nearest)
    {
        InputException exception = Assert.Throws<InputException>(() => ExperimentKey.Named(name, "here"));
        Assert.StartsWith($"here: unknown key '{name}'", exception.Message, StringComparison.Ordinal);
        Assert.Contains(nearest, exception.Message, StringComparison.Ordinal);
    }

    private static Experiment Read(IReadOnlyDictionary<string, string> keys) =>
        keys.Aggregate(new Experiment(), (e, pair) => ExperimentKey.Named(pair.Key, "test").Set(e, pair.Value));

    /// <summary>Equality of records, with the one array compared by its entries.</summary>
    private static bool Same(Experiment a, Experiment b) =>
        a with { TaskCovariance = null } == b with { TaskCovariance = null }
        && (a.TaskCovariance ?? []).SequenceEqual(b.TaskCovariance ?? []);
}
