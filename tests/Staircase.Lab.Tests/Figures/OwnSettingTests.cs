namespace Staircase.Lab.Tests.Figures;

/// <summary>Figures drawn of one's own setting.</summary>
public sealed class OwnSettingTests
{
    /// <summary>For every figure that takes one a cheap setting, and one that it cannot draw, with what it says then.</summary>
    private static readonly Dictionary<string, (string Cheap, string Wrong, string Says)> Settings = new(StringComparer.Ordinal)
    {
        ["merged-drop"] = ("data=sample:200 init=0.01 learning-rate=0.002", "in-context-fraction=0.5 steps=10", "no theory"),
        ["merged-white"] = ("dim=3 init=0.01", "spectrum=2,1,0.5,0.4", "white"),
        ["separate-staircase"] = ("data=population whiten=false centre=false dim=2 init=0.05 learning-rate=0.1 init-scheme=papers", "optimizer=adam", "steps"),
        ["separate-heads"] = ("data=population whiten=false centre=false dim=2 init=0.05 scale=context init-scheme=papers", "attention=merged rank=1", "rank"),
        ["rank"] = ("dim=3 init=0.05", "attention=merged", "rank"),
        ["softmax"] = ("data=sample:50 dim=2 context=5 until=100", "attention=cubic", "softmax"),
        ["rank-heads"] = ("dim=3 init=0.01 heads=4", "dim=2", "above 1 and below"),
        ["in-weight"] = ("data=sample:100 steps=40 in-context-fraction=0.7", "in-context-fraction=2", "in-context fraction"),
        ["regression-in-context"] = ("dim=2 init=0.02", "softmax=true", "softmax"),
        ["conservation"] = ("data=sample:50 until=20 attention=merged", "optimizer=gd until=none", "until"),
        ["context-lengths"] = ("dim=2 init=0.02 context=6", "optimizer=adam", "steps"),
        ["modes"] = ("spectrum=2,1 tasks=diagonal:20 epoch-rate=0.2 context=10", "optimizer=flow", "flow"),
        ["mode-conservation"] = ("spectrum=2,1 tasks=diagonal:20 epoch-rate=0.2 context=10 trainings=2", "tasks=gaussian:20 epochs=3", "diagonal"),
        ["mode-loss"] = ("spectrum=2,1 tasks=diagonal:20 epoch-rate=0.2 context=10", "context=0", "context"),
        ["mode-measures"] = (
            "spectrum=2,1.5,1,0.7,0.5 tasks=diagonal:20 epoch-rate=0.1 context=30 trainings=1",
            "spectrum=2,1 tasks=diagonal:20 epochs=40", "more than 3"),
        ["prediction"] = ("dim=2 init=0.02", "attention=merged", "separate"),
        ["finite-context"] = ("spectrum=1,0.5 context=5 trainings=2", "tasks=nothing", "tasks"),
        ["iid-tasks"] = ("spectrum=2,1 tasks=gaussian:20 epoch-rate=0.2 context=10 trainings=2", "trainings=0", "trainings"),
        ["misaligned"] = ("spectrum=2,1 tasks=diagonal:20 epoch-rate=0.2 context=10 trainings=2", "batch=0", "batch"),
    };

    public static TheoryData<string> Names => [.. OwnSetting.Figures.Select(figure => figure.Name)];

    private static Bench Bench => new(Quick: false, null, TestContext.Current.CancellationToken);

    [Fact]
    public void Every_figure_of_regressions_and_vectors_takes_one()
    {
        Assert.Equal(Settings.Keys.Order(StringComparer.Ordinal), OwnSetting.Figures.Select(figure => figure.Name).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["attention-only", "grokking", "landscape"], // networks, and what trains nothing
            FigureCatalogue.All.Except(OwnSetting.Figures).Select(figure => figure.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_drawn_over_seeds_and_marked(string name)
    {
        IAdjustableFigure figure = OwnSetting.Figures.Single(one => one.Name == name);
        ReportSection section = OwnSetting.Draw(figure, Words(Settings[name].Cheap), [1, 2], Bench);
        Assert.StartsWith("Not the published setting", section.Lead, StringComparison.Ordinal);
        Assert.Equal($"{name}-own", section.Id);
        Assert.NotEmpty(section.Plots);
        Assert.Equal(section.Plots.Count, section.Plots.Select(plot => plot.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.All(section.Plots, plot => Assert.Contains(plot.Series, series => series.Y.Any(double.IsFinite)));
        Assert.True(section.Checks.Count + section.Tables.Count > 0 || name == "in-weight", "It says nothing in numbers.");
        string first = Settings[name].Cheap.Split(' ')[0].Split('=')[1];
        Assert.Contains(first, section.Settings.Values, StringComparer.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_it_cannot_draw_is_said(string name)
    {
        IAdjustableFigure figure = OwnSetting.Figures.Single(one => one.Name == name);
        (_, string wrong, string says) = Settings[name];
        InputException refused = Assert.Throws<InputException>(() => OwnSetting.Draw(figure, Words(wrong), [1], Bench));
        Assert.Contains(says, refused.Message, StringComparison.OrdinalIgnoreCase);
    }

    private static ExperimentWord[] Words(string words) =>
        [.. words.Split(' ').Select(word => new ExperimentWord(word.Split('=')[0], word.Split('=', 2)[1], null))];
}
