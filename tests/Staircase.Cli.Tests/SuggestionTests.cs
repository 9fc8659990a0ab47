using Staircase.Lab;

namespace Staircase.Cli.Tests;

/// <summary>Letters of papers and words of other programs are answered with the key that was meant.</summary>
[Collection(InProcess.Name)]
public sealed class SuggestionTests
{
    [Theory]
    [InlineData("train --lr 0.1", "--learning-rate")]
    [InlineData("train --kind vector-regression --lr 0.1", "--epoch-rate")]
    [InlineData("train --wd 0.1", "--weight-decay")]
    [InlineData("train --p 59", "--modulus")]
    [InlineData("train --kind modular-addition --p 59", "--modulus")]
    [InlineData("train --s 3", "--seed")]
    [InlineData("train --N 31", "--context")]
    [InlineData("train --D 4", "--dim")]
    [InlineData("train --H 4", "--heads")]
    [InlineData("train --R 2", "--rank")]
    [InlineData("train --d 4", "--dim")]
    [InlineData("train --eta 0.1", "--learning-rate")]
    [InlineData("train --beta1 0.9", "--momentum")]
    [InlineData("train --beta2 0.9", "--second-decay")]
    [InlineData("train --learning_rate 0.1", "--learning-rate")]
    [InlineData("train --Seed 3", "--seed")]
    [InlineData("train --d_model 64", "--width")]
    [InlineData("train --n_layers 2", "--layers")]
    [InlineData("train --kind attention-only --batch_size 8", "--batch")]
    [InlineData("train --jobs 4", "--threads")]
    [InlineData("train -o x", "--out")]
    [InlineData("train --kind modular-addition --frac 0.5", "--training-fraction")]
    [InlineData("train --covariance 1,2", "--spectrum")]
    [InlineData("train --resume --lr 1", "--learning-rate")]
    [InlineData("train --whiten --lr 1", "--learning-rate")]
    [InlineData("analyze x --num-heads 4", "--heads")]
    public void The_key_that_was_meant_is_named(string line, string meant) =>
        InProcess.Run(line.Split(' ')).IsRefused("unknown option", $"did you mean '{meant}'");

    [Fact]
    public void A_word_like_no_other_is_one_short_line()
    {
        foreach (string command in (string[])["train", "predict", "export", "analyze", "reproduce"])
        {
            Outcome outcome = InProcess.Run(command, "--zzzzzzzz", "1");
            outcome.IsRefused("unknown option '--zzzzzzzz'", $"staircase {command} --help");
            Assert.InRange(outcome.Error.Length, 1, 100);
        }
    }

    /// <summary>Every synonym leads to a key that there is.</summary>
    [Fact]
    public void A_key_in_a_file_is_answered_the_same_way()
    {
        using var folder = new TemporaryFolder();
        InProcess.Run("train", folder.Write("a.yaml", "dim: 3\nlr: 0.1\n")).IsRefused("line 2", "'lr'", "did you mean 'learning-rate'");
        InProcess.Run("train", folder.Write("b.yaml", "kind: modular-addition\np: 59\n")).IsRefused("did you mean 'modulus'");
        InProcess.Run("train", folder.Write("c.yaml", "zzzzzzzz: 1\n")).IsRefused("staircase train --kind regression --help");
    }

    [Fact]
    public void A_switch_takes_no_value_in_any_help()
    {
        foreach (string command in (string[])["train", "predict", "export", "analyze", "reproduce", "report", "compare"])
        {
            string help = InProcess.Run(command, "--help").Succeeded().Out;
            foreach (string name in (string[])["whiten", "centre", "softmax", "vary-context", "resume", "json", "quick", "mapped"])
                Assert.DoesNotContain($"<{name}>", help, StringComparison.Ordinal);
        }

        Assert.Contains("--whiten  ", InProcess.Run("train", "--help").Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train --seed s", "--seed", "whole number", "'s'")]
    [InlineData("train --threads none", "--threads", "'none'")]
    [InlineData("train --threads 0", "--threads", "'0'")]
    [InlineData("train --stop-when loss", "--stop-when", "'loss < 0.01'")]
    [InlineData("train --stop-when los<1 --until 5", "--stop-when", "'los'", "did you mean 'loss'")]
    [InlineData("train --kind modular-addition --stop-when accuracy>1", "--stop-when", "test_accuracy")]
    public void A_value_that_cannot_be_read_is_named(string line, params string[] mentions) =>
        InProcess.Run(line.Split(' ')).IsRefused(mentions);
}
