using System.Text.Json;
using Staircase.Lab;

namespace Staircase.Cli.Tests;

/// <summary>What the program says of itself.</summary>
[Collection(InProcess.Name)]
public sealed class HelpTests
{
    private const int MostLines = 50, MostColumns = 100;

    public static TheoryData<string, string> Helps()
    {
        var helps = new TheoryData<string, string>();
        foreach (string command in (string[])["predict", "train", "export"])
        {
            foreach (ExperimentKind kind in ExperimentKinds.All)
                helps.Add(command, kind.Name);
        }

        return helps;
    }

    [Theory]
    [MemberData(nameof(Helps))]
    public void Help_shows_every_key_of_a_kind_with_its_default_on_one_screen(string command, string name)
    {
        ExperimentKind kind = ExperimentKinds.Named(name, null);
        string help = InProcess.Run(command, "--kind", name, "--help").Succeeded().Out;
        string[] lines = help.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, kind.Keys.Count, MostLines);
        Assert.All(lines, line => Assert.True(line.Length <= MostColumns, $"{line.Length} columns: {line}"));
        string words = string.Join(' ', help.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries)) + " ";
        foreach (ExperimentKey key in kind.Keys)
        {
            string head = $"--{key.Name} {(key.Placeholder is { } value ? value + " " : "")}{key.Help} ";
            string otherwise = key is { Placeholder: not null, Default: { } text } ? $"[{text}] " : "";
            Assert.Contains(head + otherwise, words, StringComparison.Ordinal);
        }

        Assert.All(kind.Keys, key => Assert.Contains($" {key.Group}", lines, StringComparer.Ordinal));
    }

    [Fact]
    public void Help_without_a_kind_is_that_of_the_first_or_of_the_file()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(Help("train", "--kind", ExperimentKinds.Default.Name, "--help"), Help("train", "--help"));
        string path = folder.Write("experiment.yaml", "kind: vector-regression\ncontext: 7\n");
        Assert.Equal(Help("predict", "--kind", "vector-regression", "--help"), Help("predict", path, "--help"));
        InProcess.Run("train", "--kind", "vector-regresion", "--help").IsRefused("--kind", "'vector-regression'");

        static string Help(params string[] args) => InProcess.Run(args).Succeeded().Out;
    }

    [Fact]
    public void An_argument_with_a_default_can_be_left_out() =>
        Assert.Contains("staircase serve [<DIR>]", InProcess.Run("serve", "--help").Succeeded().Out, StringComparison.Ordinal);

    [Fact]
    public void The_kinds_are_listed_with_an_example_that_can_be_read()
    {
        string text = InProcess.Run("kinds").Succeeded().Out;
        JsonElement[] kinds = [.. InProcess.Run("kinds", "--json").Json.EnumerateArray()];
        IEnumerable<string> names = kinds.Select(kind => kind.GetProperty("name").GetString()!);
        Assert.Equal(ExperimentKinds.All.Select(kind => kind.Name), names, StringComparer.Ordinal);
        foreach ((ExperimentKind kind, JsonElement json) in ExperimentKinds.All.Zip(kinds))
        {
            Assert.Contains(kind.Example, text, StringComparison.Ordinal);
            Assert.Equal(kind.Example, json.GetProperty("example").GetString());
            Assert.Equal(kind.Describes, json.GetProperty("describes").GetString());
            IEnumerable<string> keys = json.GetProperty("keys").EnumerateArray().Select(key => key.GetString()!);
            Assert.Equal(kind.Keys.Select(key => key.Name), keys, StringComparer.Ordinal);

            // The example's keys and values are read before the last one, which is none, is refused.
            InProcess.Run([.. kind.Example.Split(' ')[1..], "--sead", "1"]).IsRefused("unknown option '--sead'", "'--seed'");
            InProcess.Run([.. kind.Example.Split(' ')[1..], "--data-seed", "none"]).IsRefused("--data-seed");
        }
    }

    /// <summary>A key of other kinds is answered with their names.</summary>
    [Theory]
    [InlineData("regression", "modulus")]
    [InlineData("regression", "trainings")]
    [InlineData("vector-regression", "softmax")]
    [InlineData("modular-addition", "until")]
    [InlineData("attention-only", "spectrum")]
    public void A_key_of_another_kind_names_the_kinds_that_have_it(string name, string key)
    {
        string[] owners = [.. ExperimentKinds.All.Where(kind => kind.Keys.Any(known => known.Name == key)).Select(kind => kind.Name)];
        Assert.NotEmpty(owners);
        InProcess.Run("predict", "--kind", name, $"--{key}=1").IsRefused([$"--{key} is a key of kind", .. owners, $"of kind {name}"]);
    }

    [Fact]
    public void A_mistake_of_the_program_is_one_line_and_a_code_of_its_own()
    {
        Outcome outcome = InProcess.Guard(() => throw new InvalidOperationException("two\nlines"));
        Assert.Equal(70, outcome.Code);
        Assert.Equal("", outcome.Out);
        string line = Assert.Single(outcome.Error.TrimEnd('\n').Split('\n'));
        foreach (string mention in (string[])["InvalidOperationException", "two lines", "report", "STAIRCASE_TRACE=1"])
            Assert.Contains(mention, line, StringComparison.Ordinal);
    }
}
