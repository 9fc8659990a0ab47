using System.Diagnostics;
using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Sweeps as a user runs them: what ends them, and what they say.</summary>
public sealed class SweepCommandTests : IDisposable
{
    private const string Quick = "experiment: {attention: merged, dim: 2, heads: 2, init: 0.1, until: 20}\n";

    private readonly TemporaryFolder _folder = new();

    /// <summary>Whether a small file system of its own can be made: by root, on Linux.</summary>
    public static bool CanMount => OperatingSystem.IsLinux() && Environment.UserName == "root";

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_trial_says_how_many_tasks_there_are_and_what_they_take()
    {
        _folder.Write("sweep.yaml", Quick + "keys: {seed: 1..40}\ncollect: [loss]\n");
        Outcome trial = Run("sweep", "run", "sweep.yaml", "--dry-run").Succeeded();
        Assert.Contains("of 40 tasks tried: ", trial.Out, StringComparison.Ordinal);
        Assert.Contains("MB of memory", trial.Out, StringComparison.Ordinal);
        JsonElement json = Run("sweep", "run", "sweep.yaml", "--dry-run", "--json").Json;
        Assert.Equal(40, json.GetProperty("tasks").GetInt32());
        Assert.InRange(json.GetProperty("tried").GetInt32(), 1, 16);
        Assert.InRange(json.GetProperty("numbers").GetProperty("loss").GetDouble(), 0, 1);
        Assert.False(Directory.Exists(_folder["sweeps"]));
    }

    /// <summary>One whose tasks never end is forecast from the part that was trained.</summary>
    [Fact]
    public void A_trial_ends_where_no_task_does()
    {
        _folder.Write(
            "sweep.yaml",
            "experiment: {kind: modular-addition, modulus: 5, width: 16, hidden: 32, heads: 2, steps: 100000000}\nkeys: {seed: 1..2}\n");
        JsonElement json = Run("sweep", "run", "sweep.yaml", "--dry-run", "--json").Json;
        Assert.InRange(json.GetProperty("secondsPerTask").GetDouble(), 60, double.MaxValue);
    }

    [Fact]
    public void A_trial_names_the_tasks_that_fail_and_fails_where_all_do()
    {
        const string gd = "experiment: {dim: 2, data: 'sample:20', optimizer: gd, steps: 200}\n";
        _folder.Write("some.yaml", gd + "keys: {learning-rate: [0.01, 1e6, 0.02]}\n");
        Assert.Contains("One fails: ", Run("sweep", "run", "some.yaml", "--dry-run").Succeeded().Out, StringComparison.Ordinal);
        _folder.Write("all.yaml", gd + "keys: {learning-rate: [1e5, 1e6]}\n");
        Run("sweep", "run", "all.yaml", "--dry-run").IsRefused("Of 2 tasks that were tried all fail. ");
        _folder.Write("name.yaml", gd + "keys: {seed: [1, 2]}\ncollect:\n- lsos\n");
        Run("sweep", "run", "name.yaml", "--dry-run").IsRefused("line 4", "did you mean 'loss'?");
    }

    [Fact]
    public void Every_command_of_a_sweep_answers_in_JSON_too()
    {
        _folder.Write(
            "sweep.yaml", "experiment: {dim: 2, data: 'sample:20', optimizer: gd, steps: 50}\nkeys: {learning-rate: [0.01, 1e6]}\n");
        Assert.Equal(1, Run("sweep", "run", "sweep.yaml", "--out", "s", "--json").Json.GetProperty("failed").GetArrayLength());
        Assert.Equal(2, Run("sweep", "status", "s", "--json").Json.GetProperty("tasks").GetInt32());
        JsonElement row = Assert.Single(Run("sweep", "gather", "s", "--json").Json.EnumerateArray());
        Assert.Equal("0.01", row.GetProperty("keys").GetProperty("learning-rate").GetString());
        Assert.InRange(row.GetProperty("numbers").GetProperty("loss").GetDouble(), 0, 10);
        Assert.Equal(1, Run("sweep", "retry", "s", "--json").Json.GetProperty("reopened").GetInt32());
        Assert.Contains(
            "Asked to stop", Run("sweep", "cancel", "s", "--json").Json.GetProperty("cancelled").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_was_finished_is_lost_by_a_kill_at_any_moment()
    {
        _folder.Write("sweep.yaml", Quick + "keys: {seed: 1..400}\ncollect: [loss]\n");
        var kept = new HashSet<string>(StringComparer.Ordinal);
        for (int kill = 0; kill < 3; kill++)
        {
            using StaircaseProcess process =
                StaircaseProcess.Start(_folder.Path, "sweep", "run", "sweep.yaml", "--out", "killed", "--threads", "2");
            int before = kept.Count;
            SpinWait.SpinUntil(() => process.HasExited || Results("killed").Length > before + 20);
            process.Kill();
            string[] now = Results("killed");
            Assert.Superset(kept, now.ToHashSet(StringComparer.Ordinal));
            kept.UnionWith(now);
        }

        Run("sweep", "run", "sweep.yaml", "--out", "killed").Succeeded();
        Run("sweep", "run", "sweep.yaml", "--out", "whole").Succeeded();
        Assert.Equal(Run("sweep", "gather", "whole").Succeeded().Out, Run("sweep", "gather", "killed").Succeeded().Out);
    }

    [Fact(Skip = "Takes root, to mount a small file system.", SkipUnless = nameof(CanMount))]
    public void A_full_disk_ends_a_sweep_with_a_message_and_what_is_done_is_kept()
    {
        string disk = _folder["disk"];
        Directory.CreateDirectory(disk);
        Shell($"mount -t tmpfs -o size=400k tmpfs {disk}");
        try
        {
            _folder.Write("sweep.yaml", Quick + "keys: {seed: 1..200}\n");
            Outcome full = Run("sweep", "run", "sweep.yaml", "--out", "disk/s");
            Assert.Equal(ExitCode.BadInput, full.Code);
            Assert.Contains("No space left", full.Error, StringComparison.Ordinal);
            Assert.Contains("make room there, and run the sweep again", full.Error, StringComparison.Ordinal);
            Assert.Single(full.Error.TrimEnd().Split('\n'), line => line.StartsWith("staircase: ", StringComparison.Ordinal));
            int done = Results("disk/s").Length;
            Assert.InRange(done, 1, 199);
            Shell($"mount -o remount,size=40m {disk}");
            Outcome rest = Run("sweep", "run", "sweep.yaml", "--out", "disk/s").Succeeded();
            Assert.Contains("200 of 200 tasks done, 0 failed", rest.Out, StringComparison.Ordinal);
        }
        finally
        {
            Shell($"umount {disk}");
        }
    }

    [Fact]
    public void What_a_sweep_collected_becomes_a_report_with_slopes_beside_theory()
    {
        _folder.Write("sweep.yaml", """
            experiment: {attention: separate, dim: 2, heads: 2}
            keys: {trace: [1, 2, 4], init: [0.01, 0.001], seed: 1..3}
            theory: {plateaus.0.measured.end: "predicted:plateaus.0.end"}
            keep: numbers
            """);
        Run("sweep", "run", "sweep.yaml", "--out", "s").Succeeded();
        string[] slope = [.. Run("sweep", "report", "s", "--table", "csv").Succeeded().Out.Split('\n')
            .First(line => line.Contains("trace", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)];
        Assert.Equal("logarithms", slope[2]);
        Assert.Equal(-2, double.Parse(slope[3], null), 0.1); // t ∝ 1/(λ² v₀)
        Assert.Equal(-2, double.Parse(slope[6], null), 0.1);
        Assert.InRange(new FileInfo(_folder["s/report.html"]).Length, 1, 5_000_000);
        Assert.True(File.Exists(_folder["s/sweep-slopes.csv"]));
    }

    private string[] Results(string sweep) =>
        Directory.Exists(_folder[$"{sweep}/tasks"]) ? Directory.GetFiles(_folder[$"{sweep}/tasks"], "*.json") : [];

    private Outcome Run(params string[] args) => StaircaseProcess.Run(_folder.Path, args);

    private static void Shell(string line)
    {
        using Process shell = Process.Start("bash", ["-c", line]);
        shell.WaitForExit();
        Assert.Equal(0, shell.ExitCode);
    }
}
