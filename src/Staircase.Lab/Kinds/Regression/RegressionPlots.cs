namespace Staircase.Lab;

/// <summary>The plots of regression runs, theory over measurement.</summary>
internal static class RegressionPlots
{
    private const string Training = "training", Theory = "predicted from the initial weights", Plateaus = "predicted plateaus";

    /// <summary>The loss of one run.</summary>
    public static Plot Loss(RegressionFindings run) => Loss([("", run)]);

    /// <summary>
    /// Loss curves, with the plateaus and the curve that theory predicts from the initial weights alone. Runs that differ in their seeds
    /// alone share a colour.
    /// </summary>
    /// <param name="runs">A name and a run each; the names are shown where there are several.</param>
    public static Plot Loss(params IReadOnlyList<(string Name, RegressionFindings Of)> runs)
    {
        bool hasTime = runs.All(r => r.Of.Training.HasTime);
        bool areSeeds = runs.Count > 1 && Ensemble.Of([.. runs.Select(r => r.Of.Run)]).All.Count == 1;
        Series[] series =
            [.. runs.SelectMany((r, i) => LossCurves(r.Of, hasTime, runs.Count > 1 ? $", {r.Name}" : "", areSeeds ? 0 : i))];
        if (runs.Count > 1)
        {
            series =
            [
                .. series.OrderBy(s => s.Role).Select(s => s with
                {
                    Family = s.Role == SeriesRole.Measured ? areSeeds ? $"{Training}, {runs.Count} seeds" : null
                        : s.Role == SeriesRole.Predicted ? Theory : Plateaus,
                }),
            ];
        }

        string caption = series.Any(s => s.Role == SeriesRole.Predicted)
            ? "Solid: training. Dashed: the curve predicted from the initial weights alone. Bars: predicted plateaus."
            : "Training.";
        Axis x = Axis.Of(PositionAxis(hasTime).Label, runs.SelectMany(r => Drops(r.Of, hasTime)));
        return Plot.Of(Study.LossPlotId, "Loss", x, "loss", caption, series);
    }

    /// <summary>The loss of one run over times or over steps; theory knows times alone.</summary>
    public static Plot Loss(RegressionFindings run, bool useTime) => Plot.Of(
        Study.LossPlotId, "Loss", Axis.Of(PositionAxis(useTime).Label, Drops(run, useTime)), "loss",
        useTime ? "Solid: training. Dashed: theory, where there is one." : "Training.", LossCurves(run, useTime, "", 0));

    /// <summary>The strength of each principal component over training.</summary>
    public static Plot Strengths(RegressionFindings run)
    {
        bool hasTime = run.Training.HasTime;
        double[] at = run.Training.Positions;
        IReadOnlyList<StrengthCourse> courses = hasTime ? run.Study.Prediction?.Courses ?? [] : [];
        Column[] columns = [.. run.Training.Of(ColumnKind.Strength)];
        return Plot.Of(
            "strengths", "Strength of each principal component", Axis.Of(PositionAxis(hasTime).Label, Drops(run, hasTime)), "strength m",
            "$m_d = e_d^\\top M e_d$, where $\\hat y = \\beta^\\top M x_q$ and $e_d$ is the d-th eigenvector of the inputs."
            + (courses.Count > 0 ? " Solid: training. Dashed: predicted from the initial weights." : ""),
            [
                .. columns.Select((column, d) => Series.Measured(column.Name, at, run.Training[column.Name], d) with
                {
                    Family = $"{Training}, components in the order of the spectrum",
                }),
                .. courses.Where(course => course.Mode < columns.Length).DistinctBy(course => course.Mode)
                    .Select(course => Predicted(course, course.Mode, at[^1]) with { Family = Theory }),
            ]);
    }

    /// <summary>A plot over the time of the flow.</summary>
    public static Plot OverTime(string id, string title, Axis y, string caption, params IEnumerable<Series> series) =>
        Plot.Of(id, title, PositionAxis(true), y, caption, series);

    /// <summary>The axis of times, or of steps.</summary>
    public static Axis PositionAxis(bool isTime) => isTime ? "time of the gradient flow" : "step";

    /// <summary>The measured loss, and over time that of theory with its plateaus.</summary>
    private static IReadOnlyList<Series> LossCurves(RegressionFindings run, bool useTime, string suffix, int colour)
    {
        double[] at = run.Run.Positions(useTime);
        Series measured = Series.Measured($"loss{suffix}", at, run.Run.Trajectory.Losses, colour);
        if (!useTime || run.Study.Prediction is not { } prediction)
            return [measured];
        double end = at[^1];
        double[] times = [.. prediction.CurveTimes().Where(t => t >= 0 && t < end), end];
        return
        [
            measured,
            Series.Predicted($"predicted loss{suffix}", times, times.Select(prediction.LossAt), colour),
            Series.Levels(
                $"predicted plateaus{suffix}", SeriesRole.PredictedPlateaus,
                prediction.Plateaus.Where(p => p.Start < end).Select(p => (p.Start, Min(p.End, end), p.Height)), colour),
        ];
    }

    /// <summary>When the loss drops within a run: as theory predicts, else as was measured.</summary>
    private static IEnumerable<double> Drops(RegressionFindings run, bool hasTime)
    {
        double end = run.Run.Positions(hasTime)[^1];
        IEnumerable<double> ends = hasTime && run.Study.Prediction is { } prediction ? prediction.Plateaus.Select(plateau => plateau.End)
            : run.Training.HasTime == hasTime ? run.Plateaus.Select(plateau => plateau.End) : [];
        return ends.Where(drop => drop < end);
    }

    private static Series Predicted(StrengthCourse course, int mode, double end)
    {
        double[] times = [0, .. course.Times.Where(t => t > 0 && t < end), end];
        return Series.Predicted($"predicted m{mode + 1}", times, times.Select(course.At), mode);
    }
}
