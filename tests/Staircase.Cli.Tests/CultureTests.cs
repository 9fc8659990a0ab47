using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Staircase.Cli.Tests;

/// <summary>
/// A host of another culture: the program itself runs without cultures, but its assemblies are used in processes that have them. Text for
/// machines
/// and for people is the same everywhere, and files are read as they were written.
/// </summary>
[Collection(InProcess.Name)]
public class CultureTests
{
    private static readonly CultureInfo Foreign = Comma();

    [Theory]
    [InlineData("predict --init 0.02")]
    [InlineData("predict --init 0.02 --json")]
    [InlineData("predict --kind vector-regression --json")]
    [InlineData("predict --kind attention-only --vocabulary 3 --context 8 --json")]
    [InlineData("predict --spectrum 0.5,0.25 --learning-rate 0.001 --optimizer momentum")]
    [InlineData("train --help")]
    [InlineData("explain plateau")]
    [InlineData("cite --json")]
    [InlineData("kinds --json")]
    [InlineData("reproduce list --json")]
    public void Every_text_is_the_same(string line)
    {
        string[] args = line.Split(' ');
        string here = InProcess.Run(args).Succeeded().Out;
        Assert.Equal(here, Abroad(() => InProcess.Run(args)).Succeeded().Out);
    }

    [Theory]
    [InlineData("train --dim 3 --init 0.02 --checkpoints every:200")]
    [InlineData("train --kind vector-regression --epochs 20 --tasks diagonal:20 --trainings 2")]
    [InlineData("train --kind modular-addition --modulus 5 --width 4 --heads 1 --hidden 8 --steps 20 --weight-decay 0.5")]
    [InlineData("train --kind attention-only --width 8 --heads 2 --context 16 --batch 2 --steps 20 --learning-rate 0.003")]
    public void A_run_has_the_same_files_and_is_read_in_both(string line)
    {
        using var folder = new TemporaryFolder();
        InProcess.Run([.. line.Split(' '), "--out", folder["here"]]).Succeeded();
        Abroad(() => InProcess.Run([.. line.Split(' '), "--out", folder["abroad"]])).Succeeded();
        string[] files = Names("here");
        Assert.Equal(files, Names("abroad"));
        foreach (string file in files.Where(file => Path.GetFileName(file) is not ("run.json" or "lock")))
            Assert.Equal(Text("here", file), Text("abroad", file));

        // What is computed from each in the other's culture, but for the name of the folder.
        string[][] views = [["compare", "RUN"], ["compare", "RUN", "--json"], ["explain", "RUN"]];
        foreach (string[] view in views)
        {
            Assert.Equal(
                View("here", view, InProcess.Run).Out, View("here", view, args => Abroad(() => InProcess.Run(args))).Out);
            Assert.Equal(View("abroad", view, InProcess.Run).Error, View("abroad", view, args => Abroad(() => InProcess.Run(args))).Error);
        }

        string[] Names(string run) =>
            [.. Directory.EnumerateFiles(folder[run], "*", SearchOption.AllDirectories)
                .Select(file => Path.GetRelativePath(folder[run], file)).Order(StringComparer.Ordinal)];

        // Byte by byte, but for the run's name and how long it took.
        string Text(string run, string file) => Regex.Replace(
            File.ReadAllText(Path.Combine(folder[run], file), Encoding.Latin1).Replace("abroad", "here", StringComparison.Ordinal),
            @"in [0-9.e-]+ s\b", "", RegexOptions.None, TimeSpan.FromSeconds(10));

        Outcome View(string run, string[] view, Func<string[], Outcome> by) =>
            by([.. view.Select(word => word == "RUN" ? folder[run] : word)]).Succeeded();
    }

    [Fact]
    public void An_experiment_file_with_lines_of_Windows_and_numbers_with_points_is_read()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("e.yaml", "dim: 3\r\ninit: 0.02\r\nspectrum: 0.5,0.3,0.2\r\nlearning-rate: 1.5e-3\r\noptimizer: gd\r\n");
        string here = InProcess.Run("predict", file, "--json").Succeeded().Out;
        Assert.Equal(here, Abroad(() => InProcess.Run("predict", file, "--json")).Succeeded().Out);
        Assert.Contains("0.0015", here, StringComparison.Ordinal);
    }

    private static Outcome Abroad(Func<Outcome> run)
    {
        CultureInfo current = CultureInfo.CurrentCulture;
        CultureInfo? others = CultureInfo.DefaultThreadCurrentCulture;
        (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (Foreign, Foreign);
        try
        {
            return run();
        }
        finally
        {
            (CultureInfo.CurrentCulture, CultureInfo.DefaultThreadCurrentCulture) = (current, others);
        }
    }

    /// <summary>
    /// Decimal commas, points between thousands, a minus sign that is no hyphen: what numbers look like in Germany and Sweden.
    /// </summary>
    private static CultureInfo Comma()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = culture.NumberFormat.PercentDecimalSeparator = ",";
        culture.NumberFormat.NumberGroupSeparator = culture.NumberFormat.PercentGroupSeparator = ".";
        culture.NumberFormat.NegativeSign = "−";
        return culture;
    }
}
