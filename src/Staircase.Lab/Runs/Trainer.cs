namespace Staircase.Lab;

/// <summary>
/// Trains a study into a store, from its start or from where the store's run stands. It alone knows schedules, resuming, closing records,
/// stopping, divergence and progress; what a step is and what is measured is the training's.
/// </summary>
public sealed class Trainer
{
    /// <summary>A kill loses this much at most; a stop loses nothing.</summary>
    internal static readonly TimeSpan BetweenSaves = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan BetweenReports = TimeSpan.FromMilliseconds(50);

    private readonly Study _study;
    private readonly IRunStore _store;
    private readonly ITraining _training;
    private readonly TrainingPlan _plan;
    private readonly double[] _row;
    private readonly double _earlierSeconds;
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private Trajectory _rows;
    private long _resumedAt = -1;
    private TimeSpan? _saved; // null before the first time
    private TimeSpan _reported;

    private Trainer(Study study, IRunStore store)
    {
        (_study, _store, _training, _plan) = (study, store, study.Begin(), study.Plan);
        _row = new double[_training.Columns.Count];
        _rows = new(_training.Columns, _training.Time is not null);
        _earlierSeconds = store.Record?.WallSeconds ?? 0;
        if (store.Record is null)
            return;
        if (store.ReadState() is { } state)
            Resume(state);
        else
            StartAgain(Max(store.Record.Step, store.CheckpointSteps() is [.., var last] ? last : 0));
    }

    /// <summary>Trains to the end, or until it is asked to stop.</summary>
    /// <param name="study">What to train; an end is found where none was given.</param>
    /// <param name="store">
    /// Where the run is kept; if it holds a run of this study, that is continued to the bits of one that was never interrupted.
    /// </param>
    /// <param name="progress">Told how far training is.</param>
    /// <param name="cancellation">Asks to stop; the run can then be resumed.</param>
    /// <returns>The run, finished or interrupted.</returns>
    /// <exception cref="InputException">Training diverged, or the run cannot be continued; the message says what to do.</exception>
    public static Run Train(
        Study study, IRunStore store, IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        study = study.WithEnd();
        using IDisposable held = store.Lock();
        Trainer trainer = Begin(study, store);
        trainer.GoOn(progress, cancellation);
        return trainer.Trained;
    }

    /// <summary>
    /// A training at its start, or where the store's run stands; who begins it lets it go on, in as many pieces as wanted.
    /// </summary>
    /// <param name="study">What to train, with its end.</param>
    /// <param name="store">Where the run is kept; nobody else may write it meanwhile.</param>
    /// <exception cref="InputException">The run cannot be continued; the message says what to do.</exception>
    public static Trainer Begin(Study study, IRunStore store)
    {
        var trainer = new Trainer(study, store);
        store.Write(trainer.Closing(RunStatus.Running));
        store.Begin(trainer._rows);
        return trainer;
    }

    /// <summary>
    /// Trains studies turn by turn side by side, each into its store and to the bits that it gets alone; what they can do together (see
    /// <see cref="Study.Together"/>) is done at once.
    /// </summary>
    /// <param name="studies">What to train; all have the same <see cref="Study.Together"/>.</param>
    /// <param name="stores">Where each run is kept.</param>
    /// <param name="progress">Told how far each training is.</param>
    /// <param name="cancellation">Asks to stop; the runs can then be resumed.</param>
    /// <returns>For each the run, or the complaint about what cannot be trained; those that diverged have left a record.</returns>
    internal static TrainingOutcome[] TrainTogether(
        IReadOnlyList<Study> studies, IReadOnlyList<IRunStore> stores, IReadOnlyList<IProgress<TrainingProgress>?> progress,
        CancellationToken cancellation)
    {
        var outcomes = new TrainingOutcome[studies.Count];
        var held = new List<IDisposable>();
        try
        {
            var open = new List<(int Index, Trainer Trainer)>();
            for (int i = 0; i < studies.Count; i++)
            {
                outcomes[i] = TrainingOutcome.Of(() =>
                {
                    Study study = studies[i].WithEnd();
                    held.Add(stores[i].Lock());
                    Trainer trainer = Begin(study, stores[i]);
                    open.Add((i, trainer));
                    return trainer.Trained;
                });
            }

            JointDescent? joint = JointDescent.Of([.. open.Select(one => ((DescentTraining<double>)one.Trainer._training).Descent)]);
            var descents = new List<Descent<double>>(open.Count);
            while (open.Count > 0)
            {
                if (joint is not null)
                {
                    descents.Clear();
                    foreach ((_, Trainer trainer) in open)
                        descents.Add(((DescentTraining<double>)trainer._training).Descent);
                    joint.Evaluate(descents);
                }

                open.RemoveAll(one => !GoesOn(one.Index, one.Trainer));
            }
        }
        finally
        {
            held.ForEach(one => one.Dispose());
        }

        return outcomes;

        bool GoesOn(int index, Trainer trainer)
        {
            try
            {
                return trainer.Turn(progress[index], cancellation) == RunStatus.Running;
            }
            catch (InputException exception)
            {
                outcomes[index] = new(null, exception);
                return false;
            }
        }
    }

    /// <summary>Complains of a run that cannot be gone on with; its store must be locked.</summary>
    /// <exception cref="InputException">It is damaged; the message says where.</exception>
    internal static void RequireWhole(Study study, IRunStore store) => _ = new Trainer(study.WithEnd(), store);

    /// <summary>The run as far as it has been trained.</summary>
    public Run Trained => new(_study, _store, _rows);

    /// <summary>Goes on to the end, or until it is asked to stop; a later call goes on from there, to the same bits.</summary>
    /// <param name="progress">Told how far training is.</param>
    /// <param name="cancellation">Asks to stop.</param>
    /// <returns>Whether the training is at its end.</returns>
    /// <exception cref="InputException">Training diverged; the message says what to do.</exception>
    public bool GoOn(IProgress<TrainingProgress>? progress = null, CancellationToken cancellation = default)
    {
        RunStatus status;
        do
            status = Turn(progress, cancellation);
        while (status == RunStatus.Running);
        return status == RunStatus.Finished;
    }

    /// <summary>Records and keeps what is due, and takes the next step; closes the run where that was its last turn.</summary>
    /// <returns>Running where it goes on.</returns>
    private RunStatus Turn(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        try
        {
            RunStatus status = Step(progress, cancellation);
            if (status == RunStatus.Running)
                return status;
            _store.FlushRows();
            _store.WriteState(_training.State());
            _store.Write(Closing(status));
            return status;
        }
        catch (DivergedException exception)
        {
            _store.FlushRows();
            _store.Write(Closing(RunStatus.Diverged));
            throw new InputException($"{exception.Message} {_study.Advice}", exception);
        }
        catch (Exception exception) when (exception is not InputException)
        {
            // A mistake of the program must not cost what was trained before it.
            _store.FlushRows();
            _store.Write(Closing(RunStatus.Interrupted));
            throw;
        }
    }

    private RunStatus Step(IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        long step = _training.Step;
        bool finished = _training.Progress >= 1;
        if (finished || _plan.Rows.Includes(step))
            AddRow();
        finished |= IsStopped;
        if (step > _resumedAt && (finished || _plan.Keeps(step, _training.IsChanging(_rows))))
        {
            AddRow(); // so that it is known what the weights that are kept achieve
            Keep(finished |= IsStopped);
        }

        if (finished)
            return RunStatus.Finished;
        if (cancellation.IsCancellationRequested)
            return RunStatus.Interrupted;
        try
        {
            _training.Advance(_plan.NextAfter(step), cancellation);
        }
        catch (OperationCanceledException)
        {
            return RunStatus.Interrupted;
        }

        Report(progress);
        return RunStatus.Running;
    }

    /// <summary>Whether the last row is that of this step, and ends the training before its end.</summary>
    private bool IsStopped => _rows.Count > 0 && _rows.Steps[^1] == _training.Step && _study.Experiment.StopWhen?.IsMetBy(_rows) == true;

    private void AddRow()
    {
        if (_rows.Count > 0 && _rows.Steps[^1] == _training.Step)
            return;
        _training.Measure(_row);
        _rows.Add(_training.Step, _training.Time, _row);
        _store.AddRow(_rows);
    }

    private void Keep(bool durable)
    {
        _store.WriteCheckpoint(_training.Weights(), durable);
        if (durable || (_saved is { } saved && _watch.Elapsed - saved < BetweenSaves))
            return;
        _store.FlushRows();
        _store.WriteState(_training.State());
        _saved = _watch.Elapsed;
    }

    private void Report(IProgress<TrainingProgress>? progress)
    {
        if (progress is null || _watch.Elapsed - _reported < BetweenReports)
            return;
        progress.Report(new("training", Min(_training.Progress, 1), _training.Step, _training.Loss, _study.Awaited(_rows)));
        _reported = _watch.Elapsed;
    }

    private void Resume(Snapshot state)
    {
        _training.Restore(state);
        if (_training.Progress > 1)
        {
            string time = _training.Time is { } at ? $", time {AllDigits(at)}" : "";
            throw new InputException($"{_store.Name} has trained to step {_training.Step}{time}: {EndKeys} cannot end it earlier.");
        }

        (_resumedAt, _saved) = (state.Step, TimeSpan.Zero);
        _rows = _store.ReadRows(_training.Columns, state.Step);
        long due = _plan.Rows.LastUpTo(state.Step);
        Require(
            _rows.Count > 0 && _rows.Steps[^1] >= due,
            $"{_store.Name}: its table of rows is cut short: it ends before step {due}, which training has passed.");

        // What was recorded and kept only because an earlier end was there is none of a run that was to go on from the start; and what came
        // after the state is done again.
        Trajectory before = state.Step > due && _rows.Steps[^1] == state.Step ? _rows.Take(_rows.Count - 1) : _rows;
        bool keepsLast = _training.Progress >= 1 || IsStopped || _plan.Keeps(state.Step, _training.IsChanging(before));
        if (!keepsLast)
            _rows = before;
        DeleteCheckpoints(step => step > state.Step || (step == state.Step && !keepsLast));
        if (keepsLast)
            _store.WriteCheckpoint(_training.Weights(), durable: true); // it may be the one that a power cut tore
    }

    /// <summary>A run that was killed before anything was saved begins from the start; one that has lost its state does not.</summary>
    private void StartAgain(long steps)
    {
        Require(
            steps == 0,
            $"{_store.Name} has lost the state from which training goes on (resume.safetensors): {Whole(steps)} steps would be done again. "
            + $"Begin from the weights that it has kept with ‹fork› {_store.Name}, or anew with another ‹out›.");
        DeleteCheckpoints(_ => true);
    }

    private void DeleteCheckpoints(Func<long, bool> which)
    {
        foreach (long step in _store.CheckpointSteps().Where(which))
            _store.DeleteCheckpoint(step);
    }

    private string EndKeys => string.Join(" or ", _study.Kind.EndKeys.Select(key => $"‹{key}›"));

    private RunRecord Closing(RunStatus status) => new()
    {
        Kind = _study.Kind.Name,
        Status = status,
        Experiment = _study.Settings,
        Columns = _training.Columns,
        Step = _training.Step,
        Time = _training.Time,
        Loss = _rows.Count > 0 ? _rows.Losses[^1] : null,
        Stopped = status == RunStatus.Finished && _training.Progress < 1 ? _study.Experiment.StopWhen?.ToString() : null,
        WallSeconds = _earlierSeconds + (_training.Step == _resumedAt ? 0 : _watch.Elapsed.TotalSeconds),
    };
}
