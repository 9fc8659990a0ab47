using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Experiments of kind vector-regression on the command line.</summary>
[Collection(InProcess.Name)]
public sealed class VectorRegressionTests
{
    private static readonly string[] Short =
        "--kind vector-regression --spectrum 2,1,0.5 --context 10 --tasks diagonal:20 --epoch-rate 0.2 --init 0.1 --trainings 2".Split(' ');

    [Theory]
    [InlineData("predict --kind vector-regresion", "unknown kind 'vector-regresion'", "'vector-regression'")]
    [InlineData("predict --kind vector-regression --heads 2", "--heads", "kind regression")]
    [InlineData("predict --trainings 2", "--trainings", "kind vector-regression")]
    [InlineData("predict --batch 2", "--batch", "kind vector-regression and attention-only")]
    [InlineData("predict --kind vector-regression --bacth 2", "unknown option '--bacth'", "'--batch'")]
    [InlineData("predict --kind vector-regression --spectrum 1,0", "Eigenvalues must be positive")]
    [InlineData("predict --kind vector-regression --spectrum banana", "banana")]
    [InlineData("predict --kind vector-regression --tasks diagonal:0", "--tasks", "diagonal:2000")]
    [InlineData("predict --kind vector-regression --tasks some", "--tasks", "gaussian:P")]
    [InlineData("predict --kind vector-regression --optimizer flow", "--optimizer", "predict")]
    [InlineData("predict --kind vector-regression --tasks no-such.npz", "no-such.npz")]
    [InlineData("predict --kind vector-regression --start sideways", "--start", "balanced, unbalanced, random")]
    [InlineData("predict --kind vector-regression --query-term dropped", "--all-blocks")]
    [InlineData("predict --kind vector-regression --init 0", "--epochs")]
    [InlineData("predict --kind vector-regression --context 0", "--context")]
    [InlineData("predict --kind vector-regression --dim 0 --spectrum linear", "--dim")]
    [InlineData("export --kind vector-regression --out x.npz", "kind vector-regression", "no data to export")]
    public void What_is_wrong_is_one_line(string line, params string[] mentions) => InProcess.Run(line.Split(' ')).IsRefused(mentions);

    [Fact]
    public void A_file_and_options_are_the_same_experiment()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(
            "x.yaml", "kind: vector-regression\nspectrum: [2, 1, 0.5]\ncontext: 10\ntasks: diagonal:20\nepoch-rate: 0.2\ninit: 0.1\n");
        string file = InProcess.Run("predict", path, "--json").Succeeded().Out;
        Assert.Equal(file, InProcess.Run(["predict", .. Short[..^2], "--json"]).Succeeded().Out);
        JsonElement json = InProcess.Run("predict", path, "--context", "7", "--json").Json;
        Assert.Equal("7", json.GetProperty("experiment").GetProperty("context").GetString());
        InProcess.Run("predict", path, "--rank", "2").IsRefused("--rank", "kind regression");
    }

    [Fact]
    public void A_run_is_compared_reported_and_continued()
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"];
        string trained = InProcess.Run(["train", .. Short, "--epochs", "40", "--out", run]).Succeeded().Out;
        string compared = InProcess.Run("compare", run).Succeeded().Out;
        Assert.StartsWith(compared, trained, StringComparison.Ordinal);
        JsonElement json = InProcess.Run("compare", run, "--json").Json.GetProperty("comparison");
        IEnumerable<string> theories = json.GetProperty("theories").EnumerateArray().Select(t => t.GetProperty("name").GetString()!);
        Assert.Equal("exact flow, closed form", string.Join(", ", theories));
        InProcess.Run("train", "--out", run, "--resume", "--steps", "60").IsRefused("--steps", "vector-regression");
        InProcess.Run("train", "--out", run, "--resume", "--epochs", "60").Succeeded();

        string[] whole = ["train", .. Short, "--epochs", "60", "--checkpoints", "every:2", "--record", "every:1", "--out", folder["whole"]];
        InProcess.Run(whole).Succeeded();
        Assert.Equal(File.ReadAllText(Path.Combine(folder["whole"], "metrics.csv")), File.ReadAllText(Path.Combine(run, "metrics.csv")));
    }

    /// <summary>What cannot be learned is said before it is tried.</summary>
    [Fact]
    public void A_silent_mode_is_announced_before_training()
    {
        using var folder = new TemporaryFolder();
        string command = "train --kind vector-regression --spectrum 4,1,0.25,0.05 --context 10 --tasks diagonal --epochs 3";
        Outcome outcome = InProcess.Run([.. command.Split(' '), "--out", folder["run"]]).Succeeded();
        Assert.StartsWith("Mode 4 cannot escape", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("Mode 4 cannot escape", outcome.Out, StringComparison.Ordinal);
    }
}
