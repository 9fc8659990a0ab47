using System.Diagnostics;
using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>Trains a network into a run folder: measures and keeps it on schedule, stops cleanly, goes on to the same bits.</summary>
/// <remarks>
/// Beside the checkpoints, which hold weights alone and are there to be looked at, <c>resume.safetensors</c> holds the last of them with the optimizer's memory. What was recorded after it by a run that
/// was killed is recorded again.
/// </remarks>
internal sealed class NetworkTrainer
{
    private readonly INetworkCourse _course;
    private readonly NetworkSchedule _schedule;
    private readonly RunFolder _folder;
    private readonly RunRecord _record;
    private readonly NetworkDescent<float> _descent;
    private readonly List<TrajectoryPoint> _points = [];
    private readonly long _resumedAt = -1;

    /// <param name="course">What to train.</param>
    /// <param name="schedule">How long, and what is written down.</param>
    /// <param name="folder">Where.</param>
    /// <param name="record">The record of the run that starts: its kind and experiment.</param>
    /// <param name="before">The record of the run to continue; null for a new one.</param>
    /// <exception cref="InputException">The run cannot be continued.</exception>
    public NetworkTrainer(INetworkCourse course, NetworkSchedule schedule, RunFolder folder, RunRecord record, RunRecord? before)
    {
        (_course, _schedule, _folder) = (course, schedule, folder);
        _record = record with { WallSeconds = before?.WallSeconds ?? 0 };
        NetworkCheckpoint? from = before is null || !File.Exists(folder.ResumePath) ? null : NetworkCheckpoint.Read(folder.ResumePath, course.Network.Layout);
        float[] weights = from?.Weights ?? course.InitialWeights();
        if (from is null)
        {
            _descent = new(course.Network, course.Optimizer, weights);
            return;
        }

        if (from.Memory?.Length != course.Optimizer.MemoryPerWeight * weights.Length)
            throw new InputException($"{folder.ResumePath} does not fit the run's optimizer: it remembers {from.Memory?.Length ?? 0} numbers, expected {course.Optimizer.MemoryPerWeight * weights.Length}.");
        if (schedule.Steps < from.Step)
            throw new InputException($"{folder.Path} has trained to step {from.Step}: --steps cannot end it earlier.");
        _descent = new(course.Network, course.Optimizer, weights, from.Memory, from.Step);
        _resumedAt = from.Step;

        // A step that was recorded only because the run ended there is recorded again only if it is due.
        _points.AddRange(MetricsTable.Read(folder, course.Columns.Count, from.Step).Where(point => schedule.Records(point.Step)));
        long due = from.Step;
        while (!schedule.Record.Includes(due))
            due--;
        if (_points.Count == 0 || _points[^1].Step < due)
            throw new InputException($"{folder.MetricsPath} is cut short: it ends before step {due}, which {folder.ResumePath} has passed.");
    }

    /// <summary>What was recorded so far.</summary>
    public IReadOnlyList<TrajectoryPoint> Points => _points;

    /// <summary>Trains to the last step, or until cancelled.</summary>
    /// <returns>The final record, which is in the folder too.</returns>
    /// <exception cref="InputException">The loss diverged (the record says so too), or the folder cannot be written.</exception>
    public RunRecord Train(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        var watch = Stopwatch.StartNew();
        _folder.Write(Closing(RunStatus.Running));
        using MetricsTable table = MetricsTable.Start(_folder, _course.Columns, _points);
        try
        {
            bool finished = Run(table, progress, cancellation);
            RunRecord record = Closing(finished ? RunStatus.Finished : RunStatus.Interrupted);
            _folder.Write(record);
            return record;
        }
        catch (DivergedException exception)
        {
            table.Flush();
            _folder.Write(Closing(RunStatus.Diverged));
            throw new InputException($"{exception.Message} Lower --learning-rate or --init.", exception);
        }

        RunRecord Closing(RunStatus status) => _record with
        {
            Status = status,
            Step = _descent.Step,
            Time = _descent.Step,
            Loss = _points.Count > 0 ? _points[^1].Loss : null,
            WallSeconds = _record.WallSeconds + watch.Elapsed.TotalSeconds,
        };
    }

    private bool Run(MetricsTable table, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        while (true)
        {
            long step = _descent.Step;
            bool last = step == _schedule.Steps, stop = cancellation.IsCancellationRequested;
            if (_schedule.Records(step) && (_points.Count == 0 || _points[^1].Step < step))
            {
                double[] row = _course.Measure(step, _descent.Weights);
                _points.Add(new(step, step, row[0], row[1..]));
                table.Add(_points[^1]);
            }

            if (step > _resumedAt)
            {
                if (_schedule.Keeps(step, _course.IsChanging(_points)))
                    Keep(table, last);
                else if (stop)
                    Save(table);
            }

            if (last || stop)
                return last;
            double loss = _descent.Advance();
            progress?.Report(new("training", (double)_descent.Step / _schedule.Steps, _descent.Step, loss));
        }
    }

    private void Keep(MetricsTable table, bool durable)
    {
        NetworkCheckpoint weights = new(_descent.Step, _descent.Weights);
        _folder.Guard(() => weights.Write(_folder.CheckpointPath(_descent.Step), _course.Network.Layout, _course.Metadata, durable));
        Save(table);
    }

    /// <summary>Rows first: whatever the file knows, the table knows too.</summary>
    private void Save(MetricsTable table)
    {
        table.Flush();
        NetworkCheckpoint all = new(_descent.Step, _descent.Weights, _descent.Memory);
        _folder.Guard(() => all.Write(_folder.ResumePath, _course.Network.Layout, _course.Metadata, durable: true));
    }
}
