using System.Text.Json;
using Staircase.Lab;

namespace Staircase.Cli.Tests;

/// <summary><c>staircase explain</c>: words and runs.</summary>
[Collection(InProcess.Name)]
public sealed class ExplainTests
{
    /// <summary>From small weights the race is clear, so that the heads and times of a prediction are those of the sentences.</summary>
    [Theory]
    [InlineData("--dim 4 --init 0.001 --seed 3")]
    [InlineData("--dim 3 --init 0.001 --seed 8 --spectrum geometric:0.5")]
    [InlineData("--dim 3 --init 0.002 --seed 5 --basis random")]
    public void A_staircase_is_told_with_its_heads_and_numbers(string options)
    {
        using var folder = new TemporaryFolder();
        string[] experiment = options.Split(' ');
        JsonElement[] drops = [.. InProcess.Run(["predict", .. experiment, "--json"]).Json.GetProperty("prediction").GetProperty("drops")
            .EnumerateArray()];
        InProcess.Run(["train", .. experiment, "--checkpoints", "every:10", "--out", folder["run"]]).Succeeded();
        string[] told = [.. InProcess.Run("explain", folder["run"], "--json").Json.GetProperty("explanation").EnumerateArray()
            .Select(text => text.GetString()!).Where(text => text.StartsWith("Plateau", StringComparison.Ordinal))];
        Assert.Equal(drops.Length + 1, told.Length);
        for (int i = 0; i < drops.Length; i++)
        {
            Assert.Equal(JsonValueKind.Null, drops[i].GetProperty("nearTie").ValueKind);
            int head = drops[i].GetProperty("head").GetInt32(), component = drops[i].GetProperty("components")[0].GetInt32();
            Assert.Contains($"Head {head}, as predicted, did it", told[i], StringComparison.Ordinal);
            Assert.Contains($"the strength of component {component} gained", told[i], StringComparison.Ordinal);
            double gap = Percent(told[i], "it came at ");
            Assert.InRange(Math.Abs(gap), 0, 1);
        }

        Assert.Contains("least squares in context", told[^1], StringComparison.Ordinal);
        string printed = InProcess.Run("explain", folder["run"]).Succeeded().Out;
        Assert.All(told, text => Assert.Contains(text, printed, StringComparison.Ordinal));

        // "it came at 1,061.3 (+0.02 %)"
        static double Percent(string text, string before)
        {
            string rest = text[(text.IndexOf(before, StringComparison.Ordinal) + before.Length)..];
            return double.Parse(rest[(rest.IndexOf('(', StringComparison.Ordinal) + 1)..rest.IndexOf(" %", StringComparison.Ordinal)]);
        }
    }

    [Theory]
    [InlineData("--attention merged", "all heads grow as one", "at once")]
    [InlineData("--softmax --data sample:60 --until 5", "softmax", "Plateau 1")]
    [InlineData("--in-context-fraction 0.5 --data sample:60 --until 5", "no theory", "in-weight")]
    [InlineData("--kind vector-regression --tasks diagonal:50 --epochs 60", "Mode 4", "closed form")]
    [InlineData(
        "--kind modular-addition --modulus 7 --training-fraction 0.5 --width 8 --heads 2 --hidden 16 --steps 200", "training pairs")]
    [InlineData("--kind attention-only --width 8 --heads 2 --context 16 --batch 4 --steps 60", "head of layer|head 0|head 1", "attends")]
    public void A_run_of_every_kind_is_told(string options, params string[] mentions)
    {
        using var folder = new TemporaryFolder();
        InProcess.Run(["train", .. options.Split(' '), "--out", folder["run"]]).Succeeded();
        string told = InProcess.Run("explain", folder["run"]).Succeeded().Out;
        Assert.All(mentions, mention => Assert.Contains(mention.Split('|'), word => told.Contains(word, StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_word_is_explained_by_itself_and_by_its_other_names()
    {
        Assert.Equal(Glossary.All.Count, Glossary.All.Select(entry => entry.Word).Distinct(StringComparer.Ordinal).Count());
        string all = InProcess.Run("explain").Succeeded().Out;
        foreach (GlossaryEntry entry in Glossary.All)
        {
            Assert.Contains(entry.Word, all, StringComparison.Ordinal);
            foreach (string word in (string[])[entry.Word, .. entry.Also])
                Assert.Contains(entry.Meaning, InProcess.Run("explain", word).Succeeded().Out, StringComparison.Ordinal);
        }
    }

    /// <summary>Headings of the tables are words that can be asked for.</summary>
    [Theory]
    [InlineData("plateau")]
    [InlineData("learned")]
    [InlineData("doubt")]
    [InlineData("near tie")]
    [InlineData("Drops")]
    [InlineData("closest algorithm")]
    [InlineData("relative MSE")]
    [InlineData("false-alarm rate")]
    [InlineData("effective rank")]
    public void A_heading_of_a_table_is_explained(string word) => InProcess.Run("explain", word).Succeeded();

    [Fact]
    public void What_is_neither_a_word_nor_a_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("explain", "platau").IsRefused("'platau'", "did you mean 'plateau'");
        InProcess.Run("explain", "qqqqqqqqqqq").IsRefused("staircase explain");
        InProcess.Run("explain", folder.Path).IsRefused("run.json is missing");
    }
}
