using System.Text.Json;
using Staircase.Lab;

namespace Staircase.Cli.Tests;

/// <summary>What a script and what a person get to see.</summary>
public sealed class OutputTests
{
    private const char Escape = '\u001b';

    private static readonly string[] Small = ["--dim", "3", "--context", "15", "--init", "0.05"];

    [Fact]
    public void The_first_commands_of_a_newcomer_work_in_an_empty_folder()
    {
        using var folder = new TemporaryFolder();
        Outcome help = StaircaseProcess.Run(folder.Path, "--help").Succeeded();
        foreach (string command in new[] { "predict", "train", "compare", "export", "cite" })
            Assert.Contains(command, help.Out, StringComparison.Ordinal);

        Outcome predicted = StaircaseProcess.Run(
            folder.Path, "predict", "--spectrum", "linear", "--dim", "4", "--context", "31", "--attention", "separate", "--rank", "1", "--init", "0.01").Succeeded(
                );
        Assert.Contains("least squares in context", predicted.Out, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));

        Outcome trained = StaircaseProcess.Run(folder.Path, "train").Succeeded();
        Assert.Contains("run in runs/train-001", trained.Out, StringComparison.Ordinal);
        Assert.Equal("checkpoints metrics.csv report.html resume.safetensors run.json",
            string.Join(' ', Directory.GetFileSystemEntries(folder["runs/train-001"]).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)));
        Assert.Contains(
            "run in runs/train-002", StaircaseProcess.Run(folder.Path, "train", "--until", "5").Succeeded().Out, StringComparison.Ordinal);
        StaircaseProcess.Run(folder.Path, "compare", "runs/train-001").Succeeded();
    }

    [Fact]
    public void Every_command_prints_one_json_value_with_the_fields_of_a_script()
    {
        using var folder = new TemporaryFolder();
        JsonElement predicted = Json("predict", Small);
        Assert.Equal("3", predicted.GetProperty("experiment").GetProperty("dim").GetString());
        Assert.True(predicted.GetProperty("largestStableLearningRate").GetDouble() > 0);
        JsonElement prediction = predicted.GetProperty("prediction");
        foreach (JsonElement plateau in prediction.GetProperty("plateaus").EnumerateArray())
            Has(plateau, "index", "loss", "start", "end", "learned", "algorithm");
        foreach (JsonElement drop in prediction.GetProperty("drops").EnumerateArray())
            Has(drop, "time", "components", "head", "nearTie");
        Assert.Equal(
            prediction.GetProperty("curve").GetProperty("time").GetArrayLength(),
            prediction.GetProperty("curve").GetProperty("loss").GetArrayLength());

        JsonElement trained = Json("train", [.. Small, "--out", "run"]);
        Has(
            trained.GetProperty("record"), "format", "status", "experiment", "step", "time", "loss", "wallSeconds", "version", "machine",
            "columns", "findings");
        Assert.Equal("run", trained.GetProperty("run").GetString());
        foreach (JsonElement plateau in trained.GetProperty("comparison").GetProperty("plateaus").EnumerateArray())
            Has(plateau, "index", "learned", "measured", "predicted", "heightError", "endError", "nearTie", "algorithm");

        // What training printed is what compare finds later, and what the record keeps.
        JsonElement compared = Json("compare", "run");
        Assert.Equal(trained.GetProperty("comparison").GetRawText(), compared.GetProperty("comparison").GetRawText());
        Assert.Equal("finished", compared.GetProperty("status").GetString());
        using var record = JsonDocument.Parse(File.ReadAllText(folder["run/run.json"]));
        Assert.Equal(
            trained.GetProperty("comparison").GetProperty("plateaus").GetArrayLength(), record.RootElement.GetProperty("findings").GetProperty("plateaus").GetInt32());
        Assert.Equal(trained.GetProperty("record").GetProperty("experiment").GetRawText().Replace(" ", "", StringComparison.Ordinal),
            record.RootElement.GetProperty("experiment").GetRawText().Replace(" ", "", StringComparison.Ordinal));

        Has(
            Json("export", [.. Small, "--data", "sample:20", "--out", "data.npz"]), "file", "sequences", "contextLength", "inputDimension",
            "experiment");

        JsonElement cited = Json("cite", []);
        Assert.Equal(
            string.Join(' ', Result.All.Select(result => result.Name)),
            string.Join(' ', cited.EnumerateArray().Select(result => result.GetProperty("name").GetString())));
        foreach (JsonElement result in cited.EnumerateArray())
            Has(result, "name", "statement", "where", "holdsWhen", "notModelled", "citation", "bibTeX");

        JsonElement Json(string command, params string[] args)
        {
            Outcome outcome = StaircaseProcess.Run(folder.Path, [command, .. args, "--json"]);
            Assert.Equal("", outcome.Error);
            return outcome.Json;
        }
    }

    [Fact]
    public void Redirected_output_is_plain_text()
    {
        using var folder = new TemporaryFolder();
        foreach (string line in new[] { "predict", "train --out run", "compare run", "cite", "--help", "train --help", "predict --nonsense" })
        {
            Outcome outcome = StaircaseProcess.RunWith(folder.Path, "TERM", "xterm-256color", line.Split(' '));
            Assert.True(
                !outcome.Out.Contains(Escape, StringComparison.Ordinal) && !outcome.Error.Contains(Escape, StringComparison.Ordinal),
                $"{line}: {outcome}");
        }
    }

    [Fact]
    public void A_terminal_gets_no_colour_when_it_asks_for_none()
    {
        using var folder = new TemporaryFolder();
        const string train = "script -qec \"$STAIRCASE train --data sample:3000 --dim 6 --out {0}\" /dev/null";
        string coloured = StaircaseProcess.Shell(folder.Path, "export TERM=xterm-256color; " + string.Format(train, "a")).Succeeded().Out;
        string plain = StaircaseProcess.Shell(folder.Path, "export TERM=xterm-256color NO_COLOR=1; " + string.Format(train, "b")).Succeeded().Out;
        Assert.True(HasColour(coloured), $"A terminal should see a coloured bar: {coloured}");
        Assert.False(HasColour(plain), $"With NO_COLOR a terminal should see no colour: {plain.Replace(Escape, '␛')}");

        // Select Graphic Rendition with a colour: 30–49 and 90–107.
        static bool HasColour(string text) => System.Text.RegularExpressions.Regex.IsMatch(
            text, "\u001b\\[([0-9]+;)*(3[0-9]|4[0-9]|9[0-7]|10[0-7])(;[0-9]+)*m", System.Text.RegularExpressions.RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public void A_reader_that_leaves_early_is_no_error()
    {
        using var folder = new TemporaryFolder();
        Outcome outcome = StaircaseProcess.Shell(folder.Path, "set -o pipefail; $STAIRCASE predict --json | head -c 10");
        Assert.True(outcome.Error.Length == 0, outcome.ToString());
    }

    [Theory]
    [InlineData("--optimizer gd --learning-rate 0.05 --steps 300 --data sample:2000 --whiten --centre")]
    [InlineData("--optimizer momentum --learning-rate 0.005 --steps 100 --data online:500")]
    [InlineData("--data sample:1000 --until 300")]
    [InlineData("--attention merged --init-scheme full")]
    [InlineData("--dim 12 --data sample:100 --until 50")]
    public void The_number_of_cores_changes_no_bit(string options)
    {
        using var folder = new TemporaryFolder();
        foreach (string cores in new[] { "1", "2" })
        {
            StaircaseProcess.RunWith(folder.Path, "DOTNET_PROCESSOR_COUNT", cores, ["train", .. options.Split(' '), "--out", cores]).Succeeded(
                );
        }

        Assert.Contains("\"cores\": 1", File.ReadAllText(folder["1/run.json"]), StringComparison.Ordinal);
        Assert.Contains("\"cores\": 2", File.ReadAllText(folder["2/run.json"]), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllText(folder["1/metrics.csv"]), File.ReadAllText(folder["2/metrics.csv"]));
    }

    private static void Has(JsonElement element, params string[] names)
    {
        foreach (string name in names)
            Assert.True(element.TryGetProperty(name, out _), $"There is no '{name}' in {element}");
    }
}
