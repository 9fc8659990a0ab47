using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Lines that a script may repeat, files that runs keep, and runs that begin from others.</summary>
[Collection(InProcess.Name)]
public sealed class ContinuationTests
{
    private const string File = "dim: 3\noptimizer: gd\nlearning-rate: 0.05\nsteps: 300\nrecord: every:10\ncheckpoints: every:100\n";

    [Fact]
    public void One_line_starts_goes_on_and_says_that_it_has_finished()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("exp.yaml", File), run = folder["run"], table = Path.Combine(run, "metrics.csv");
        string[] line = ["train", path, "--out", run, "--resume"];
        Assert.Contains("Trained 300 steps", InProcess.Run(line).Succeeded().Out, StringComparison.Ordinal);
        string before = System.IO.File.ReadAllText(table), seconds = Recorded(run).GetProperty("wallSeconds").GetRawText();
        Assert.Contains("Finished before. Trained 300 steps", InProcess.Run(line).Succeeded().Out, StringComparison.Ordinal);
        Assert.Equal(before, System.IO.File.ReadAllText(table));
        Assert.Equal(seconds, Recorded(run).GetProperty("wallSeconds").GetRawText());
        Assert.Contains("Trained 400 steps", InProcess.Run([.. line, "--steps", "400"]).Succeeded().Out, StringComparison.Ordinal);
        Assert.StartsWith(before, System.IO.File.ReadAllText(table), StringComparison.Ordinal);

        // With options alone it is the same.
        string[] options = "train --dim 3 --until 40 --resume --out".Split(' ');
        Assert.DoesNotContain("Finished before", InProcess.Run([.. options, folder["other"]]).Succeeded().Out, StringComparison.Ordinal);
        Assert.Contains("Finished before", InProcess.Run([.. options, folder["other"]]).Succeeded().Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("learning-rate: 0.05", "learning-rate: 0.06", "learning-rate 0.05", "not 0.06", "line 3")]
    [InlineData("learning-rate: 0.05\n", "", "learning-rate 0.05", "not 0.02")]
    [InlineData("dim: 3", "dim: 3\nwhiten: true", "whiten false", "not true")]
    [InlineData("dim: 3", "dim: 4", "dim 3", "not 4")]
    [InlineData("dim: 3", "kind: vector-regression", "unknown key", "regression")]
    public void A_file_that_has_changed_is_not_continued(string was, string now, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write("exp.yaml", File), run = folder["run"];
        InProcess.Run("train", path, "--out", run, "--resume").Succeeded();
        string before = System.IO.File.ReadAllText(Path.Combine(run, "run.json"));
        folder.Write("exp.yaml", File.Replace(was, now, StringComparison.Ordinal));
        InProcess.Run("train", path, "--out", run, "--resume").IsRefused(mentions[0] == "unknown key" ? [mentions[1]] : mentions);
        Assert.Equal(before, System.IO.File.ReadAllText(Path.Combine(run, "run.json")));
    }

    [Fact]
    public void The_record_of_a_run_is_an_experiment_file()
    {
        using var folder = new TemporaryFolder();
        string[] kinds =
        [
            "--data sample:200 --whiten --until 30 --noise 0.1 --spectrum power:1",
            "--kind vector-regression --tasks diagonal:20 --epochs 20",
            "--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16 --steps 40",
        ];
        foreach (string options in kinds)
        {
            string first = folder[$"a{options.Length}"], second = folder[$"b{options.Length}"];
            InProcess.Run(["train", .. options.Split(' '), "--out", first]).Succeeded();
            InProcess.Run("train", Path.Combine(first, "run.json"), "--out", second).Succeeded();
            Assert.Equal(Table(first), Table(second));
        }

        static string Table(string run) => System.IO.File.ReadAllText(Path.Combine(run, "metrics.csv"));
    }

    [Theory]
    [InlineData("--optimizer gd --learning-rate 0.05 --steps 200", "--learning-rate 0.1", "--heads 7")]
    [InlineData("--until 100", "--optimizer adam --learning-rate 0.001 --steps 50", "--attention merged")]
    [InlineData("--kind vector-regression --tasks diagonal:20 --epochs 20 --trainings 1", "--batch 2", "--dim 3 --spectrum 1,2,3")]
    [InlineData(
        "--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16 --steps 40", "--weight-decay 0",
        "--hidden 32")]
    [InlineData("--kind attention-only --width 8 --heads 2 --context 16 --batch 4 --steps 20", "--learning-rate 0.01", "--layers 3")]
    public void A_fork_begins_from_the_weights_of_another_run(string options, string other, string shape)
    {
        using var folder = new TemporaryFolder();
        string run = folder["run"], forked = folder["forked"];
        InProcess.Run(["train", .. options.Split(' '), "--out", run]).Succeeded();
        InProcess.Run(["train", "--fork", run, .. other.Split(' '), "--out", forked]).Succeeded();
        long last = Recorded(run).GetProperty("step").GetInt64();
        Assert.Equal($"{run}@{last}", Recorded(forked).GetProperty("experiment").GetProperty("fork").GetString());
        string Last(string of) => Directory.GetFiles(Path.Combine(of, "checkpoints")).Order(StringComparer.Ordinal).Last();
        string First(string of) => Directory.GetFiles(Path.Combine(of, "checkpoints")).Order(StringComparer.Ordinal).First();
        using var end = Checkpoints.SafetensorsFile.Open(Last(run));
        using var start = Checkpoints.SafetensorsFile.Open(First(forked));
        foreach (Checkpoints.TensorInfo tensor in end.Tensors)
            Assert.Equal(end.ReadDouble(tensor.Name), start.ReadDouble(tensor.Name));

        // It is a run like any other: it is continued, and compared.
        InProcess.Run("train", "--out", forked, "--resume").Succeeded();
        InProcess.Run("compare", forked).Succeeded();
        InProcess.Run(["train", "--fork", run, .. shape.Split(' '), "--out", folder["none"]]).IsRefused();
        InProcess.Run("train", "--fork", $"{run}@123456", "--out", folder["none"]).IsRefused("step 123456", "nearest");
        Assert.False(Directory.Exists(folder["none"]));
    }

    [Fact]
    public void A_fork_of_nothing_or_of_another_kind_is_refused()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--until", "5", "--out", folder["run"]).Succeeded();
        InProcess.Run("train", "--fork", folder["no"]).IsRefused("no run folder");
        InProcess.Run("train", "--kind", "vector-regression", "--fork", folder["run"])
            .IsRefused("kind regression", "kind vector-regression");
    }

    private static JsonElement Recorded(string run)
    {
        using var document = JsonDocument.Parse(System.IO.File.ReadAllText(Path.Combine(run, "run.json")));
        return document.RootElement.Clone();
    }
}
