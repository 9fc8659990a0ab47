using System.Globalization;

namespace Staircase.Lab.Tests;

public sealed class SweepTests : IDisposable
{
    private const string Small = "experiment: {attention: merged, dim: 2, heads: 2, init: 0.1, until: 20}\n";

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
        Assert.Equal<string>(ids, Ids("experiment: {until: 20, init: 0.1, heads: 2, dim: 2, attention: merged, seed: 5}\nkeys: {seed: 1..2}\n"));
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
    [InlineData("- a", "not YAML")]
    public void A_mistake_is_named_before_anything_runs(string text, string complaint) =>
        Assert.Contains(complaint, Assert.Throws<InputException>(() => Read(Small + text + "\n").Tasks()).Message, StringComparison.Ordinal);

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
        const string text = "experiment: {kind: modular-addition, modulus: 5, width: 16, hidden: 32, heads: 2, steps: 8000, checkpoints: every:200}\n"
            + "keys: {seed: [1]}\ncollect: [loss]\n";
        Sweep whole = Sweep(text, "whole"), broken = Sweep(text, "broken");
        Assert.True(whole.Run(null, Token));
        SweepTask task = broken.Tasks[0];
        using var stop = new CancellationTokenSource();
        string path = SweepFolder.Open(_folder["broken"]).RunPath(task);
        Trainer.Train(task.Experiment.Prepare(null, Token), RunFolder.Create(path), new Calls(() => stop.Cancel()), stop.Token);
        Assert.Equal(RunStatus.Interrupted, RunFolder.Open(path).ReadRecord().Status);
        Assert.Empty(broken.Gather().Rows);
        Assert.True(broken.Run(null, Token));
        Assert.Equal(whole.Gather().Rows, broken.Gather().Rows);
    }

    [Fact]
    public void A_task_that_fails_is_noted_and_the_others_go_on()
    {
        Sweep sweep = Sweep("experiment: {dim: 2, data: 'sample:20', optimizer: gd, steps: 200}\nkeys: {learning-rate: [0.01, 1e6, 0.02]}\n");
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
        Assert.Contains("is in use by process", Assert.Throws<InputException>(() => sweep.Run(null, Token)).Message, StringComparison.Ordinal);
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
