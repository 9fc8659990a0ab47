using System.Text.RegularExpressions;

namespace Staircase.Cli.Tests;

/// <summary>Commands in a terminal, by a real pseudo-terminal, and in a pipe.</summary>
public sealed partial class TerminalTests
{
    private static readonly string[] Commands =
    [
        "predict --dim 5 --init 0.02", "predict --optimizer gd --learning-rate 0.05", "compare run", "reproduce list",
        "reproduce landscape --quick --out figures", "predict --kind vector-regression --epochs 50", "analyze run", "kinds",
        "cite head-race", "train --help", "train --kind attention-only --help",
    ];

    [Theory]
    [InlineData(60)]
    [InlineData(80)]
    [InlineData(120)]
    public void No_line_is_wider_than_the_terminal_and_nothing_is_cut(int width)
    {
        using var folder = new TemporaryFolder();
        Train(folder);
        string[] outputs = [.. Commands.Select(command => InTerminal(folder, width, command))];
        for (int i = 0; i < Commands.Length; i++)
        {
            Assert.All(outputs[i].Split('\n'), line => Assert.True(line.Length <= width, $"{Commands[i]}: {line.Length} columns: {line}"));
            if (!Commands[i].EndsWith("--help", StringComparison.Ordinal)) // which has "1 … N" of its own
                Assert.DoesNotContain('…', outputs[i]);
        }

        Assert.Contains("doubt", outputs[0], StringComparison.Ordinal);
        Assert.Contains("closest algorithm", Words(outputs[2]), StringComparison.Ordinal);
        Assert.Equal(12, Regex.Count(outputs[4], @"  holds$", RegexOptions.Multiline, TimeSpan.FromSeconds(5)));
        foreach (Lab.IFigure figure in Lab.FigureCatalogue.All)
            Assert.Contains(figure.Name, outputs[3], StringComparison.Ordinal);

        // A pipe has a line a row, and the same words; COLUMNS gives it a width.
        string piped = StaircaseProcess.Run(folder.Path, "compare", "run").Succeeded().Out;
        string heads = Assert.Single(piped.Split('\n'), line => line.StartsWith("plateau learned", StringComparison.Ordinal));
        Assert.EndsWith("doubt", heads, StringComparison.Ordinal);
        Outcome narrow = StaircaseProcess.RunWith(folder.Path, "COLUMNS", $"{width}", "compare", "run").Succeeded();
        Assert.All(narrow.Out.Split('\n'), line => Assert.True(line.Length <= width, line));
    }

    /// <summary>
    /// What a training shows while it runs. Each is too long for any machine, and is stopped: a fast one would be done before it shows.
    /// </summary>
    [Theory]
    [InlineData("--kind modular-addition --modulus 23 --width 16 --heads 2 --hidden 32 --steps 300000 --record every:10", "test accuracy ")]
    [InlineData("--kind attention-only --width 8 --heads 2 --context 16 --batch 4 --steps 150000", "in-context score ")]
    [InlineData("--kind vector-regression --tasks diagonal:200 --epochs 400000 --trainings 2", "of 4 modes learned")]
    [InlineData("--optimizer gd --learning-rate 1e-5 --steps 40000000", "plateau 1 of 5")]
    public void Progress_shows_what_one_waits_for(string options, string shown)
    {
        using var folder = new TemporaryFolder();
        string line = $"timeout -s INT 8 script -qec 'stty cols 80 rows 30; $STAIRCASE train {options} --out run' /dev/null";
        Outcome outcome = StaircaseProcess.Shell(folder.Path, $"export TERM=xterm; {line}; true");
        string[] lines = Plain(outcome.Out).Split('\n');
        Assert.Contains(lines, line => Regex.IsMatch(
            line, $"{Regex.Escape(shown)}.*[0-9]% ", RegexOptions.None, TimeSpan.FromSeconds(5)) && line.TrimEnd().Length <= 80);
    }

    /// <summary>Whatever letters the system writes by itself.</summary>
    [Theory]
    [InlineData("C")]
    [InlineData("de_DE.ISO-8859-1")]
    [InlineData("ja_JP.SJIS")]
    public void Letters_beyond_ASCII_are_UTF_8(string locale)
    {
        using var folder = new TemporaryFolder();
        string written = StaircaseProcess.RunWith(folder.Path, "LC_ALL", locale, "predict").Succeeded().Out;
        Assert.Contains("2 → 1", written, StringComparison.Ordinal);
        Assert.Contains("∞", written, StringComparison.Ordinal);
    }

    private static void Train(TemporaryFolder folder) => StaircaseProcess.Run(
        folder.Path, "train", "--dim", "3", "--init", "0.05", "--checkpoints", "every:100", "--out", "run").Succeeded();

    private static string InTerminal(TemporaryFolder folder, int width, string command)
    {
        string line = $"export TERM=xterm; script -qec 'stty cols {width} rows 40; $STAIRCASE {command} 2>errors' /dev/null";
        return Plain(StaircaseProcess.Shell(folder.Path, line).Succeeded().Out);
    }

    private static string Plain(string text) => Control().Replace(text, "").Replace("\r", "", StringComparison.Ordinal);

    private static string Words(string text) => string.Join(' ', text.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries));

    [GeneratedRegex("\u001b(\\[[0-9;?]*[A-Za-z]|[=>])", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Control();
}
