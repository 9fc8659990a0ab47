namespace Staircase.Lab;

/// <summary>A report of an ordinary run, trained in memory: 10,001 points of the loss and of four strengths, 41 checkpoints of five heads, theory over it.</summary>
internal static class SampleReport
{
    private const int Steps = 10_000, KeepEvery = 250;

    private static readonly Lazy<Report> Shared = new(Create);

    /// <summary>The report; every call gives the same.</summary>
    public static Report Report => Shared.Value;

    private static Report Create()
    {
        var experiment = new Experiment { Heads = 5, Optimizer = OptimizerKind.Gd, LearningRate = 0.4, Steps = Steps };
        Study study = Study.Prepare(experiment, progress: null, CancellationToken.None);
        Prediction prediction = study.Prediction!;
        var recorder = new TrajectoryRecorder(study.ModeBasis);
        var kept = new List<(TrajectoryPoint Point, double[] Weights)>();
        IOptimizer optimizer = Trainer.OptimizerOf(study.Experiment);
        var descent = new Descent(new Objective(study.Model, study.Loss), optimizer, DescentState.At(study.InitialWeights, study.Model.Layout, optimizer));
        descent.Run(Steps, (in StepReport report) =>
        {
            TrajectoryPoint point = recorder.Record(report);
            if (report.Step % KeepEvery == 0)
                kept.Add((point, report.Weights.ToArray()));
            return true;
        });
        Comparison comparison = Comparison.Of(prediction, recorder.Points);
        return new Report
        {
            Title = "A head at a time",
            Lead = @"Five heads of rank one learn the four principal components of the inputs one after the other; on plateau $m+1$ the model runs regression on the first $m$ of them, $\hat y = \beta^\top \sum_{d \le m} e_d e_d^\top x_q$.",
            Sections = [Section(study, prediction, comparison, recorder.Points, kept)],
            Results = [.. prediction.Results],
        };
    }

    private static ReportSection Section(
        Study study, Prediction prediction, Comparison comparison, IReadOnlyList<TrajectoryPoint> points, List<(TrajectoryPoint Point, double[] Weights)> kept)
    {
        double[] times = [.. points.Select(point => point.Time)], curve = [.. prediction.CurveTimes().Where(time => time <= times[^1])];
        int D = study.Model.InputDimension;
        return new ReportSection
        {
            Id = "run",
            Title = "One head at a time",
            Lead = @"Full-batch gradient descent, $\eta = 0.4$, on the population.",
            Command = "staircase train --heads 5 --optimizer gd --learning-rate 0.4 --steps 10000",
            Plots =
            [
                new Plot
                {
                    Id = "loss",
                    Title = "Loss",
                    Caption = "The measured loss, the plateaus that theory predicts, and the whole curve as predicted from the initial weights alone.",
                    X = new Axis("time"),
                    Y = new Axis("loss"),
                    Series =
                    [
                        new Series("measured", SeriesRole.Measured, times, [.. points.Select(point => point.Loss)], 0),
                        PlateausOf(prediction, times[^1]),
                        new Series("predicted", SeriesRole.Predicted, curve, [.. curve.Select(prediction.LossAt)], 0),
                    ],
                },
                new Plot
                {
                    Id = "strengths",
                    Title = @"Strengths $m_d$ along the principal components",
                    X = new Axis("time", IsLogarithmic: true),
                    Y = new Axis("strength"),
                    Series =
                    [
                        .. Enumerable.Range(0, D).Select(d => new Series($"component {d + 1}", SeriesRole.Measured, times, [.. points.Select(point => point.Strengths[d])], d)),
                        .. prediction.Courses.Select(course => new Series($"component {course.Mode + 1}, predicted", SeriesRole.Predicted, course.Times, course.Strengths, course.Mode)),
                    ],
                },
            ],
            Weights = [WeightsOf(study, comparison, kept)],
            Checks =
            [
                Check.Absolute("The loss of the first plateau is the variance of the labels.", "Zhang et al. 2025, eq. 14", points[0].Loss, prediction.Plateaus[0].Height, 0.01),
                Check.Same("Number of plateaus", "Zhang et al. 2025, section 5", $"{comparison.Plateaus.Count}", "6") with { Reason = "There are only four components: this check is there to fail." },
            ],
            Tables =
            [
                new Table("Plateaus", ["plateau", "loss", "predicted"],
                    [.. comparison.Plateaus.Select((plateau, i) => (string[])[$"{i + 1}", $"{plateau.Measured.Height:G6}", $"{plateau.Predicted?.Height:G6}"])]),
            ],
            Settings = ExperimentKey.Write(study.Experiment).ToDictionary(pair => pair.Key, pair => $"{pair.Value}", StringComparer.Ordinal),
            Notes = ["Time is that of the gradient flow; a step of gradient descent is $2\\eta$ of it."],
        };
    }

    private static Series PlateausOf(Prediction prediction, double end)
    {
        var x = new List<double>();
        var y = new List<double>();
        foreach (PredictedPlateau plateau in prediction.Plateaus.Where(plateau => plateau.Start < end))
        {
            x.AddRange([plateau.Start, Math.Min(plateau.End, end), double.NaN]);
            y.AddRange([plateau.Height, plateau.Height, double.NaN]);
        }

        return new Series("predicted plateaus", SeriesRole.PredictedPlateaus, [.. x], [.. y], 1);
    }

    private static WeightMaps WeightsOf(Study study, Comparison comparison, List<(TrajectoryPoint Point, double[] Weights)> kept)
    {
        int D = study.Model.InputDimension, H = study.Model.Heads;
        string[] heads = [.. Enumerable.Range(1, H).Select(head => $"head {head}")], inputs = [.. Enumerable.Range(1, D).Select(d => $"{d}")];
        return new WeightMaps
        {
            Id = "weights",
            Title = "Weights",
            Caption = "A head that has learned a component has aligned its key and its query with it.",
            Frames =
            [
                .. kept.Select(at => new WeightFrame(
                    at.Point.Step, at.Point.Time, at.Point.Loss,
                    comparison.Plateaus.Select((plateau, i) => (plateau.Measured, Number: i + 1)).Where(p => p.Measured.Start <= at.Point.Time && at.Point.Time <= p.Measured.End)
                        .Select(p => (int?)p.Number).FirstOrDefault())),
            ],
            Maps =
            [
                new WeightMap("Value", heads, ["v"], Of("value")),
                new WeightMap("Key", heads, inputs, Of("key")),
                new WeightMap("Query", heads, inputs, Of("query")),
            ],
        };

        double[] Of(string block) => [.. kept.SelectMany(at => study.Model.Layout.Slice((ReadOnlySpan<double>)at.Weights, block).ToArray())];
    }
}
