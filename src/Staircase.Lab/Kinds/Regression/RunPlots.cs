namespace Staircase.Lab;

/// <summary>The plots that every training has, theory over measurement.</summary>
public static class RunPlots
{
    /// <summary>Loss curves, with the plateaus and the curve that theory predicts from the initial weights alone.</summary>
    /// <param name="trainings">A name and a training each; the names are shown where there are several.</param>
    public static Plot Loss(params IReadOnlyList<(string Name, TrainedStudy Training)> trainings)
    {
        bool hasTime = trainings.All(t => t.Training.HasTime);
        var series = new List<Series>();
        for (int i = 0; i < trainings.Count; i++)
        {
            (string name, TrainedStudy training) = trainings[i];
            string suffix = trainings.Count > 1 ? $", {name}" : "";
            double[] at = Positions(training, hasTime);
            series.Add(new($"loss{suffix}", SeriesRole.Measured, at, [.. training.Points.Select(point => point.Loss)], i));
            if (hasTime && training.Study.Prediction is { } prediction)
            {
                double end = at[^1];
                double[] times = [.. prediction.CurveTimes().TakeWhile(t => t < end), end];
                series.Add(new($"predicted loss{suffix}", SeriesRole.Predicted, times, [.. times.Select(prediction.LossAt)], i));
                series.Add(Plateaus($"predicted plateaus{suffix}", prediction.Plateaus, end, i));
            }
        }

        return new Plot
        {
            Id = "loss",
            Title = "Loss",
            Caption = series.Exists(s => s.Role == SeriesRole.Predicted)
                ? "Solid: training. Dashed: the curve predicted from the initial weights alone. Bars: predicted plateaus."
                : "Training.",
            X = PositionAxis(hasTime),
            Y = new("loss"),
            Series = series,
        };
    }

    /// <summary>How much of each principal component is learned, with the predicted courses.</summary>
    public static Plot Strengths(TrainedStudy training)
    {
        bool hasTime = training.HasTime;
        double[] at = Positions(training, hasTime);
        var series = new List<Series>();
        for (int d = 0; d < training.Study.Model.InputDimension; d++)
        {
            series.Add(new($"m{d + 1}", SeriesRole.Measured, at, [.. training.Points.Select(point => point.Strengths[d])], d));
            if (hasTime && training.Study.Prediction?.Courses.FirstOrDefault(course => course.Mode == d) is { } course)
            {
                double[] times = [0, .. course.Times.Where(t => t > 0 && t < at[^1]), at[^1]];
                series.Add(new($"predicted m{d + 1}", SeriesRole.Predicted, times, [.. times.Select(course.At)], d));
            }
        }

        return new Plot
        {
            Id = "strengths",
            Title = "Strength of each principal component",
            Caption = "$m_d = e_d^\\top M e_d$, where $\\hat y = \\beta^\\top M x_q$ and $e_d$ is the d-th eigenvector of the inputs.",
            X = PositionAxis(hasTime),
            Y = new("strength m"),
            Series = series,
        };
    }

    /// <summary>The axis along a training.</summary>
    public static Axis PositionAxis(bool isTime) => isTime ? new("time of the gradient flow") : new("step");

    /// <summary>Where the recorded points lie along it.</summary>
    public static double[] Positions(TrainedStudy training, bool isTime) => [.. training.Points.Select(point => isTime ? point.Time : point.Step)];

    /// <summary>Predicted plateaus as bars, up to the end of the training.</summary>
    public static Series Plateaus(string name, IEnumerable<PredictedPlateau> plateaus, double end, int colour)
    {
        PredictedPlateau[] seen = [.. plateaus.Where(p => p.Start < end)];
        return new(name, SeriesRole.PredictedPlateaus,
            [.. seen.SelectMany(p => new[] { p.Start, Math.Min(p.End, end), double.NaN })],
            [.. seen.SelectMany(p => new[] { p.Height, p.Height, double.NaN })], colour);
    }
}
