using System.Diagnostics;
using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>Trains on vector-valued tasks into a run folder: K trainings side by side, their mean recorded; stops cleanly, goes on to the same bits.</summary>
/// <remarks>A step is an epoch, and so is a unit of time. Checkpoints hold the weights of every training, block by block [K, D, D]; nothing else is needed to go on, since every update has random numbers of its own.</remarks>
internal sealed class VectorTrainer
{
    /// <summary>Contexts of one training between two looks at progress and cancellation.</summary>
    private const int ContextsBetweenLooks = 20_000;

    /// <summary>Odd and without pattern in its bits, so that training k of one seed is not training j of another.</summary>
    private const ulong SeedOfTraining = 0x9E3779B97F4A7C15;

    private static readonly string[] Blocks = ["value", "key_query", "value_input", "key_query_label"];
    private static readonly Dictionary<string, double[]> NoState = new(StringComparer.Ordinal);

    private readonly VectorStudy _study;
    private readonly RunFolder _folder;
    private readonly RecordSchedule _record;
    private readonly RecordSchedule _keep;
    private readonly long _last;
    private readonly double _earlierSeconds;
    private readonly VectorDescent[] _trainings;
    private readonly List<TrajectoryPoint> _points = [];
    private long _epoch;

    /// <param name="study">What to train.</param>
    /// <param name="folder">Where.</param>
    /// <param name="before">The record of the run to continue; null for a new one.</param>
    /// <exception cref="InputException">The run cannot be continued.</exception>
    public VectorTrainer(VectorStudy study, RunFolder folder, RunRecord? before)
    {
        (_study, _folder) = (study, folder);
        VectorExperiment e = study.Experiment;
        (_record, _keep, _last) = (e.Record!, e.Checkpoints!, e.Epochs!.Value);
        _earlierSeconds = before?.WallSeconds ?? 0;
        TrainingCheckpoint? from = before is null ? null : LastGood();
        _trainings = Start(from);
        if (from is null)
            return;
        if (_last < from.Step)
            throw new InputException($"{folder.Path} has trained to epoch {from.Step}: --epochs cannot end it earlier.");
        _epoch = from.Step;
        _points.AddRange(MetricsTable.Read(folder, Columns(study).Count, from.Step).Where(point => _record.Includes(point.Step) || (point.Step == _epoch && _epoch == _last)));
        long due = from.Step;
        while (!_record.Includes(due))
            due--;
        if (_points.Count == 0 || _points[^1].Step < due)
            throw new InputException($"{folder.MetricsPath} is cut short: it ends before epoch {due}, which the checkpoint of epoch {from.Step} has passed.");
    }

    /// <summary>The columns after step, time and loss: strengths, and the Monte Carlo errors of the loss and of each strength.</summary>
    public static IReadOnlyList<string> Columns(VectorStudy study)
    {
        string[] modes = [.. Enumerable.Range(1, study.Task.InputDimension).Select(i => $"a{i}")];
        return [.. modes, "loss_error", .. modes.Select(mode => $"{mode}_error")];
    }

    /// <summary>Trains to the end, or until cancelled.</summary>
    public RunRecord Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        var record = new RunRecord { Kind = VectorRegressionKind.KindName, Status = RunStatus.Running, Experiment = _study.Settings };
        _folder.Write(record with { Step = _epoch, WallSeconds = _earlierSeconds });
        using MetricsTable table = MetricsTable.Start(_folder, Columns(_study), _points);
        try
        {
            bool finished = Run(table, progress, cancellation);
            record = Closing(finished ? RunStatus.Finished : RunStatus.Interrupted);
            _folder.Write(record);
            return record;
        }
        catch (DivergedException exception)
        {
            table.Flush();
            _folder.Write(Closing(RunStatus.Diverged));
            throw new InputException($"{exception.Message} Lower --epoch-rate (it is {_study.Experiment.EpochRate:R}) or --init (it is {_study.Experiment.Init:R}).", exception);
        }

        RunRecord Closing(RunStatus status) => record with
        {
            Status = status,
            Step = _epoch,
            Time = _epoch,
            Loss = _points.Count > 0 ? _points[^1].Loss : null,
            WallSeconds = _earlierSeconds + watch.Elapsed.TotalSeconds,
        };
    }

    private bool Run(MetricsTable table, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        if (_points.Count == 0)
        {
            Add(table, 0, [.. _trainings.Select(training => training.Point())]);
            Save(table, Weights(), durable: false);
        }

        long chunk = Math.Max(1, ContextsBetweenLooks / ((long)_study.Task.Tasks.Count * _study.Experiment.Batch));
        while (_epoch < _last)
        {
            double[][] atStart = Weights();
            long end = Math.Min(_last, _epoch + chunk);
            for (long epoch = _epoch + 1; epoch < end; epoch++)
            {
                if (_keep.Includes(epoch))
                    end = epoch;
            }

            VectorPoint[][]? rows = cancellation.IsCancellationRequested ? null : Advance(end, cancellation);
            if (rows is null)
            {
                Save(table, atStart, durable: true); // the epoch that was cut short is taken again
                return false;
            }

            long[] recorded = [.. Recorded(_epoch, end)];
            for (int r = 0; r < recorded.Length; r++)
                Add(table, recorded[r], [.. rows.Select(points => points[r])]);
            _epoch = end;
            if (_keep.Includes(end) || end == _last)
                Save(table, Weights(), durable: end == _last);
            progress?.Report(new("training", (double)end / _last, end, _points[^1].Loss));
        }

        return true;
    }

    /// <summary>The epochs after one and up to another that the table has.</summary>
    private IEnumerable<long> Recorded(long after, long to)
    {
        for (long epoch = after + 1; epoch <= to; epoch++)
        {
            if (_record.Includes(epoch) || epoch == _last)
                yield return epoch;
        }
    }

    /// <summary>Takes every training to an epoch, on all cores; null if cancelled.</summary>
    private VectorPoint[][]? Advance(long to, CancellationToken cancellation)
    {
        var rows = new VectorPoint[_trainings.Length][];
        try
        {
            Parallel.For(0, _trainings.Length, k =>
            {
                var points = new List<VectorPoint>();
                _trainings[k].Run(to, training =>
                {
                    if (_record.Includes(training.Epoch) || training.Epoch == _last)
                        points.Add(training.Point());
                    return true;
                }, cancellation);
                rows[k] = [.. points];
            });
            return rows;
        }
        catch (AggregateException exception) when (exception.InnerExceptions.OfType<DivergedException>().FirstOrDefault() is { } diverged)
        {
            throw new DivergedException(diverged.Step, diverged.Loss);
        }
        catch (AggregateException exception) when (exception.InnerExceptions.Any(inner => inner is OperationCanceledException))
        {
            return null;
        }
    }

    private void Add(MetricsTable table, long epoch, VectorPoint[] points)
    {
        (double[] mean, double[] error) = SimulatedCourse.Average([.. points.Select(SimulatedCourse.Row)]);
        var point = new TrajectoryPoint(epoch, epoch, mean[0], [.. mean[1..], .. error]);
        _points.Add(point);
        table.Add(point);
    }

    /// <summary>Rows first, then the checkpoint: whatever a checkpoint knows, the table knows too.</summary>
    private void Save(MetricsTable table, double[][] weights, bool durable)
    {
        table.Flush();
        int size = _study.Task.InputDimension * _study.Task.InputDimension;
        double[] blocks = [.. Enumerable.Range(0, Blocks.Length).SelectMany(b => weights.SelectMany(w => w[(b * size)..((b + 1) * size)]))];
        double loss = _points.Count > 0 ? _points[^1].Loss : double.NaN;
        _folder.Write(new TrainingCheckpoint(_epoch, _epoch, loss, blocks, NoState), Shapes(), durable);
    }

    private double[][] Weights() => [.. _trainings.Select(training => training.Weights.All.ToArray())];

    private IReadOnlyList<(string Name, int[] Shape)> Shapes() =>
        [.. Blocks.Select(name => (name, (int[])[_study.Experiment.Trainings, _study.Task.InputDimension, _study.Task.InputDimension]))];

    private VectorDescent[] Start(TrainingCheckpoint? from)
    {
        VectorExperiment e = _study.Experiment;
        var options = new VectorDescentOptions { EpochRate = e.EpochRate, BatchSize = e.Batch, AllBlocks = e.AllBlocks };
        return
        [
            .. Enumerable.Range(0, e.Trainings).Select(k =>
            {
                VectorWeights start = _study.Start.Copy();
                int size = start.Dimension * start.Dimension;
                for (int b = 0; from is not null && b < Blocks.Length; b++)
                    from.Weights.AsSpan((b * e.Trainings + k) * size, size).CopyTo(start.All.Slice(b * size, size));
                return new VectorDescent(_study.Task, start, options, unchecked(e.Seed + (ulong)k * SeedOfTraining), (from?.Step ?? 0) * _study.Task.Tasks.Count);
            }),
        ];
    }

    private TrainingCheckpoint? LastGood()
    {
        IReadOnlyList<long> steps = _folder.CheckpointSteps();
        foreach (long step in steps.Reverse())
        {
            try
            {
                return _folder.ReadCheckpoint(step, Shapes());
            }
            catch (InputException exception) when (exception.InnerException is CheckpointFormatException && step != steps[0])
            {
                _folder.DeleteCheckpoint(step); // a power cut in the middle of writing; the one before it is good
            }
        }

        return null;
    }
}
