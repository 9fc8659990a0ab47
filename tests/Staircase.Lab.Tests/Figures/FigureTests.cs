namespace Staircase.Lab.Tests;

/// <summary>Every figure: its quick preset holds, and the page of parity says what the published setting gives.</summary>
public class FigureTests
{
    /// <summary>
    /// Figures whose published setting takes a minute or, of <c>attention-only</c> and <c>grokking</c>, a quarter of an hour:
    /// <c>STAIRCASE_ALL_FIGURES=1 dotnet test</c> checks their parts of the page, too.
    /// </summary>
    private static readonly string[] Long =
    [
        "attention-only", "emergence-time", "escape-time", "finite-context", "grokking", "grokking-time", "iid-tasks", "large-steps",
        "misaligned", "mixture", "mode-conservation", "prediction-error", "softmax", "softmax-reduced",
    ];

    public static TheoryData<string> Names => [.. FigureCatalogue.All.Select(figure => figure.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_quick_figure_draws_and_no_claim_fails(string name)
    {
        Assert.SkipWhen(
            name is "grokking-time" or "emergence-time"
                && Environment.GetEnvironmentVariable("STAIRCASE_ALL_FIGURES") != "1",
            "It is a sweep of trainings of transformers, minutes long even if quick; set STAIRCASE_ALL_FIGURES=1 to draw it here, too.");
        IFigure figure = FigureCatalogue.Named([name])[0];
        ReportSection section = figure.Reproduce(new Bench(Quick: true, null, TestContext.Current.CancellationToken));
        Assert.Equal(name, section.Id);
        Assert.NotEmpty(figure.Results);
        Assert.NotEmpty(section.Plots);
        Assert.All(section.Plots, plot => Assert.All(plot.Series, series =>
        {
            Assert.True(
                series.X.Length == series.Y.Length && series.X.Length > 0,
                $"{plot.Id}, {series.Name}: {series.X.Length} places, {series.Y.Length} values");
        }));
        Assert.Equal(section.Plots.Count, section.Plots.Select(plot => plot.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.NotEmpty(section.Checks);
        Assert.Equal(section.Checks.Count, section.Checks.Select(check => check.Claim).Distinct(StringComparer.Ordinal).Count());
        Assert.All(section.Checks, check =>
            Assert.False(check.IsFailure, $"{check.Claim}: measured {check.Measured}, expected {check.Expected}"));
    }

    /// <summary>
    /// The measured column is compared where it was written on vectors as wide as here: sums over vectors of another width round
    /// differently.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void The_page_of_parity_is_current(string name)
    {
        Assert.SkipWhen(
            Long.Contains(name, StringComparer.Ordinal) && Environment.GetEnvironmentVariable("STAIRCASE_ALL_FIGURES") != "1",
            "Its published setting takes a minute or more; set STAIRCASE_ALL_FIGURES=1 to check this part of the page.");
        IFigure figure = FigureCatalogue.Named([name])[0];
        ReportSection section = figure.Reproduce(new Bench(Quick: false, null, TestContext.Current.CancellationToken));
        string part = ParityPage.Part(KeptFigure.Of(figure, section, quick: false));
        string page = Page();
        bool sameBits = page.Contains($"{Kernels.KernelHardware.VectorBits}-bit vectors", StringComparison.Ordinal);
        string written = page.Split("\n## ").FirstOrDefault(text => text.StartsWith($"{name}\n", StringComparison.Ordinal)) ?? "";
        Assert.Equal(
            sameBits ? part.Trim() : WithoutMeasured(part).Trim(),
            sameBits ? $"## {written}".Trim() : WithoutMeasured($"## {written}").Trim());
    }

    [Fact]
    public void Every_figure_is_listed_once_under_a_name_of_its_own()
    {
        IEnumerable<Type> written =
            typeof(IFigure).Assembly.GetTypes().Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(IFigure)));
        Assert.Equal(
            written.Select(type => type.Name).Order(StringComparer.Ordinal),
            FigureCatalogue.All.Select(figure => figure.GetType().Name).Order(StringComparer.Ordinal),
            StringComparer.Ordinal);
        Assert.Equal(FigureCatalogue.All.Count, FigureCatalogue.All.Select(figure => figure.Name).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void The_page_of_parity_has_the_order_of_the_list() => Assert.Equal(
        FigureCatalogue.All.Select(figure => figure.Name),
        Page().Split("\n## ").Skip(1).Select(part => part.Split('\n')[0]),
        StringComparer.Ordinal);

    [Fact]
    public void A_name_that_is_no_figure_is_told_the_nearest()
    {
        var exception = Assert.Throws<InputException>(() => FigureCatalogue.Named(["merged-dorp"]));
        Assert.Contains("merged-drop", exception.Message, StringComparison.Ordinal);
    }

    private static string Page() => File.ReadAllText(Path.Combine(Repository.Folder, "docs", "parity.md")).ReplaceLineEndings("\n");

    private static string WithoutMeasured(string part) => string.Join('\n', part.Split('\n').Select(line =>
    {
        string[] cells = line.Split(" | ");
        return cells.Length == 5 ? string.Join(" | ", cells.Where((_, i) => i != 2)) : line;
    }));
}
