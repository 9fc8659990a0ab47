namespace Staircase.Cli.Tests;

/// <summary><c>staircase reproduce</c>: what its folder keeps, and drawings of one's own setting.</summary>
public sealed class ReproduceTests
{
    [Fact]
    public void Earlier_checks_are_kept_and_what_was_interrupted_goes_on_figure_by_figure()
    {
        using var folder = new TemporaryFolder();
        StaircaseProcess.Run(folder.Path, "reproduce", "context-lengths", "--quick").Succeeded();
        using (StaircaseProcess process = StaircaseProcess.Start(folder.Path, "reproduce", "landscape", "grokking", "--quick"))
        {
            while (!File.Exists(folder["figures/landscape.json"]))
            {
                Assert.False(process.HasExited, "It ended by itself.");
                Thread.Sleep(10);
            }

            process.Signal("INT");
            Outcome stopped = process.Wait();
            Assert.True(stopped.Code == ExitCode.Interrupted, stopped.ToString());
            Assert.Contains(
                "staircase reproduce landscape grokking --quick --out figures --resume", stopped.Error, StringComparison.Ordinal);
        }

        Assert.Equal(["landscape", "context-lengths"], Parts(folder), StringComparer.Ordinal);
        DateTime written = File.GetLastWriteTimeUtc(folder["figures/landscape.json"]);
        Outcome resumed = StaircaseProcess.Run(
            folder.Path, "reproduce", "landscape", "conservation", "--quick", "--resume").Succeeded();
        Assert.DoesNotContain("landscape:", resumed.Out, StringComparison.Ordinal);
        Assert.Contains("conservation:", resumed.Out, StringComparison.Ordinal);
        Assert.Equal(written, File.GetLastWriteTimeUtc(folder["figures/landscape.json"]));
        Assert.Equal(["landscape", "conservation", "context-lengths"], Parts(folder), StringComparer.Ordinal);

        // The published setting is another thing than the quick one.
        Assert.Contains(
            "landscape:", StaircaseProcess.Run(folder.Path, "reproduce", "landscape", "--resume").Succeeded().Out,
            StringComparison.Ordinal);
        Assert.Contains(
            "the commands that stand with the figures", File.ReadAllText(folder["figures/parity.md"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_figure_is_drawn_of_ones_own_setting_and_marked()
    {
        using var folder = new TemporaryFolder();
        string[] line = "reproduce separate-staircase --spectrum 1,.5,.25 --data sample:2000 --seeds 3..4".Split(' ');
        Outcome outcome = StaircaseProcess.Run(folder.Path, line);
        Assert.True(outcome.Code is ExitCode.Success or ExitCode.CheckFailed, outcome.ToString()); // a claim may fail of another setting
        Assert.Contains("Not the published setting", outcome.Out, StringComparison.Ordinal);
        Assert.Contains("1 2 3; 1 2 3", outcome.Out, StringComparison.Ordinal);
        Assert.False(File.Exists(folder["figures/parity.md"]));
        Assert.SkipUnless(Lab.ReportFile.IsAvailable, "built without Node");
        string page = File.ReadAllText(folder["figures/separate-staircase-own.html"]);
        Assert.Contains(
            "staircase reproduce separate-staircase --spectrum 1,.5,.25 --data sample:2000 --seeds 3,4", page, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("reproduce landscape --dim 3", "merged-drop", "separate-staircase")]
    [InlineData("reproduce all --seeds 1..2", "merged-drop", "separate-staircase")]
    [InlineData("reproduce separate-staircase --seeds 5..1", "--seeds", "5..1")]
    [InlineData("reproduce separate-staircase --modulus 7", "unknown option '--modulus'")]
    [InlineData("reproduce separate-staircase --heads 0", "--heads", "not 0")]
    [InlineData("reproduce merged-drop --in-context-fraction 0.5", "no theory|theory does not say")]
    public void A_setting_that_cannot_be_drawn_is_refused(string line, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        Outcome outcome = StaircaseProcess.Run(folder.Path, line.Split(' '));
        outcome.IsRefused();
        Assert.All(mentions, mention => Assert.Contains(
            mention.Split('|'), word => outcome.Error.Contains(word, StringComparison.Ordinal)));
    }

    private static string[] Parts(TemporaryFolder folder) =>
        [.. File.ReadAllText(folder["figures/parity.md"]).Split("\n## ").Skip(1).Select(part => part.Split('\n')[0])];
}
