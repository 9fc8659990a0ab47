using System.Diagnostics;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>Trains a study into a run folder: records, keeps checkpoints, stops cleanly, goes on to the same bits.</summary>
public sealed class Trainer
{
    private const int RecordedPoints = 20_000, KeptCheckpoints = 40, FlowCheckpointEvery = 50;

    /// <summary>The last step of a flow ends at its end to rounding.</summary>
    private const double TimeRounding = 1e-12;

    private readonly Study _study;
    private readonly RunFolder _folder;
    private readonly TrainingCheckpoint? _from;
    private readonly TrajectoryRecorder _recorder;
    private readonly RecordSchedule _record;
    private readonly RecordSchedule _keep;
    private readonly double _earlierSeconds;

    private Trainer(Study study, RunFolder folder, TrainingCheckpoint? from, IReadOnlyList<TrajectoryPoint> known, double earlierSeconds)
    {
        _study = study;
        _folder = folder;
        _from = from;
        _earlierSeconds = earlierSeconds;
        _recorder = new TrajectoryRecorder(study.ModeBasis);
        foreach (TrajectoryPoint point in known)
            _recorder.Record(point);
        Experiment e = WithSchedules(study.Experiment);
        (_record, _keep) = (e.Record!, e.Checkpoints!);
    }

    /// <summary>Everything recorded, earlier sittings included.</summary>
    public IReadOnlyList<TrajectoryPoint> Points => _recorder.Points;

    /// <summary>
    /// The experiment with its end chosen, until the last drop that theory predicts and half as long again, and with it what is recorded and kept: a run
    /// that is later taken further goes on at the same steps.
    /// </summary>
    /// <exception cref="InputException">Theory cannot choose, and neither --until nor --steps says.</exception>
    public static Experiment WithEnd(Study study) => WithSchedules(EndOf(study));

    private static Experiment WithSchedules(Experiment e)
    {
        bool isFlow = e.EffectiveOptimizer == OptimizerKind.Flow;
        long steps = e.Steps ?? 0;
        return e with
        {
            Record = e.Record ?? new(false, (int)Math.Clamp(isFlow ? 1 : steps / RecordedPoints, 1, int.MaxValue)),
            Checkpoints = e.Checkpoints ?? new(false, (int)Math.Clamp(isFlow ? FlowCheckpointEvery : steps / KeptCheckpoints, 1, int.MaxValue)),
        };
    }

    private static Experiment EndOf(Study study)
    {
        Experiment e = study.Experiment;
        bool isFlow = e.EffectiveOptimizer == OptimizerKind.Flow;
        if (isFlow ? e.Until is not null : e.Steps is not null)
            return e;
        string option = isFlow ? "--until" : "--steps";
        if (e.Softmax)
            throw new InputException($"Give {option}: theory does not say when attention with a softmax ends.");
        if (study.Prediction is not { Drops.Count: > 0 } prediction)
            throw new InputException($"Give {option}: theory does not say when this training ends ({study.NoTheory ?? "nothing grows from these weights"}).");
        double end = 1.5 * prediction.Drops[^1].Time;
        if (isFlow)
            return e with { Until = end };
        if (OptimizerOf(e).TimePerStep is not { } timePerStep)
            throw new InputException($"Give {option}: {e.EffectiveOptimizer.ToString().ToLowerInvariant()} follows no flow, so theory does not say when it ends.");
        double steps = Math.Ceiling(end / timePerStep);
        return steps <= 1e9 ? e with { Steps = (long)steps } : throw new InputException($"Give {option}: at this learning rate the last predicted drop takes {steps:G3} steps.");
    }

    /// <summary>A trainer for a new run.</summary>
    public static Trainer Start(Study study, RunFolder folder) => new(study, folder, null, [], 0);

    /// <summary>A trainer that continues a run from its last good checkpoint, or from the start if there is none.</summary>
    public static Trainer Resume(Study study, RunFolder folder, RunRecord record)
    {
        foreach (long step in folder.CheckpointSteps().Reverse())
        {
            TrainingCheckpoint checkpoint;
            try
            {
                checkpoint = folder.ReadCheckpoint(step, study.Model.Layout);
            }
            catch (InputException exception) when (exception.InnerException is CheckpointFormatException && step != folder.CheckpointSteps()[0])
            {
                folder.DeleteCheckpoint(step); // a power cut in the middle of writing; the one before it is good
                continue;
            }

            return Resume(study, folder, record, checkpoint);
        }

        return Start(study, folder);
    }

    private static Trainer Resume(Study study, RunFolder folder, RunRecord record, TrainingCheckpoint from)
    {
        Experiment e = study.Experiment;
        bool isFlow = e.EffectiveOptimizer == OptimizerKind.Flow;
        if (isFlow ? e.Until < from.Time * (1 - TimeRounding) : e.Steps < from.Step)
            throw new InputException($"{folder.Path} has trained to {(isFlow ? $"time {from.Time:R}: --until" : $"step {from.Step}: --steps")} cannot end it earlier.");
        IReadOnlyList<TrajectoryPoint> known = MetricsTable.Read(folder, study.Model.InputDimension, from.Step);
        var trainer = new Trainer(study, folder, from, known, record.WallSeconds);
        bool ends = isFlow && e.Until <= from.Time;
        long due = from.Step;
        while (!trainer._record.Includes(due))
            due--;
        if (known.Count == 0 || known[^1].Step < due)
            throw new InputException($"{folder.MetricsPath} is cut short: it ends before step {due}, which the checkpoint of step {from.Step} has passed.");

        // A row that was recorded only because the sitting ended there is none of an uninterrupted run.
        return known[^1].Step == due || ends ? trainer : new(study, folder, from, [.. known.Take(known.Count - 1)], record.WallSeconds);
    }

    /// <summary>Trains to the end, or until cancelled.</summary>
    /// <returns>The final record: finished or interrupted.</returns>
    /// <exception cref="InputException">The loss diverged (the record says so too), or the folder cannot be written.</exception>
    public RunRecord Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        Experiment e = _study.Experiment;
        var record = new RunRecord { Status = RunStatus.Running, Experiment = ExperimentKey.Write(e) };
        _folder.Write(record with { Step = _from?.Step ?? 0, WallSeconds = _earlierSeconds });
        using MetricsTable table = MetricsTable.Start(_folder, _study.Model.InputDimension, _recorder.Points);
        try
        {
            bool finished = e.EffectiveOptimizer == OptimizerKind.Flow
                ? TrainFlow(e.Until!.Value, table, progress, cancellation)
                : TrainDescent(e.Steps!.Value, table, progress, cancellation);
            record = Closing(finished ? RunStatus.Finished : RunStatus.Interrupted);
            _folder.Write(record);
            return record;
        }
        catch (Exception exception) when (exception is DivergedException or InvalidOperationException)
        {
            table.Flush();
            _folder.Write(Closing(RunStatus.Diverged));
            double largest = _study.LargestStableRate();
            string advice = e.EffectiveOptimizer == OptimizerKind.Flow ? $" Lower --init (it is {e.Init:R})."
                : e.EffectiveOptimizer is OptimizerKind.Gd or OptimizerKind.Momentum && double.IsFinite(largest)
                ? $" The largest stable learning rate is {StableRate(e, largest):G4} by theory (2/μ of the Hessian at the minimum); --learning-rate is {e.LearningRate:R}."
                : $" Lower --learning-rate (it is {e.LearningRate:R}) or --init (it is {e.Init:R}).";
            throw new InputException(exception.Message + advice, exception);
        }

        RunRecord Closing(RunStatus status) => record with
        {
            Status = status,
            Step = Points.Count > 0 ? Points[^1].Step : 0,
            Time = Points.Count > 0 ? Points[^1].Time : null,
            Loss = Points.Count > 0 ? Points[^1].Loss : null,
            WallSeconds = _earlierSeconds + watch.Elapsed.TotalSeconds,
        };
    }

    /// <summary>The optimizer that an experiment names.</summary>
    public static IOptimizer OptimizerOf(Experiment e) => e.EffectiveOptimizer switch
    {
        OptimizerKind.Gd => new GradientDescent(e.LearningRate),
        OptimizerKind.Momentum => new Momentum(e.LearningRate, e.Momentum ?? 0.9),
        OptimizerKind.Adam => new Adam(e.LearningRate),
        OptimizerKind.Muon => new Muon(e.LearningRate, e.Momentum ?? 0.95),
        _ => throw new ArgumentException("The flow is not an optimizer."),
    };

    /// <summary>Heavy-ball momentum is stable up to (1 + μ) times the rate of plain descent.</summary>
    public static double StableRate(Experiment e, double plain) =>
        e.EffectiveOptimizer == OptimizerKind.Momentum ? plain * (1 + (e.Momentum ?? 0.9)) : plain;

    private bool TrainDescent(long steps, MetricsTable table, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        IOptimizer optimizer = OptimizerOf(_study.Experiment);
        ParameterLayout layout = _study.Model.Layout;
        DescentState state = _from is null
            ? DescentState.At(_study.InitialWeights, layout, optimizer)
            : new() { Weights = [.. _from.Weights], Memory = [.. _from.State["memory"]], Step = _from.Step };
        var descent = new Descent(_study.NewObjective(), optimizer, state);
        Objective? population = _study.PopulationObjective();
        long lastRecorded = Points.Count > 0 ? Points[^1].Step : -1, resumedAt = _from?.Step ?? -1;
        return descent.Run(steps, (in StepReport report) =>
        {
            long step = report.Step;
            bool last = step == steps, stop = (step & 63) == 0 && cancellation.IsCancellationRequested;
            if (step > lastRecorded && (last || stop || _record.Includes(step)))
                table.Add(_recorder.Record(report, population?.Evaluate(report.Weights) ?? report.Loss));
            if (step > resumedAt && (last || stop || _keep.Includes(step)))
                Save(new(step, report.Time, report.Loss, report.Weights.ToArray(), new Dictionary<string, double[]>(StringComparer.Ordinal) { ["memory"] = [.. state.Memory] }), table, last || stop);
            if ((step & 255) == 0)
                progress?.Report(new("training", (double)step / steps, step, report.Loss));
            return !stop;
        });
    }

    private bool TrainFlow(double until, MetricsTable table, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var options = new FlowOptions { RelativeTolerance = _study.Experiment.Tolerance };
        IObjective objective = _study.NewObjective();
        int size = objective.MovingCount(_study.InitialWeights);
        OdeState? state = _from is null ? null : OdeState.Restore(_from.State["scalars"], _from.Weights[..size], [.. _from.State["eigenvector"]]);
        var flow = new GradientFlow(objective, _study.InitialWeights, options, state);
        long lastRecorded = Points.Count > 0 ? Points[^1].Step : -1; // a flow that was stopped at step 0 reports it again
        return flow.Run(until, (in StepReport report) =>
        {
            bool last = report.Time >= until, stop = cancellation.IsCancellationRequested;
            if (report.Step > lastRecorded && (last || stop || _record.Includes(report.Step)))
                table.Add(_recorder.Record(report));
            if (last || stop || _keep.Includes(report.Step))
            {
                Save(new(report.Step, report.Time, report.Loss, flow.Weights, new Dictionary<string, double[]>(StringComparer.Ordinal)
                {
                    ["scalars"] = flow.State.Scalars(),
                    ["eigenvector"] = [.. flow.State.Eigenvector],
                }), table, last || stop);
            }

            if ((report.Step & 15) == 0)
                progress?.Report(new("training", Fraction(report.Time, until), report.Step, report.Loss));
            return !stop || last;
        });
    }

    /// <summary>
    /// How much of a flow's work is done: its cost goes with the drops it has passed, not with time, so predicted drops are the milestones.
    /// </summary>
    private double Fraction(double time, double until)
    {
        double[] marks = [0, .. (_study.Prediction?.Drops ?? []).Select(drop => drop.Time).Where(t => t > 0 && t < until).Order(), until];
        int next = Math.Max(1, Array.FindIndex(marks, mark => mark > time));
        return time >= until ? 1 : (next - 1 + (time - marks[next - 1]) / (marks[next] - marks[next - 1])) / (marks.Length - 1);
    }

    /// <summary>Rows first, then the checkpoint: whatever a checkpoint knows, the table knows too.</summary>
    private void Save(TrainingCheckpoint checkpoint, MetricsTable table, bool durable)
    {
        table.Flush();
        _folder.Write(checkpoint, _study.Model.Layout, durable);
    }
}
