namespace Staircase.Lab;

/// <summary>A run as its kind sees it: theory over measurement, what happened and why, and its part of a report.</summary>
public abstract class RunView(Run run)
{
    /// <summary>The run.</summary>
    public Run Run => run;

    /// <summary>What came of it: theory over measurement.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public abstract Findings Findings { get; }

    /// <summary>The few numbers of the findings that sum it up, where they are found sooner than all of these.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public virtual IReadOnlyDictionary<string, double?> Summary => Findings.Summary;

    /// <summary>What happened in it and why, in sentences with its numbers: a paragraph each.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public virtual IReadOnlyList<string> Explanation => Findings.Sentences;

    /// <summary>The part of a report that shows it; title, lead, settings and command are filled in by the report.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public ReportSection Section => new()
    {
        Id = "run",
        Title = run.Name,
        Plots = Plots,
        Weights = Maps is { } maps ? [maps] : [],
        Checks = Checks,
        Tables = Tables,
        Notes = Notes,
    };

    /// <summary>The loss, with theory where there is one, for a plot of several runs.</summary>
    /// <param name="useTime">Whether the plot's axis is to be time, where runs have it; else it is the step.</param>
    public virtual Plot LossPlot(bool useTime) => Section.Plots.Single(plot => plot.Id == Study.LossPlotId);

    /// <summary>Everything that was measured of it, drawn.</summary>
    public abstract IReadOnlyList<Plot> Plots { get; }

    /// <summary>Weights over the training; null where there are none to show.</summary>
    public virtual WeightMaps? Maps => null;

    /// <summary>What theory claims of it, put to the test.</summary>
    private protected virtual IReadOnlyList<Check> Checks => [];

    /// <summary>The tables of a report.</summary>
    private protected virtual IReadOnlyList<Table> Tables => Findings.Tables;

    /// <summary>The sentences of a report.</summary>
    private protected virtual IReadOnlyList<string> Notes => Findings.Sentences;

    /// <summary>A plot over the steps, on a logarithmic axis.</summary>
    private protected static Plot OverSteps(string id, string title, Axis y, string caption, params IEnumerable<Series> series) =>
        Plot.Of(id, title, Axis.Logarithmic("step"), y, caption, series);

    /// <summary>Those plots on which there is something.</summary>
    private protected static IReadOnlyList<Plot> NotEmpty(params IEnumerable<Plot> plots) =>
        [.. plots.Where(plot => plot.Series.Count > 0)];
}

/// <summary>A run as the kind of its study sees it.</summary>
/// <typeparam name="TView">The view itself.</typeparam>
/// <typeparam name="TStudy">The study.</typeparam>
internal abstract class RunView<TView, TStudy>(Run run) : RunView(run)
    where TView : RunView<TView, TStudy>
    where TStudy : Study
{
    /// <summary>What was trained.</summary>
    public TStudy Study { get; } = (TStudy)run.Study;

    /// <summary>The view of a run; made once.</summary>
    /// <exception cref="InputException">Too little was recorded.</exception>
    public static TView Of(Run run) => (TView)run.View;
}
