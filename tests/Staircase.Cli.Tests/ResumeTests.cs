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

    /// <summary>More than the program computes before it reads its data.</summary>
    private static readonly TimeSpan Reading = TimeSpan.FromSeconds(2);

    /// <summary>By this tolerance a flow takes thousands of steps, so that it is still on its way when the signal comes.</summary>
    private static readonly string[] LongFlow = ["--tolerance", "1e-13", "--checkpoints", "every:10"];

    private static readonly string[] Sparse = ["--record", "every:7", "--checkpoints", "every:100"];

    /// <summary>Killed once its state was saved, which is at most once a second: of every kind, by every way of training.</summary>
    /// <param name="options">The experiment; without its end, if it is a descent.</param>
    /// <param name="endKey">The key of a descent's last step; a flow has its end among the options.</param>
    [Theory]
    [InlineData("--optimizer gd --learning-rate 0.005", "steps")]
    [InlineData("--optimizer momentum --learning-rate 0.0005 --data sample:200 --whiten", "steps")]
    [InlineData("--optimizer adam --learning-rate 0.0005 --attention merged", "steps")]
    [InlineData("--optimizer muon --learning-rate 0.0005", "steps")]
    [InlineData("--optimizer momentum --learning-rate 0.0005 --data online:20", "steps")]
    [InlineData("--data online:20 --context 5 --vary-context", "steps")]
    [InlineData("--attention separate --dim 24 --heads 48 --until 100000 --tolerance 1e-13", null)]
    [InlineData("--softmax --data sample:1000 --until 100 --tolerance 1e-13", null)]
    [InlineData("--kind vector-regression --spectrum 2,1,0.5 --context 10 --tasks diagonal:20 --epoch-rate 0.2 --trainings 2", "epochs")]
    [InlineData("--kind vector-regression --optimizer adam --context 10 --tasks diagonal:20 --epoch-rate 0.001", "epochs")]
    [InlineData("--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16", "steps")]
    [InlineData("--kind attention-only --width 8 --heads 2 --context 16 --batch 4", "steps")]
    [InlineData("--kind attention-only --task repeated --vocabulary 9 --width 8 --heads 2 --hidden 12 --norm --batch 4", "steps")]
    public void A_killed_run_ends_with_the_same_bits(string options, string? endKey)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = [.. options.Split(' '), .. Sparse];
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, ["train", .. experiment, .. EndAt(NoEnd), "--out", "killed"]))
        {
            WaitFor(process, () => File.Exists(folder["killed/resume.safetensors"]));
            process.Kill();
        }

        Assert.Equal("running", Record(folder["killed"]).GetProperty("status").GetString());
        string end = $"{Checkpoints(folder["killed"])[^1] + StepsAfter}";
        Outcome resumed = StaircaseProcess.Run(folder.Path, ["train", "--out", "killed", "--resume", .. EndAt(end)]).Succeeded();
        Assert.DoesNotContain("starts again", resumed.Error, StringComparison.Ordinal);
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, .. EndAt(end), "--out", "whole"]).Succeeded();
        AssertSameRun(folder["whole"], folder["killed"]);

        string[] EndAt(string last) => endKey is null ? [] : ["--" + endKey, last];
    }

    /// <summary>
    /// An ensemble that is killed, resumed and stopped by a signal, and resumed again: trained as one product, and side by side.
    /// </summary>
    [Theory]
    [InlineData("--optimizer gd --learning-rate 0.001 --data sample:200 --data-seed 3", "steps")]
    [InlineData("--optimizer momentum --learning-rate 0.0005 --data online:20", "steps")]
    [InlineData("--kind modular-addition --modulus 7 --training-fraction 0.8 --width 8 --heads 2 --hidden 16", "steps")]
    public void A_disturbed_ensemble_ends_with_the_same_bits(string options, string endKey)
    {
        using var folder = new TemporaryFolder();
        string[] seeds = ["seed-2", "seed-3", "seed-4"];
        string[] experiment = [.. options.Split(' '), .. Sparse, "--seeds", "2..4"], end = ["--" + endKey, NoEnd];
        Disturb(["train", .. experiment, .. end, "--out", "disturbed"], process => process.Kill());
        Disturb(["train", "--out", "disturbed", "--resume"], process =>
        {
            process.Signal("INT");
            AssertInterrupted(process.Wait(), "disturbed");
        });
        long last = seeds.Where(seed => Directory.Exists(folder[$"disturbed/{seed}"]))
            .Max(seed => Checkpoints(folder[$"disturbed/{seed}"]).Append(0).Max());
        end[1] = $"{last + StepsAfter}";
        StaircaseProcess.Run(folder.Path, ["train", "--out", "disturbed", "--resume", .. end]).Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, .. end, "--out", "whole"]).Succeeded();
        Assert.All(seeds, seed => AssertSameRun(folder[$"whole/{seed}"], folder[$"disturbed/{seed}"]));

        void Disturb(string[] command, Action<StaircaseProcess> disturb)
        {
            long before = Checkpoints(folder["disturbed/seed-2"]).Append(0).Max();
            using StaircaseProcess process = StaircaseProcess.Start(folder.Path, command);
            WaitFor(process, () => File.Exists(folder["disturbed/seed-2/resume.safetensors"])
                && Checkpoints(folder["disturbed/seed-2"]).Append(0).Max() > before);
            disturb(process);
        }
    }

    /// <summary>A kill before the first step leaves a run that says so, and begins again to the same bits.</summary>
    [Fact]
    public void A_run_killed_before_anything_was_saved_says_so_and_starts_again()
    {
        using var folder = new TemporaryFolder();
        string[] experiment = ["--optimizer", "gd", "--steps", "500", .. Sparse];
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--out", "whole"]).Succeeded();
        StaircaseProcess.Run(folder.Path, ["train", .. experiment, "--out", "killed"]).Succeeded();
        File.Delete(folder["killed/resume.safetensors"]);
        string table = File.ReadAllText(folder["killed/metrics.csv"]);
        StaircaseProcess.Run(folder.Path, "train", "--out", "killed", "--resume")
            .IsRefused("killed", "resume.safetensors", "500 steps", "--fork killed");
        Assert.Equal(table, File.ReadAllText(folder["killed/metrics.csv"]));

        Directory.Delete(folder["killed/checkpoints"], recursive: true);
        Directory.CreateDirectory(folder["killed/checkpoints"]);
        File.WriteAllText(folder["killed/metrics.csv"], "");
        string record = File.ReadAllText(folder["killed/run.json"]).Replace("\"finished\"", "\"running\"", StringComparison.Ordinal);
        File.WriteAllText(folder["killed/run.json"], record.Replace("\"step\": 500", "\"step\": 0", StringComparison.Ordinal));
        Outcome resumed = StaircaseProcess.Run(folder.Path, "train", "--out", "killed", "--resume").Succeeded();
        Assert.Contains("nothing was saved of killed yet; it starts again", resumed.Error, StringComparison.Ordinal);
        AssertSameRun(folder["whole"], folder["killed"]);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public void A_stopped_descent_says_how_to_go_on_and_does(string signal)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = ["--optimizer", "gd", .. Sparse];
        string[] endless = ["train", .. experiment, "--steps", NoEnd, "--out", "stopped"];
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, endless))
        {
            WaitFor(process, () => Checkpoints(folder["stopped"]).Length >= 3);
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
            WaitFor(process, () => Checkpoints(folder["stopped"]).Length >= 3);
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
            WaitFor(process, () => File.Exists(folder["run/resume.safetensors"]));
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
        WaitFor(process, () => process.ProcessorTime > Reading); // nothing is kept of it on disk
        process.Signal("TERM");
        Outcome outcome = process.Wait();
        Assert.True(outcome.Code == ExitCode.Interrupted, outcome.ToString());
        Assert.Contains("interrupted", outcome.Error, StringComparison.Ordinal);
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
        string file = $"checkpoints/step-{last:00000000}.safetensors";
        foreach (string name in (string[])[file, "resume.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(expected, name)), File.ReadAllBytes(Path.Combine(actual, name)));
    }

    private static void WaitFor(StaircaseProcess process, Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            if (process.HasExited)
                Assert.Fail($"The program ended before it was disturbed.\n{process.Wait()}");
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), "Nothing was kept within a minute.");
            Thread.Sleep(2);
        }
    }

    private static long[] Checkpoints(string run) =>
        Directory.Exists(Path.Combine(run, "checkpoints"))
            ? [.. Directory.EnumerateFiles(Path.Combine(run, "checkpoints"), "step-*.safetensors")
                .Select(path => long.Parse(Path.GetFileNameWithoutExtension(path).AsSpan(5), CultureInfo.InvariantCulture)).Order()]
            : [];

    private static JsonElement Record(string run)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(run, "run.json")));
        return document.RootElement.Clone();
    }
}
