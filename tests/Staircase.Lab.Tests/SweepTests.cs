using System.Globalization;

namespace Staircase.Lab.Tests;

public sealed class SweepTests : IDisposable
{
    private const string Small = "experiment: {attention: merged, dim: 2, heads: 2, init: 0.1, until: 20}\n";

    private const string Lasting =
        "experiment: {kind: modular-addition, modulus: 5, width: 16, hidden: 32, heads: 2, steps: 8000, checkpoints: every:200}\n";

    private static readonly string Longer = Small.Replace("until: 20", "until: 21", StringComparison.Ordinal);

    private readonly TemporaryFolder _folder = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tasks_are_the_combinations_that_fulfil_the_conditions()
    {
        SweepSpec spec = Read(
            Small + "keys: {seed: 1..3, init: [0.1, 0.2]}\nlinked: [{dim: [2, 4], heads: [3, 2]}]\nwhere: [heads >= dim, init != 0.2]\n");
        IEnumerable<string> tasks = spec.Tasks().Select(task => string.Join(' ', task.Values.Select(pair => pair.Value)));
        Assert.Equal("1 0.1 2 3; 2 0.1 2 3; 3 0.1 2 3", string.Join("; ", tasks));
    }

    [Fact]
    public void A_task_is_called_by_what_it_says_and_by_nothing_else()
    {
        string[] Ids(string text) => [.. Read(text).Tasks().Select(task => task.Id).Order(StringComparer.Ordinal)];
        string[] ids = Ids(Small + "keys: {seed: [1, 2]}\n");
        Assert.Equal<string>(ids, Ids(Small + "keys: {seed: [2, 1, 2]}\ncollect: [seconds]\n"));
        Assert.Equal<string>(
            ids, Ids("experiment: {until: 20, init: 0.1, heads: 2, dim: 2, attention: merged, seed: 5}\nkeys: {seed: 1..2}\n"));
        Assert.Empty(ids.Intersect(Ids(Longer + "keys: {seed: [1, 2]}\n"), StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("keys: {sede: [1, 2]}", "line 2: unknown key 'sede': did you mean 'seed'?")]
    [InlineData("keys: {seed: [1, x]}", "line 2: seed must be a whole number")]
    [InlineData("kyes: {seed: 1}", "line 2: a sweep has no 'kyes': did you mean 'keys'?")]
    [InlineData("keys: {seed: 3..1}", "line 2: the range 3..1 must ascend")]
    [InlineData("linked: [{seed: [1, 2], init: [1]}]", "line 2: linked keys need lists of one length, not of 2, 1")]
    [InlineData("keys: {seed: 1..2}\nlinked: [{seed: [1]}]", "seed varies twice")]
    [InlineData("where: [seed]", "line 2: 'seed' compares nothing")]
    [InlineData("where: [sead < 2]", "line 2: unknown key 'sead'")]
    [InlineData("where: [seed < 2]", "No combination fulfils")]
    [InlineData("keep: all", "line 2: 'keep' is runs or numbers")]
    [InlineData("keys: {seeds: ['1..3']}", "a sweep has a task a seed: give keys: {seed: 1..8} in place of seeds")]
    [InlineData("theory: [loss]", "line 2: expected a mapping")]
    [InlineData("theory: {loss: [a]}", "line 2: expected the name of a predicted number")]
    [InlineData("? [a]\n: b", "line 2: a key must be a word")]
    [InlineData("- a", "not YAML")]
    public void A_mistake_is_named_before_anything_runs(string text, string complaint) =>
        Assert.Contains(
            complaint, Assert.Throws<InputException>(() => Read(Small + text + "\n").Tasks()).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("runs")]
    [InlineData("numbers")]
    public void A_task_gives_the_bits_of_a_training_of_its_own(string keep)
    {
        Sweep sweep = Sweep(Small + $"keys: {{seed: 1..3}}\ncollect: [loss, plateaus, 'predicted:plateaus.0.end']\nkeep: {keep}\n");
        Assert.True(sweep.Run(null, Token));
        Assert.Equal(3, sweep.Gather().Rows.Count);
        Assert.All(sweep.Tasks.Zip(sweep.Gather().Rows), pair =>
        {
            Run alone = Trainer.Train(pair.First.Experiment.Prepare(null, Token), new RunMemory(), null, Token);
            string[] expected = [Text(alone.Trajectory.Losses[^1]), Text(alone.Findings.Summary["plateaus"]!.Value), Text(End(alone))];
            Assert.Equal(string.Join(' ', expected), string.Join(' ', pair.Second.Skip(2)));
        });

        static string Text(double number) => number.ToString("R", CultureInfo.InvariantCulture);
        static double End(Run run) => ((RegressionStudy)run.Study).Prediction!.Plateaus[0].End;
    }

    [Fact]
    public void What_is_done_is_not_done_again_and_what_has_changed_is()
    {
        Sweep sweep = Sweep(Small + "keys: {seed: 1..4}\ncollect: [loss, seconds]\n");
        using var stop = new CancellationTokenSource();
        Assert.False(sweep.Run(new Calls(() => stop.Cancel()), stop.Token));
        int before = sweep.Gather().Rows.Count;
        Assert.InRange(before, 1, 3);
        Assert.True(sweep.Run(null, Token));
        IReadOnlyList<string>[] all = [.. sweep.Gather().Rows];
        Assert.Equal(4, all.Length);

        Sweep wider = Sweep(Small + "keys: {seed: 1..5}\ncollect: [loss, seconds]\n"); // seconds tell another run of the same task
        Assert.True(wider.Run(null, Token));
        Assert.Equal(all, wider.Gather().Rows.Take(4));
        Sweep other = Sweep(Longer + "keys: {seed: 1..5}\ncollect: [loss, seconds]\n");
        Assert.Empty(other.Gather().Rows);
    }

    [Fact]
    public void A_run_that_was_stopped_in_its_midst_goes_on_to_the_same_bits()
    {
        const string text = Lasting + "keys: {seed: [1]}\ncollect: [loss]\n";
        Sweep whole = Sweep(text, "whole"), broken = Sweep(text, "broken");
        Assert.True(whole.Run(null, Token));
        StopInItsMidst(broken);
        Assert.Empty(broken.Gather().Rows);
        Assert.True(broken.Run(null, Token));
        Assert.Equal(whole.Gather().Rows, broken.Gather().Rows);
    }

    [Fact]
    public void A_task_that_fails_is_noted_and_the_others_go_on()
    {
        Sweep sweep =
            Sweep("experiment: {dim: 2, data: 'sample:20', optimizer: gd, steps: 200}\nkeys: {learning-rate: [0.01, 1e6, 0.02]}\n");
        Assert.True(sweep.Run(null, Token));
        Assert.Equal(2, sweep.Gather().Rows.Count);
        Assert.Contains("diverge", sweep.Status().Tables[0].Rows[0][^1], StringComparison.Ordinal);
        Assert.Contains("2 of 3 tasks done, 1 failed, 0 open", sweep.Status().Sentences[0], StringComparison.Ordinal);
        Assert.Equal(1, sweep.ForgetFailed());
        Assert.Contains("1 open", sweep.Status().Sentences[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_that_was_cut_off_is_made_again()
    {
        Sweep sweep = Sweep(Small + "keys: {seed: 1..2}\n");
        Assert.True(sweep.Run(null, Token));
        IReadOnlyList<string>[] before = [.. sweep.Gather().Rows];
        string result = SweepFolder.Open(_folder["sweep"]).RunPath(sweep.Tasks[0]) + ".json";
        File.WriteAllText(result, File.ReadAllText(result)[..20]);
        Assert.Single(sweep.Gather().Rows);
        Assert.True(sweep.Run(null, Token));
        Assert.Equal(before, sweep.Gather().Rows);
    }

    [Fact]
    public void A_sweep_that_runs_is_left_alone()
    {
        Sweep sweep = Sweep(Small);
        using IDisposable taken = SweepFolder.Open(_folder["sweep"]).Lock();
        Assert.Contains(
            "is in use by process", Assert.Throws<InputException>(() => sweep.Run(null, Token)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run.json", 40)]
    [InlineData("resume.safetensors", 20)]
    [InlineData("resume.safetensors", -1)]
    [InlineData("metrics.csv", 30)]
    public void A_run_folder_that_is_damaged_is_set_aside_and_made_again(string file, int length)
    {
        const string text = Lasting + "keys: {seed: [1]}\ncollect: [loss]\n";
        Sweep whole = Sweep(text, "whole"), broken = Sweep(text, "broken");
        Assert.True(whole.Run(null, Token));
        string path = StopInItsMidst(broken);
        if (length < 0)
            File.Delete(Path.Combine(path, file));
        else
            File.WriteAllBytes(Path.Combine(path, file), File.ReadAllBytes(Path.Combine(path, file))[..length]);
        Assert.True(broken.Run(null, Token));
        Assert.Equal(whole.Gather().Rows, broken.Gather().Rows);
        Assert.True(Directory.Exists(path + ".damaged-1"));
        Assert.Contains(broken.Status().Sentences, sentence => sentence.Contains("was damaged and is set aside", StringComparison.Ordinal));
    }

    /// <summary>
    /// Of a run that has ended and was killed before its result was written: its table as it is cut would give other numbers.
    /// </summary>
    [Theory]
    [InlineData("metrics.csv", 0.6)]
    [InlineData("metrics.csv", 0)]
    [InlineData("checkpoints/step-00000000.safetensors", 0.5)]
    public void A_finished_run_that_was_cut_short_is_set_aside_and_made_again(string file, double share)
    {
        Sweep sweep = Sweep(Small + "keys: {seed: [1]}\ncollect: [loss]\n");
        Assert.True(sweep.Run(null, Token));
        IReadOnlyList<string>[] before = [.. sweep.Gather().Rows];
        SweepFolder folder = SweepFolder.Open(_folder["sweep"]);
        folder.Forget(sweep.Tasks[0]);
        string path = Path.Combine(folder.RunPath(sweep.Tasks[0]), file);
        byte[] bytes = File.ReadAllBytes(path);
        int head = Array.IndexOf(bytes, (byte)'\n') + 1;
        int length = Path.GetExtension(file) != ".csv" ? (int)(share * bytes.Length)
            : Array.IndexOf(bytes, (byte)'\n', head + (int)(share * (bytes.Length - head))) + 1; // whole lines, which nothing else tells
        File.WriteAllBytes(path, bytes[..length]);
        Assert.True(sweep.Run(null, Token));
        Assert.Equal(before, sweep.Gather().Rows);
        Assert.Contains(sweep.Status().Sentences, sentence => sentence.Contains("was damaged and is set aside", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kept_run_has_the_files_of_a_training_of_its_own()
    {
        Sweep sweep = Sweep(Small + "keys: {seed: [1]}\ncollect: [loss]\n");
        Assert.True(sweep.Run(null, Token));
        string kept = SweepFolder.Open(_folder["sweep"]).RunPath(sweep.Tasks[0]), alone = _folder["alone"];
        Run run = Trainer.Train(sweep.Tasks[0].Experiment.Prepare(null, Token), RunFolder.Create(alone), null, Token);
        Assert.Equal(FilesIn(alone), FilesIn(kept), StringComparer.Ordinal);
        Assert.All(FilesIn(alone).Where(file => file != "run.json"), file =>
            Assert.Equal(File.ReadAllBytes(Path.Combine(alone, file)), File.ReadAllBytes(Path.Combine(kept, file))));
        RunRecord record = RunFolder.Open(kept).ReadRecord();
        Assert.Equal(run.Findings.Summary, record.Findings);
        Assert.Equal(run.Record.Experiment, record.Experiment);
        Assert.Equal((run.Record.Step, run.Record.Loss, RunStatus.Finished), (record.Step, record.Loss, record.Status));

        static string[] FilesIn(string folder) =>
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(folder, file))
                .Order(StringComparer.Ordinal),
        ];
    }

    [Fact]
    public void What_diverges_leaves_how_far_it_came_where_runs_are_kept()
    {
        Sweep sweep = Sweep(
            "experiment: {dim: 2, data: 'sample:20', optimizer: gd, steps: 200}\nkeys: {learning-rate: [1e6]}\nkeep: runs\n");
        Assert.True(sweep.Run(null, Token));
        string run = SweepFolder.Open(_folder["sweep"]).RunPath(sweep.Tasks[0]);
        Assert.Equal(RunStatus.Diverged, RunFolder.Open(run).ReadRecord().Status);
    }

    [Fact]
    public void A_task_that_is_stopped_goes_on_to_the_same_bits_where_numbers_alone_are_kept_too()
    {
        string text = Lasting.Replace("8000", "60000", StringComparison.Ordinal) + "keys: {seed: [1]}\ncollect: [loss]\nkeep: numbers\n";
        Sweep whole = Sweep(text, "whole"), stopped = Sweep(text, "stopped");
        Assert.True(whole.Run(null, Token));
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        Assert.False(stopped.Run(null, stop.Token));
        string run = SweepFolder.Open(_folder["stopped"]).RunPath(stopped.Tasks[0]);
        long step = RunFolder.Open(run).ReadRecord().Step;
        Assert.InRange(step, 1, 59_999);
        Assert.True(stopped.Run(null, Token));
        Assert.Equal(whole.Gather().Rows, stopped.Gather().Rows);
        Assert.False(Directory.Exists(run));
    }

    [Fact]
    public void A_task_that_another_process_trains_stays_open()
    {
        Sweep sweep = Sweep(Small + "keys: {seed: 1..3}\n");
        Assert.True(sweep.Run(null, Token));
        SweepFolder folder = SweepFolder.Open(_folder["sweep"]);
        folder.Forget(sweep.Tasks[1]);
        using (RunFolder.Open(folder.RunPath(sweep.Tasks[1])).Lock())
            Assert.False(sweep.Run(null, Token));
        Assert.Contains("2 of 3 tasks done, 0 failed, 1 open", sweep.Status().Sentences[0], StringComparison.Ordinal);
        Assert.True(sweep.Run(null, Token));
    }

    [Fact]
    public void A_second_sweep_does_not_change_what_a_running_one_says()
    {
        Sweep first = Sweep(Small + "keys: {seed: 1..3}\n");
        using IDisposable running = SweepFolder.Open(_folder["sweep"]).Lock();
        Assert.Throws<InputException>(() => Sweep(Small + "keys: {seed: 7..9}\n"));
        Assert.Equal(first.Tasks.Select(task => task.Id), new Sweep(SweepFolder.Open(_folder["sweep"])).Tasks.Select(task => task.Id),
            StringComparer.Ordinal);
    }

    [Fact]
    public async Task Cancelling_stops_whoever_runs_it_and_the_next_run_goes_on()
    {
        Sweep sweep = Sweep(Lasting + "keys: {seed: 1..4}\ncollect: [loss]\n");
        Task<bool> running = Task.Run(() => sweep.Run(null, Token), Token);
        string lockFile = Path.Combine(_folder["sweep"], "lock");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(lockFile), TimeSpan.FromMinutes(1)));
        new Sweep(SweepFolder.Open(_folder["sweep"])).Cancel();
        Assert.False(await running);
        Assert.True(sweep.Run(null, Token));
    }

    [Fact]
    public void Nothing_is_told_by_the_clock()
    {
        Sweep sweep = Sweep(Small + "keys: {seed: 1..2}\ncollect: [loss, seconds]\n");
        Assert.True(sweep.Run(null, Token));
        IReadOnlyList<string>[] before = [.. sweep.Gather().Rows];
        foreach (string file in Directory.EnumerateFiles(_folder["."], "*", SearchOption.AllDirectories))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddYears(30)); // as if it had gone back since
        Assert.True(sweep.Run(null, Token));
        Assert.Equal(before, sweep.Gather().Rows);
    }

    [Fact]
    public void The_experiment_may_stand_in_a_file_beside_it()
    {
        File.WriteAllText(_folder["base.yaml"], Small["experiment: ".Length..]);
        string[] ids = [.. Read(Small + "keys: {seed: 1..2}\n").Tasks().Select(task => task.Id)];
        Sweep sweep = Sweep("experiment: base.yaml\nkeys: {seed: 1..2}\n");
        // The folder's copy names no file that is not beside it.
        Assert.Equal(ids, sweep.Tasks.Select(task => task.Id), StringComparer.Ordinal);
    }

    [Theory]
    [InlineData("lsos", "did you mean 'loss'?")]
    [InlineData("predicted:plateau.0.end", "did you mean 'plateaus'?")]
    [InlineData("predicted:plateaus.0", "is no number: it has")]
    public void What_there_is_not_to_collect_ends_the_sweep_at_once(string name, string complaint)
    {
        Sweep sweep = Sweep(Small + $"keys: {{seed: 1..50}}\ncollect: ['{name}']\n");
        Assert.Contains(complaint, Assert.Throws<InputException>(() => sweep.Run(null, Token)).Message, StringComparison.Ordinal);
        Assert.Empty(sweep.Gather().Rows);
    }

    /// <summary>Begins the first task of a sweep in the folder <c>broken</c>.</summary>
    private string StopInItsMidst(Sweep broken)
    {
        SweepTask task = broken.Tasks[0];
        using var stop = new CancellationTokenSource();
        string path = SweepFolder.Open(_folder["broken"]).RunPath(task);
        Trainer.Train(task.Experiment.Prepare(null, Token), RunFolder.Create(path), new Calls(() => stop.Cancel()), stop.Token);
        Assert.Equal(RunStatus.Interrupted, RunFolder.Open(path).ReadRecord().Status);
        return path;
    }

    private SweepSpec Read(string text)
    {
        File.WriteAllText(_folder["sweep.yaml"], text);
        return SweepFile.Read(_folder["sweep.yaml"]);
    }

    private Sweep Sweep(string text, string folder = "sweep")
    {
        File.WriteAllText(_folder["sweep.yaml"], text);
        return new(SweepFolder.Create(_folder[folder], _folder["sweep.yaml"]));
    }

    /// <summary>Does something whenever it is told of progress, on the spot.</summary>
    private sealed class Calls(Action action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action();
    }
}
