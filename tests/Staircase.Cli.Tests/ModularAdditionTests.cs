using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Experiments of kind modular-addition on the command line.</summary>
[Collection(InProcess.Name)]
public sealed class ModularAdditionTests
{
    private static readonly string[] Short = (
        "--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16 --learning-rate 0.01 "
        + "--record every:5 --checkpoints every:20").Split(' ');

    [Theory]
    [InlineData("train --kind modular-addition --modulus 1", "--modulus", "not 1")]
    [InlineData("train --kind modular-addition --operation division", "--operation", "multiplication")]
    [InlineData("train --kind modular-addition --operation no-such.csv", "no-such.csv")]
    [InlineData("train --kind modular-addition --training-fraction 0", "--training-fraction", "not 0")]
    [InlineData("train --kind modular-addition --training-fraction 1.2", "--training-fraction", "not 1.2")]
    [InlineData("train --kind modular-addition --width 10 --heads 3", "--width 10", "--head-width")]
    [InlineData("train --kind modular-addition --heads 0", "--heads", "not 0")]
    [InlineData("train --kind modular-addition --hidden -1", "--hidden", "not -1")]
    [InlineData("train --kind modular-addition --learning-rate 0", "--learning-rate", "not 0")]
    [InlineData("train --kind modular-addition --weight-decay -1", "--weight-decay", "not -1")]
    [InlineData("train --kind modular-addition --optimizer flow", "--optimizer flow", "adam")]
    [InlineData("train --kind modular-addition --biases some", "--biases", "none, mlp, all")]
    [InlineData("train --kind modular-addition --steps 0", "--steps", "not 0")]
    [InlineData("train --kind modular-addition --modulus 4000 --hidden 4000", "too large", "--modulus")]
    [InlineData("train --kind modular-addition --spectrum linear", "--spectrum", "kind regression")]
    [InlineData("predict --kind modular-addition", "no theory yet", "train")]
    public void What_is_wrong_is_one_line(string line, params string[] mentions) => InProcess.Run(line.Split(' ')).IsRefused(mentions);

    [Theory]
    [InlineData("0,1\n1\n", "row 2 has 1")]
    [InlineData("0,1\n1,x\n", "row 2, column 2", "'x'")]
    [InlineData("0,1\n1,-1\n", "row 2, column 2", "'-1'")]
    [InlineData("", "at least 2 rows, not 0")]
    public void A_broken_table_says_where(string text, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--kind", "modular-addition", "--operation", folder.Write("op.csv", text))
            .IsRefused([.. mentions, "op.csv"]);
    }

    /// <summary>Two things that are the same: subtraction by name, and by a table of its own; only the name knows of the circle.</summary>
    [Fact]
    public void A_table_is_learned_like_the_operation_it_holds()
    {
        using var folder = new TemporaryFolder();
        int[] places = [.. Enumerable.Range(0, 7)];
        string table = folder.Write(
            "minus.csv", string.Join('\n', places.Select(a => string.Join(", ", places.Select(b => (a - b + 7) % 7)))));
        InProcess.Run(["train", .. Short, "--steps", "60", "--operation", "subtraction", "--out", folder["named"]]).Succeeded();
        string[] options = [.. Short.Where(word => word is not ("--modulus" or "7")), "--steps", "60", "--operation", table];
        Outcome own = InProcess.Run(["train", .. options, "--out", folder["own"]]).Succeeded();
        Assert.Equal(File.ReadAllText(folder["named/metrics.csv"]), File.ReadAllText(folder["own/metrics.csv"]));
        Assert.Contains("Fourier measures are left out", own.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Key frequencies", own.Out, StringComparison.Ordinal);
    }

    /// <summary>A network of another shape, or another optimizer's memory, is not taken for this run's.</summary>
    [Fact]
    public void A_foreign_state_is_refused()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run(["train", .. Short, "--steps", "20", "--out", folder["run"]]).Succeeded();
        string[] wider = [.. Short.Select(word => word == "16" ? "20" : word)];
        InProcess.Run(["train", .. wider, "--steps", "20", "--out", folder["other"]]).Succeeded();
        InProcess.Run(["train", .. Short, "--steps", "20", "--optimizer", "gd", "--out", folder["gd"]]).Succeeded();
        File.Copy(folder["other/resume.safetensors"], folder["run/resume.safetensors"], overwrite: true);
        InProcess.Run("train", "--out", folder["run"], "--resume", "--steps", "40").IsRefused("W_in", "[8, 16]", "[8, 20]");
        File.Copy(folder["gd/resume.safetensors"], folder["run/resume.safetensors"], overwrite: true);
        InProcess.Run("train", "--out", folder["run"], "--resume", "--steps", "40").IsRefused("optimizer.memory", "[0]");
    }

    /// <summary>What the run says of its heads and what the reader of anybody's checkpoints finds in the same files.</summary>
    [Fact]
    public void Its_checkpoints_are_read_like_anybodys()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run(["train", .. Short, "--steps", "100", "--out", folder["run"]]).Succeeded();
        JsonElement[] rows = [.. InProcess.Run("analyze", folder["run/checkpoints"], "--json").Json.EnumerateArray()];
        Assert.Equal(Steps(rows), Steps(InProcess.Run("analyze", folder["run"], "--json").Json.EnumerateArray()));
        Assert.Equal([0, 20, 40, 60, 80, 100], Steps(rows).Distinct().Where(step => step % 20 == 0));
        Assert.Equal([0, 1], rows.Select(row => row.GetProperty("head").GetInt32()).Distinct());
        Assert.All(rows, row => Assert.InRange(row.GetProperty("ovEffectiveRank").GetDouble(), 1, 4));

        static IEnumerable<long> Steps(IEnumerable<JsonElement> rows) => rows.Select(row => row.GetProperty("step").GetInt64());
    }

    [Fact]
    public void A_run_is_compared_and_reported()
    {
        using var folder = new TemporaryFolder();
        string trained = InProcess.Run(["train", .. Short, "--steps", "300", "--out", folder["run"]]).Succeeded().Out;
        Assert.StartsWith(InProcess.Run("compare", folder["run"]).Succeeded().Out, trained, StringComparison.Ordinal);
        JsonElement json = InProcess.Run("compare", folder["run"], "--json").Json.GetProperty("comparison");
        Assert.Equal(300, json.GetProperty("step").GetInt32());
        Assert.InRange(json.GetProperty("trainAccuracy").GetDouble(), 0.9, 1);
        InProcess.Run("report", folder["run"], "--out", folder["report.html"]).Succeeded();
        Assert.Contains("W_E in the Fourier basis", File.ReadAllText(folder["report.html"]), StringComparison.Ordinal);
    }
}
