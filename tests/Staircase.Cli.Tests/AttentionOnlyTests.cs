namespace Staircase.Cli.Tests;

/// <summary>Experiments of kind attention-only on the command line.</summary>
[Collection(InProcess.Name)]
public sealed class AttentionOnlyTests
{
    private static readonly string[] Short =
        "--kind attention-only --width 8 --heads 2 --context 16 --batch 4 --record every:5 --checkpoints every:20".Split(' ');

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("a\0b", "is binary", "byte 1")]
    [InlineData("short", "5 tokens", "at least 101")]
    public void A_text_that_cannot_be_learned_says_why(string text, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", "--kind", "attention-only", "--text", folder.Write("text.txt", text), "--out", folder["run"])
            .IsRefused([.. mentions, "text.txt"]);
    }

    /// <summary>The same experiment as a file and as options.</summary>
    [Fact]
    public void A_file_of_choices_trains_the_same_run()
    {
        using var folder = new TemporaryFolder();
        string path = folder.Write(
            "x.yaml",
            "kind: attention-only\nwidth: 8\nheads: 2\ncontext: 16\nbatch: 4\nrecord: every:5\ncheckpoints: every:20\nsteps: 25\n");
        InProcess.Run("train", path, "--out", folder["file"]).Succeeded();
        InProcess.Run(["train", .. Short, "--steps", "25", "--out", folder["options"]]).Succeeded();
        Assert.Equal(File.ReadAllText(folder["options/metrics.csv"]), File.ReadAllText(folder["file/metrics.csv"]));
    }
}
