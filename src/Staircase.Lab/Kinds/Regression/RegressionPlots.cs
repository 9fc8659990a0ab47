namespace Staircase.Lab;

/// <summary>The plots of regression runs, theory over measurement.</summary>
internal static class RegressionPlots
{
    /// <summary>The loss of one run.</summary>
    public static Plot Loss(RegressionFindings run) => Loss([("", run)]);

    /// <summary>Loss curves, with the plateaus and the curve that theory predicts from the initial weights alone.</summary>
    /// <param name="runs">A name and a run each; the names are shown where there are several.</param>
    public static Plot Loss(params IReadOnlyList<(string Name, RegressionFindings Of)> runs)
    {
        bool hasTime = runs.All(r => r.Of.Training.HasTime);
        Series[] series = [.. runs.SelectMany((r, i) => LossCurves(r.Of.Run, hasTime, runs.Count > 1 ? $", {r.Name}" : "", i))];
        string caption = series.Any(s => s.Role == SeriesRole.Predicted)
            ? "Solid: training. Dashed: the curve predicted from the initial weights alone. Bars: predicted plateaus."
            : "Training.";
        return Plot.Of("loss", "Loss", PositionAxis(hasTime), "loss", caption, series);
    }

    /// <summary>The measured loss, and over time that of theory with its plateaus.</summary>
    public static IReadOnlyList<Series> LossCurves(Run run, bool useTime, string suffix, int colour)
    {
        double[] at = run.Positions(useTime);
        Series measured = Series.Measured($"loss{suffix}", at, run.Trajectory.Losses, colour);
        if (!useTime || ((RegressionStudy)run.Study).Prediction is not { } prediction)
            return [measured];
        double end = at[^1];
        double[] times = [.. prediction.CurveTimes().TakeWhile(t => t < end), end];
        return
        [
            measured,
            Series.Predicted($"predicted loss{suffix}", times, times.Select(prediction.LossAt), colour),
            Series.Levels(
                $"predicted plateaus{suffix}", SeriesRole.PredictedPlateaus,
                prediction.Plateaus.Where(p => p.Start < end).Select(p => (p.Start, Math.Min(p.End, end), p.Height)), colour),
        ];
    }

    /// <summary>The strength of each principal component over training.</summary>
    public static Plot Strengths(RegressionFindings run)
    {
        bool hasTime = run.Training.HasTime;
        double[] at = run.Training.Positions;
        IReadOnlyList<StrengthCourse> courses = hasTime ? run.Study.Prediction?.Courses ?? [] : [];
        return Plot.Of(
            "strengths", "Strength of each principal component", PositionAxis(hasTime), "strength m",
            "$m_d = e_d^\\top M e_d$, where $\\hat y = \\beta^\\top M x_q$ and $e_d$ is the d-th eigenvector of the inputs.",
            run.Training.Of(ColumnKind.Strength).SelectMany((column, d) => courses.Where(course => course.Mode == d).Take(1)
                .Select(course => Predicted(course, d, at[^1]))
                .Prepend(Series.Measured(column.Name, at, run.Training[column.Name], d))));
    }

    /// <summary>A plot over the time of the flow.</summary>
    public static Plot OverTime(string id, string title, Axis y, string caption, params IEnumerable<Series> series) =>
        Plot.Of(id, title, PositionAxis(true), y, caption, series);

    /// <summary>The axis of times, or of steps.</summary>
    public static Axis PositionAxis(bool isTime) => isTime ? "time of the gradient flow" : "step";

    private static Series Predicted(StrengthCourse course, int mode, double end)
    {
        double[] times = [0, .. course.Times.Where(t => t > 0 && t < end), end];
        return Series.Predicted($"predicted m{mode + 1}", times, times.Select(course.At), mode);
    }
}
