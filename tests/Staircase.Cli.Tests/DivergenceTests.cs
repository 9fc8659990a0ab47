namespace Staircase.Cli.Tests;

/// <summary>
/// Trainings that leave the finite numbers, in every command that makes or reads such a run: one line each time, never a stack trace.
/// </summary>
[Collection(InProcess.Name)]
public sealed class DivergenceTests
{
    private const string Small = "--width 8 --heads 2 --optimizer gd --learning-rate 1e12 --steps 100";

    [Theory]
    [InlineData("--init 1e60 --until 1", "Lower --init")]
    [InlineData("--init 1e60 --until 1 --attention merged", "Lower --init")]
    [InlineData("--softmax --data sample:50 --init 1e200 --until 1", "Lower --init")]
    [InlineData("--kind vector-regression --context 10 --tasks diagonal:20 --epoch-rate 500 --epochs 10", "Lower --epoch-rate")]
    public void What_diverges_before_a_second_row_is_refused_everywhere(string options, string advice)
    {
        using var folder = new TemporaryFolder();
        string run = Diverged(folder, options, advice);
        InProcess.Run("compare", run).IsRefused(run, "recorded");
        InProcess.Run("report", run).IsRefused(run, "recorded");
    }

    [Theory]
    [InlineData("--optimizer gd --learning-rate 5 --steps 3000", "--learning-rate is 5")]
    [InlineData("--optimizer momentum --learning-rate 5 --steps 3000 --data online:20", "--learning-rate is 5")]
    [InlineData("--kind modular-addition --modulus 7 --hidden 16 " + Small, "Lower --learning-rate")]
    [InlineData("--kind attention-only --context 16 --batch 4 " + Small, "Lower --learning-rate")]
    public void What_diverges_later_can_be_looked_at(string options, string advice)
    {
        using var folder = new TemporaryFolder();
        string run = Diverged(folder, options, advice);
        Assert.Equal("diverged", InProcess.Run("compare", run, "--json").Json.GetProperty("status").GetString());
        InProcess.Run("report", run).Succeeded();
        Assert.Contains("This run is diverged", File.ReadAllText(Path.Combine(run, "report.html")), StringComparison.Ordinal);
    }

    private static string Diverged(TemporaryFolder folder, string options, string advice)
    {
        string run = folder["run"], record = Path.Combine(run, "run.json");
        InProcess.Run(["train", .. options.Split(' '), "--out", run]).IsRefused("diverged", advice);
        Assert.Contains("\"status\": \"diverged\"", File.ReadAllText(record), StringComparison.Ordinal);

        // It diverges again: from its start, as nothing was saved within the first second.
        Outcome resumed = InProcess.Run("train", "--resume", "--out", run);
        Assert.True(resumed is { Code: ExitCode.BadInput, Out: "" }, resumed.ToString());
        Assert.Contains(advice, resumed.Error, StringComparison.Ordinal);
        return run;
    }
}
