using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>A run that a signal ends goes on, in another process, to the bits of a run that nothing disturbed.</summary>
public sealed class ResumeTests
{
    /// <summary>
    /// An end that no test reaches: the disturbed run is ended by its signal, however slow the machine, and resumed to an end
    /// that is chosen from how far it had come.
    /// </summary>
    private const string NoEnd = "1000000000";

    /// <summary>
    /// Steps after the last checkpoint of the disturbed run; not a multiple of the recorded ones, so that the last row is one of its own.
    /// </summary>
    private const long StepsAfter = 1001;

    /// <summary>By this tolerance a flow takes thousands of steps, so that it is still on its way when the signal comes.</summary>
    private static readonly string[] LongFlow = ["--tolerance", "1e-13", "--checkpoints", "every:10"];

    private static readonly string[] Sparse = ["--record", "every:7", "--checkpoints", "every:100"];

    [Theory]
    [InlineData("--optimizer gd --learning-rate 0.005")]
    [InlineData("--optimizer momentum --learning-rate 0.0005 --data sample:200 --whiten")]
    [InlineData("--optimizer adam --learning-rate 0.0005 --attention merged")]
    [InlineData("--optimizer muon --learning-rate 0.0005")]
    [InlineData("--optimizer momentum --learning-rate 0.0005 --data online:20")]
    [InlineData("--data online:20 --context 5 --vary-context")]
    public void A_killed_descent_ends_with_the_same_bits(string options)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = [.. options.Split(' '), .. Sparse];
        using (
            StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, "--steps", NoEnd, "--out", "killed"]))
        {
            WaitForCheckpoints(process, folder["killed"], 3);
            process.Kill();
        }

        Assert.Equal("running", Record(folder["killed"]).GetProperty("status").GetString());
        long end = Checkpoints(folder["killed"])[^1] + StepsAfter;
        StaircaseProcess.Run(folder.Path, "train", "--out", "killed", "--resume", "--steps", $"{end}").Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--steps", $"{end}", "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["killed"]);
    }

    [Theory]
    [InlineData("--attention separate --until 2000")]
    [InlineData("--attention merged --data sample:300 --dim 3 --until 300")]
    public void A_killed_flow_ends_with_the_same_bits(string options)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = [.. options.Split(' '), .. LongFlow];
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, "--out", "killed"]))
        {
            WaitForCheckpoints(process, folder["killed"], 3);
            process.Kill();
        }

        Assert.Equal("running", Record(folder["killed"]).GetProperty("status").GetString());
        StaircaseProcess.Run(folder.Path, "train", "--out", "killed", "--resume").Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["killed"]);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_stopped_descent_says_how_to_go_on_and_does(string signal)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = ["--optimizer", "gd", .. Sparse];
        using (
            StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, "--steps", NoEnd, "--out", "stopped"]))
        {
            WaitForCheckpoints(process, folder["stopped"], 3);
            process.Signal(signal);
            AssertInterrupted(process.Wait(), "stopped");
        }

        JsonElement record = Record(folder["stopped"]);
        Assert.Equal("interrupted", record.GetProperty("status").GetString());
        long step = record.GetProperty("step").GetInt64();
        string state = System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(folder["stopped/resume.safetensors"]));
        Assert.Contains($"\"step\":\"{step}\"", state, StringComparison.Ordinal); // nothing is lost

        StaircaseProcess.Run(folder.Path, "train", "--out", "stopped", "--resume", "--steps", $"{step + StepsAfter}").Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--steps", $"{step + StepsAfter}", "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["stopped"]);
    }

    [Fact]
    public void A_stopped_flow_says_how_to_go_on_and_does()
    {
        using var folder = new TemporaryFolder();
        string[] experiment = [.. LongFlow, "--until", "2000", "--record", "every:7"];
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, "--out", "stopped", "--json"]))
        {
            WaitForCheckpoints(process, folder["stopped"], 3);
            process.Signal("INT");
            Outcome outcome = process.Wait();
            AssertInterrupted(outcome, "stopped");
            using var json = JsonDocument.Parse(outcome.Out);
            Assert.Equal("interrupted", json.RootElement.GetProperty("record").GetProperty("status").GetString());
        }

        StaircaseProcess.Run(folder.Path, "train", "--out", "stopped", "--resume").Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["stopped"]);
    }

    /// <summary>A disk that is full or goes away: the run is as good as its last checkpoint.</summary>
    [Fact]
    public void A_folder_that_can_no_longer_be_written_is_one_line_and_the_run_goes_on_when_it_can()
    {
        using var folder = new TemporaryFolder();
        string[] experiment = ["--optimizer", "gd", .. Sparse];
        string checkpoints = folder["run/checkpoints"], aside = folder["aside"];
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, "--steps", NoEnd, "--out", "run"]))
        {
            WaitForCheckpoints(process, folder["run"], 3);
            Directory.Move(checkpoints, aside);
            process.Wait().IsRefused("run", "cannot be written");
        }

        Directory.Move(aside, checkpoints);
        long end = Checkpoints(folder["run"])[^1] + StepsAfter;
        StaircaseProcess.Run(folder.Path, "train", "--out", "run", "--resume", "--steps", $"{end}").Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--steps", $"{end}", "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["run"]);
    }

    [Fact]
    public void A_training_stopped_while_it_reads_its_data_leaves_no_run()
    {
        using var folder = new TemporaryFolder();
        using StaircaseProcess process = StaircaseProcess.Start(folder.Path, "train", "--data", "sample:2000000000", "--out", "run");
        Thread.Sleep(2000); // there is nothing on disk to wait for; a signal that comes before the program listens ends it with another code
        process.Signal("TERM");
        Outcome outcome = process.Wait();
        Assert.True(
            outcome.Code == ExitCode.Interrupted && outcome.Error.Contains("interrupted", StringComparison.Ordinal), outcome.ToString());
        Assert.False(Directory.Exists(folder["run"]));
    }

    private static void AssertInterrupted(Outcome outcome, string run)
    {
        Assert.True(outcome.Code == ExitCode.Interrupted, outcome.ToString());
        Assert.Contains($"staircase train --out {run} --resume", outcome.Error, StringComparison.Ordinal);
    }

    private static void AssertSameRun(string expected, string actual)
    {
        string[] rows = File.ReadAllLines(Path.Combine(expected, "metrics.csv"));
        string[] found = File.ReadAllLines(Path.Combine(actual, "metrics.csv"));
        for (int i = 0; i < Math.Min(rows.Length, found.Length); i++)
            Assert.True(rows[i] == found[i], $"metrics.csv, line {i + 1}: expected '{rows[i]}', found '{found[i]}'.");
        Assert.Equal(rows.Length, found.Length);
        Assert.True(rows.Length > 10, $"Only {rows.Length} lines were compared.");

        long last = Checkpoints(expected)[^1];
        Assert.Equal(last, Checkpoints(actual)[^1]);
        Assert.Equal("finished", Record(actual).GetProperty("status").GetString());
        Assert.Equal(File.ReadAllBytes(CheckpointPath(expected, last)), File.ReadAllBytes(CheckpointPath(actual, last)));
    }

    private static void WaitForCheckpoints(StaircaseProcess process, string run, int count)
    {
        var watch = Stopwatch.StartNew();
        while (Checkpoints(run).Length < count)
        {
            if (process.HasExited)
                Assert.Fail($"The program ended before it was disturbed.\n{process.Wait()}");
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"No checkpoints in {run} after a minute.");
            Thread.Sleep(2);
        }
    }

    private static long[] Checkpoints(string run) =>
        Directory.Exists(Path.Combine(run, "checkpoints"))
            ? [.. Directory.EnumerateFiles(Path.Combine(run, "checkpoints"), "step-*.safetensors")
                .Select(path => long.Parse(Path.GetFileNameWithoutExtension(path).AsSpan(5), CultureInfo.InvariantCulture)).Order()]
            : [];

    private static string CheckpointPath(string run, long step) => Path.Combine(run, "checkpoints", $"step-{step:00000000}.safetensors");

    private static JsonElement Record(string run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return document.RootElement.Clone();
    }
}
