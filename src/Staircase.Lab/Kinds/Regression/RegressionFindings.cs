namespace Staircase.Lab;

/// <summary>A study with what its training left: from a run folder, or trained in memory.</summary>
/// <param name="Study">What was trained.</param>
/// <param name="Points">What was recorded.</param>
/// <param name="Checkpoints">Weights that were kept, by step; steps are among those of the points.</param>
public sealed record TrainedStudy(Study Study, IReadOnlyList<TrajectoryPoint> Points, IReadOnlyList<TrainingCheckpoint> Checkpoints)
{
    private const int ExaminedSequences = 1000;

    private static readonly Dictionary<string, double[]> NoState = new(StringComparer.Ordinal);

    private Comparison? _comparison; // asked for by the table, the report and the checks alike

    /// <summary>Whether positions along the training are times of the flow; else they are steps.</summary>
    public bool HasTime { get; } = Points.All(point => double.IsFinite(point.Time));

    /// <summary>Trains in memory, with the record and checkpoint schedules of the experiment.</summary>
    /// <param name="study">Its experiment has an end.</param>
    /// <param name="progress">Told now and then.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="InputException">The loss diverged.</exception>
    public static TrainedStudy Train(Study study, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        Experiment e = Trainer.WithEnd(study);
        var recorder = new TrajectoryRecorder(study.ModeBasis);
        var kept = new List<TrainingCheckpoint>();
        IObjective objective = study.NewObjective();
        Objective? population = study.PopulationObjective();
        bool isFlow = e.EffectiveOptimizer == OptimizerKind.Flow;
        try
        {
            if (isFlow)
            {
                var flow = new GradientFlow(objective, study.InitialWeights, new FlowOptions { RelativeTolerance = e.Tolerance });
                flow.Run(e.Until!.Value, (in StepReport report) => Observe(report, report.Time / e.Until.Value, () => flow.Weights));
            }
            else
            {
                IOptimizer optimizer = Trainer.OptimizerOf(e);
                var descent = new Descent(objective, optimizer, DescentState.At(study.InitialWeights, study.Model.Layout, optimizer));
                descent.Run(e.Steps!.Value, (in StepReport report) => Observe(report, (double)report.Step / e.Steps.Value, () => [.. descent.State.Weights]));
            }
        }
        catch (DivergedException exception)
        {
            throw new InputException(exception.Message, exception);
        }

        return new(study, recorder.Points, kept);

        bool Observe(in StepReport report, double fraction, Func<double[]> weights)
        {
            if ((report.Step & 255) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
                progress?.Report(new("training", fraction, report.Step, report.Loss));
            }

            bool last = fraction >= 1, keep = last || e.Checkpoints!.Includes(report.Step);
            if (!keep && !e.Record!.Includes(report.Step))
                return true;
            TrajectoryPoint point = recorder.Record(report, population?.Evaluate(report.Weights) ?? report.Loss);
            if (keep)
                kept.Add(new(report.Step, report.Time, point.Loss, weights(), NoState));
            return true;
        }
    }

    /// <summary>Reads a run folder.</summary>
    /// <param name="folder">The run.</param>
    /// <param name="study">Its experiment, prepared.</param>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static TrainedStudy Read(RunFolder folder, Study study)
    {
        IReadOnlyList<TrajectoryPoint> points = MetricsTable.Read(folder, study.Model.InputDimension);
        return Read(folder, study, points);
    }

    /// <summary>Reads the checkpoints of a run folder whose recorded points are known already.</summary>
    /// <exception cref="InputException">A checkpoint is broken.</exception>
    public static TrainedStudy Read(RunFolder folder, Study study, IReadOnlyList<TrajectoryPoint> points)
    {
        HashSet<long> recorded = [.. points.Select(point => point.Step)];
        return new(study, points, [.. folder.CheckpointSteps().Where(recorded.Contains).Select(step => folder.ReadCheckpoint(step, study.Model.Layout))]);
    }

    /// <summary>Where along the training a checkpoint or point lies: its time, or its step where there is no time.</summary>
    public double PositionOf(long step, double time) => HasTime ? time : step;

    /// <summary>Lays theory over the training, and examines which algorithm the model runs on each plateau.</summary>
    /// <exception cref="InputException">There is no theory for it, or too little was recorded.</exception>
    public Comparison Compare() => _comparison ??= Compared();

    private Comparison Compared()
    {
        Prediction prediction = Study.Prediction ?? throw new InputException($"There is no theory to compare with: {Study.NoTheory}.");
        if (Points.Count < 2)
            throw new InputException($"{Points.Count} points were recorded; a comparison needs at least two.");
        return Comparison.Of(prediction, Points, plateau => CheckpointOn(plateau) is { } checkpoint
            ? Algorithm.Examine(Study.Predictions(checkpoint.Weights, (int)Math.Min(ExaminedSequences, Study.Examples.Count)), Study.Examples, Study.Task.Basis)
            : null);
    }

    /// <summary>The checkpoint nearest the middle of a plateau; null if there is none on it.</summary>
    public TrainingCheckpoint? CheckpointOn(MeasuredPlateau plateau) => Checkpoints
        .Where(c => Position(c) > plateau.Start && Position(c) < plateau.End || (Position(c) == plateau.Start && plateau.Start == 0))
        .MinBy(c => Math.Abs(Position(c) - plateau.Middle));

    /// <summary>Where each mode passes half its full strength, mode by mode; infinite for modes that never do.</summary>
    public double[] HalfWay()
    {
        ModeMoments moments = Study.Moments!;
        TrajectoryPoint[] points = [.. Points];
        return
        [
            .. Enumerable.Range(0, moments.Count).Select(d =>
            {
                double half = moments.FullStrength(d) / 2;
                int after = Array.FindIndex(points, point => point.Strengths[d] >= half);
                if (after <= 0)
                    return after == 0 ? 0 : double.PositiveInfinity;
                (TrajectoryPoint p, TrajectoryPoint q) = (points[after - 1], points[after]);
                double θ = (half - p.Strengths[d]) / (q.Strengths[d] - p.Strengths[d]), from = PositionOf(p.Step, p.Time);
                return from + θ * (PositionOf(q.Step, q.Time) - from);
            }),
        ];
    }

    private double Position(TrainingCheckpoint checkpoint) => PositionOf(checkpoint.Step, checkpoint.Time);
}
