using System.Text.Json;

namespace Staircase.Cli.Tests;

/// <summary>Sweeps on a real Slurm: what it ends goes on, and what it refuses is said.</summary>
public sealed class SlurmTests(SlurmCluster cluster) : IClassFixture<SlurmCluster>, IDisposable
{
    private const string Skipped = "Slurm is not installed: apt-get install slurm-wlm munge";

    private const string Quick = "experiment: {attention: merged, dim: 2, heads: 2, init: 0.1, until: 20}\n";

    /// <summary>Some seconds of training, saved soon after it has begun.</summary>
    private const string Lasting =
        "experiment: {kind: modular-addition, modulus: 5, width: 16, hidden: 32, heads: 2, steps: 12000, "
        + "record: 'every:100', checkpoints: 'every:100'}\n";

    private static readonly string Endless = Lasting.Replace("steps: 12000", "steps: 1000000000", StringComparison.Ordinal);

    private readonly TemporaryFolder _folder = new();

    public static bool IsHere => SlurmCluster.IsHere;

    public void Dispose() => _folder.Dispose();

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void A_sweep_completes_with_the_numbers_of_a_local_one()
    {
        _folder.Write("sweep.yaml", Quick + "keys: {seed: 1..6}\n");
        Outcome submitted =
            Run("sweep", "submit", "sweep.yaml", "--out", "far", "--tasks-per-job", "2", "--time", "10", "--memory", "500M").Succeeded();
        Assert.Contains("6 tasks to Slurm as 3 jobs of 2", submitted.Out, StringComparison.Ordinal);
        Run("sweep", "run", "sweep.yaml", "--out", "here").Succeeded();
        cluster.WaitFor("end", () => Open("far") == 0);
        Assert.Equal(Gathered("here"), Gathered("far"));
        Assert.Equal(7, Gathered("far").Length);
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void More_jobs_than_an_array_holds_outlive_a_restart_of_the_controller()
    {
        const int tasks = 2 * SlurmCluster.MaxArraySize + 1;
        _folder.Write("sweep.yaml", Quick + $"keys: {{seed: 1..{tasks}}}\n");
        Outcome submitted = Run("sweep", "submit", "sweep.yaml", "--out", "many", "--tasks-per-job", "1", "--parallel", "1").Succeeded();
        Assert.Contains($"as {tasks} jobs of 1, 1 at a time at most", submitted.Out, StringComparison.Ordinal);
        Assert.Equal(tasks, cluster.Jobs("many").Length);
        cluster.WaitFor("first result", () => Open("many") < tasks);
        cluster.StopController();
        Outcome status = Run("sweep", "status", "many").Succeeded();
        Assert.Contains("Unable to contact slurm controller", status.Out, StringComparison.Ordinal);
        Assert.Contains("Unable to contact slurm controller", Run("sweep", "run", "sweep.yaml", "--out", "many").Ended(2).Error,
            StringComparison.Ordinal);
        cluster.StartController();
        cluster.WaitFor("end", () => Open("many") == 0);
        Assert.Equal(tasks + 1, Gathered("many").Length);
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void A_node_that_dies_loses_nothing_that_was_saved()
    {
        string longer = Lasting.Replace("12000", "300000", StringComparison.Ordinal) // what ends within a second is written at its end
            .Replace("every:100", "every:3000", StringComparison.Ordinal);
        _folder.Write("sweep.yaml", longer + "keys: {seed: [3]}\n");
        Run("sweep", "submit", "sweep.yaml", "--out", "node").Succeeded();
        cluster.WaitFor("saved state", () => IsSaved("node"));
        cluster.KillNode();
        Assert.Equal("running", Record("node").GetProperty("status").GetString());
        cluster.WaitFor(
            "return to the queue", () => cluster.Jobs("node") is [var job] && job.Contains("PENDING", StringComparison.Ordinal));
        cluster.StartNode();
        Run("sweep", "run", "sweep.yaml", "--out", "whole").Succeeded();
        cluster.WaitFor("end", () =>
        {
            cluster.LetBegin("node");
            return Open("node") == 0;
        });
        Assert.Equal(Gathered("whole"), Gathered("node"));
        AssertSameFiles("whole", "node");
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void A_task_longer_than_its_time_limit_is_saved_and_goes_on_and_a_cancelled_one_too()
    {
        _folder.Write("sweep.yaml", Endless + "keys: {seed: [4]}\n");
        Run("sweep", "submit", "sweep.yaml", "--out", "long", "--time", "1", "--", "--signal=B:USR2@58").Succeeded();
        cluster.WaitFor("return to the queue", () => Runs("long").Length > 0 && cluster.Jobs("long") is [var job]
            && job.Contains("PENDING", StringComparison.Ordinal));
        JsonElement saved = Record("long");
        Assert.Equal("interrupted", saved.GetProperty("status").GetString());
        long step = saved.GetProperty("step").GetInt64();
        Assert.InRange(step, 1, long.MaxValue);
        Assert.Contains(
            "is in use by 1 jobs of Slurm", Run("sweep", "run", "sweep.yaml", "--out", "long").Ended(2).Error, StringComparison.Ordinal);
        cluster.WaitFor("second sitting", () =>
        {
            cluster.LetBegin("long");
            return Record("long").GetProperty("status").GetString() == "running"
                && Rows("long") is [.., var last] && long.Parse(last.Split(',')[0], null) > step;
        });
        Run("sweep", "cancel", "long").Succeeded();
        cluster.WaitFor("end of the job", () => cluster.Jobs("long").Length == 0);
        Assert.Equal("interrupted", Record("long").GetProperty("status").GetString());
        Assert.Contains("as they were cancelled", Run("sweep", "status", "long").Succeeded().Out, StringComparison.Ordinal);

        // What the second sitting has recorded is what a training has that nothing disturbed.
        string[] rows = Rows("long");
        int before = rows.Skip(1).Count(row => long.Parse(row.Split(',')[0], null) <= step), shown = Math.Min(rows.Length, 1 + before + 5);
        Assert.InRange(shown, 1 + before + 1, rows.Length);
        rows = rows[..shown];
        string until = rows[^1].Split(',')[0];
        _folder.Write("short.yaml", Lasting.Replace("12000", until, StringComparison.Ordinal) + "keys: {seed: [4]}\n");
        Run("sweep", "run", "short.yaml", "--out", "short").Succeeded();
        Assert.Equal(Rows("short"), rows);
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void A_task_that_makes_room_for_others_is_saved_and_goes_on()
    {
        _folder.Write("sweep.yaml", Endless + "keys: {seed: [5]}\n");
        Run("sweep", "submit", "sweep.yaml", "--out", "room").Succeeded();
        cluster.WaitFor("training", () => IsSaved("room"));
        cluster.Slurm("sbatch", "--partition=urgent", "--cpus-per-task=2", "--output=/dev/null", "--wrap=true").Succeeded();
        cluster.WaitFor(
            "return to the queue", () => cluster.Jobs("room") is [var job] && job.Contains("PENDING", StringComparison.Ordinal));
        Assert.Equal("interrupted", Record("room").GetProperty("status").GetString());
        Run("sweep", "cancel", "room").Succeeded();
        cluster.WaitFor("empty queue", () => cluster.Jobs("room").Length == 0);
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void What_Slurm_refuses_is_an_error_in_its_own_words()
    {
        _folder.Write("sweep.yaml", Quick + "keys: {seed: 1..2}\n");
        Outcome refused = Run("sweep", "submit", "sweep.yaml", "--out", "no", "--", "--partition=nowhere").Ended(2);
        Assert.Contains("Nothing was submitted. Slurm refuses: ", refused.Error, StringComparison.Ordinal);
        Assert.Contains("invalid partition specified: nowhere", refused.Error, StringComparison.Ordinal);
        Assert.Empty(cluster.Jobs("no"));
        Assert.DoesNotContain("Slurm", Run("sweep", "status", "no").Succeeded().Out, StringComparison.Ordinal);
    }

    [Fact(Skip = Skipped, SkipUnless = nameof(IsHere))]
    public void A_lock_that_a_job_on_another_host_has_left_is_taken_over()
    {
        _folder.Write("sweep.yaml", Quick + "keys: {seed: [1]}\n");
        Run("sweep", "run", "sweep.yaml", "--out", "left").Succeeded();
        File.Delete(Runs("left")[0] + ".json");
        string path = Path.Combine(Runs("left")[0], "lock"), owner = "process 1\nbegan 1\nhost elsewhere\nspace pid:[1]\n";
        File.WriteAllText(path, owner);
        Assert.Contains("1 open", Run("sweep", "run", "sweep.yaml", "--out", "left").Ended(3).Out, StringComparison.Ordinal);
        File.WriteAllText(path, owner + "job 999999\nrestart 0\n");
        Assert.Contains("0 open", Run("sweep", "run", "sweep.yaml", "--out", "left").Succeeded().Out, StringComparison.Ordinal);
    }

    private Outcome Run(params string[] args) => StaircaseProcess.RunWith(_folder.Path, "SLURM_CONF", cluster.ConfigurationPath, args);

    private int Open(string sweep) =>
        File.ReadLines(_folder[$"{sweep}/slurm/001/tasks"]).Count() - Directory.GetFiles(_folder[$"{sweep}/tasks"], "*.json").Length;

    private string[] Runs(string sweep) => Directory.GetDirectories(_folder[$"{sweep}/tasks"]);

    private JsonElement Record(string sweep) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Runs(sweep)[0], "run.json"))).RootElement;

    /// <summary>Whether the run of a sweep goes on from its folder, where its state was saved.</summary>
    private bool IsSaved(string sweep) => Runs(sweep).Any(run => File.Exists(Path.Combine(run, "run.json")))
        && Record(sweep).GetProperty("status").GetString() == "running";

    private string[] Rows(string sweep) => [.. File.ReadAllText(Path.Combine(Runs(sweep)[0], "metrics.csv")).Split('\n').SkipLast(1)];

    private string[] Gathered(string sweep) => Run("sweep", "gather", sweep).Succeeded().Out.TrimEnd().Split('\n');

    private void AssertSameFiles(string expected, string actual)
    {
        string[] names = [.. Directory.GetFiles(Path.Combine(Runs(expected)[0], "checkpoints")).Select(path => Path.GetFileName(path)!)
            .Order(StringComparer.Ordinal)];
        Assert.NotEmpty(names);
        Assert.Equal(
            names,
            Directory.GetFiles(Path.Combine(Runs(actual)[0], "checkpoints")).Select(path => Path.GetFileName(path)!)
                .Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        foreach (string name in names.Select(name => Path.Combine("checkpoints", name)).Append("metrics.csv"))
            Assert.Equal(File.ReadAllBytes(Path.Combine(Runs(expected)[0], name)), File.ReadAllBytes(Path.Combine(Runs(actual)[0], name)));
    }
}
