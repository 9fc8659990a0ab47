using System.Globalization;
using System.Text.Json;
using Staircase.Lab;

namespace Staircase.Cli.Tests;

/// <summary>Files, options and the library say the same.</summary>
[Collection(InProcess.Name)]
public sealed class ExperimentTests
{
    [Fact]
    public void A_file_and_options_are_the_same_experiment()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", "dim: 3\nattention: merged\nspectrum: power:1\nwhiten: true\ndata: sample:40\n");
        string file = InProcess.Run("predict", path, "--json").Succeeded().Out;
        Assert.Equal(
            file,
            InProcess.Run("predict", "--dim", "3", "--attention", "merged", "--spectrum", "power:1", "--whiten", "--data", "sample:40", "--json").Succeeded().Out);
        Assert.Equal(file, InProcess.Run("predict", "--json", "--whiten=true", path).Succeeded().Out);
    }

    [Fact]
    public void Options_override_the_file()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("experiment.yaml", "dim: 3\nwhiten: true\ndata: sample:40\n");
        JsonElement keys = InProcess.Run("predict", path, "--dim", "2", "--whiten=false", "--json").Json.GetProperty("experiment");
        Assert.Equal(
            ("2", "false", "sample:40"),
            (keys.GetProperty("dim").GetString(), keys.GetProperty("whiten").GetString(), keys.GetProperty("data").GetString()));
    }

    [Fact]
    public void Every_key_is_an_option_with_help()
    {
        foreach (ExperimentKind kind in ExperimentKinds.All)
        {
            string[] lines = InProcess.Run("train", "--kind", kind.Name, "--help").Succeeded().Out.Split('\n');
            Assert.True(
                lines.Length <= (kind == ExperimentKinds.Default ? 51 : 61),
                $"{kind.Name}: help has {lines.Length - 1} lines, which no screen of 50 shows.");
            Assert.All(lines, line => Assert.True(line.Length <= 100, $"{kind.Name}: '{line}' is {line.Length} columns wide."));
            string words = string.Join(' ', string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries));
            foreach (ExperimentKey key in kind.Keys)
            {
                Assert.Contains(lines, line => $"{line} ".StartsWith($"  --{key.Name} ", StringComparison.Ordinal));
                Assert.Contains(key.Help, words, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Every_kind_is_listed_with_a_command_that_runs()
    {
        string text = InProcess.Run("kinds").Succeeded().Out;
        Assert.All(ExperimentKinds.All, kind => Assert.Contains(kind.Example, text, StringComparison.Ordinal));
        Assert.Equal(
            ExperimentKinds.All.Select(kind => kind.Name),
            InProcess.Run("kinds", "--json").Json.EnumerateArray().Select(kind => kind.GetProperty("name").GetString()!), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("attention=merged")]
    [InlineData("dim=3", "data=sample:200", "whiten=true")]
    [InlineData("spectrum=8,4,2,1", "trace=none", "rank=2", "init=0.001")]
    public void A_prediction_is_that_of_the_library(params string[] keys)
    {
        ExperimentKind kind = ExperimentKinds.Default;
        Experiment experiment = keys.Aggregate(kind.Default, (e, key) => kind.Set(e, key.Split('=')[0], key.Split('=')[1], null));
        var study = (RegressionStudy)experiment.Prepare(null, TestContext.Current.CancellationToken);
        Prediction expected = study.Prediction!;
        string[] args = ["predict", .. keys.Select(key => "--" + key)];
        JsonElement json = InProcess.Run([.. args, "--json"]).Json;
        JsonElement[] plateaus = [.. json.GetProperty("prediction").GetProperty("plateaus").EnumerateArray()];
        Assert.Equal(expected.Plateaus.Select(p => p.Height), plateaus.Select(p => p.GetProperty("loss").GetDouble()));
        Assert.Equal(expected.Plateaus.Select(p => p.End), plateaus.Select(p => Number(p.GetProperty("end"))));
        Assert.Equal(string.Join(';', expected.Plateaus.Select(p => string.Join(',', p.Learned.Select(d => d + 1)))),
            string.Join(';', plateaus.Select(p => string.Join(',', p.GetProperty("learned").EnumerateArray().Select(d => d.GetInt32())))));
        Assert.Equal(
            expected.Drops.Select(d => d.Time),
            json.GetProperty("prediction").GetProperty("drops").EnumerateArray().Select(d => d.GetProperty("time").GetDouble()));
        Assert.Equal(study.LargestStableRate(), json.GetProperty("largestStableLearningRate").GetDouble());
        JsonElement curve = json.GetProperty("prediction").GetProperty("curve");
        Assert.Equal(
            curve.GetProperty("time").EnumerateArray().Select(t => expected.LossAt(t.GetDouble())),
            curve.GetProperty("loss").EnumerateArray().Select(l => l.GetDouble()));

        // The table has a row for each plateau, with its loss to six digits.
        string[] rows = [.. InProcess.Run(args).Succeeded().Out.Split('\n').Where(line => line.TrimStart().Length > 0 && char.IsAsciiDigit(line.TrimStart()[0]))];
        Assert.Equal(expected.Plateaus.Count, rows.Length);
        for (int i = 0; i < rows.Length; i++)
            Assert.Contains(expected.Plateaus[i].Height.ToString("G6", CultureInfo.InvariantCulture), rows[i], StringComparison.Ordinal);

        static double Number(JsonElement element) =>
            element.ValueKind == JsonValueKind.String
                ? double.Parse(
                    element.GetString()!.Replace("Infinity", "∞", StringComparison.Ordinal),
                    new NumberFormatInfo { PositiveInfinitySymbol = "∞" })
                : element.GetDouble();
    }

    [Fact]
    public void Compare_prints_what_training_printed()
    {
        using var folder = new TemporaryFolder();
        string trained = InProcess.Run("train", "--dim", "3", "--init", "0.05", "--out", folder["run"]).Succeeded().Out;
        string compared = InProcess.Run("compare", folder["run"]).Succeeded().Out;
        Assert.StartsWith(compared, trained, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_exported_trains_to_the_same_losses()
    {
        using var folder = new TemporaryFolder();
        string[] experiment = ["--dim", "3", "--context", "9", "--until", "60"];
        string data = folder["data.npz"];
        InProcess.Run(["export", .. experiment[..4], "--data", "sample:100", "--out", data]).Succeeded();
        InProcess.Run(["train", .. experiment, "--data", "sample:100", "--out", folder["drawn"]]).Succeeded();
        InProcess.Run("train", "--until", "60", "--data", data, "--weights", data, "--out", folder["read"]).Succeeded();
        Assert.Equal(Losses(folder["drawn"]), Losses(folder["read"]));

        // Step, time and loss; strengths are along the eigenvectors of the task, which a file does not know.
        static string[] Losses(string run) =>
            [.. File.ReadLines(Path.Combine(run, "metrics.csv")).Select(line => string.Join(',', line.Split(',')[..3]))];
    }

    [Fact]
    public void Cite_knows_every_result_by_name()
    {
        string all = InProcess.Run("cite").Succeeded().Out;
        Assert.True(Result.All.Count >= 5, "The results were not found.");
        foreach (Result result in Result.All)
        {
            Assert.Contains(result.Statement, all, StringComparison.Ordinal);
            string one = InProcess.Run("cite", result.Name).Succeeded().Out;
            Assert.StartsWith(result.Name, one, StringComparison.Ordinal);
            Assert.Contains(result.Paper.BibTeX, one, StringComparison.Ordinal);
            JsonElement json = Assert.Single(InProcess.Run("cite", result.Name, "--json").Json.EnumerateArray());
            Assert.Equal(result.Name, json.GetProperty("name").GetString());
        }
    }
}
