namespace Staircase;

/// <summary>Records a training of double precision, as <see cref="GradientFlow"/> and <see cref="Descent"/> do.</summary>
internal sealed class Recorder
{
    private readonly Recording _recording;
    private readonly IInContextObjective? _inContext;
    private readonly List<Checkpoint> _kept = [];
    private readonly double[] _row;

    /// <exception cref="ArgumentException">Strengths are asked for, and the objective has no in-context matrix.</exception>
    public Recorder(IObjective<double> objective, Recording? recording, bool hasTime)
    {
        _recording = recording ?? new Recording();
        _inContext = objective as IInContextObjective;
        if (_recording.Modes is not null && _inContext is null)
            throw new ArgumentException("Strengths of modes are those of an in-context matrix, which this objective does not have.");
        Trajectory = new Trajectory([Column.Loss, .. Column.Strengths(_recording.Modes?.Count ?? 0)], hasTime) { Checkpoints = _kept };
        _row = new double[Trajectory.Columns.Count];
    }

    /// <summary>What was recorded so far.</summary>
    public Trajectory Trajectory { get; }

    /// <summary>Records a step where it is due.</summary>
    /// <param name="time">Its time, if any.</param>
    /// <param name="loss">The loss there, just evaluated.</param>
    /// <param name="isLast">Whether the training ends here; then the step is due.</param>
    /// <param name="weights">Gives the whole weight vector, where it is kept.</param>
    public void Record(long step, double? time, double loss, bool isLast, Func<double[]> weights)
    {
        bool keeps = isLast || _recording.Weights?.Includes(step) == true;
        if (!keeps && !_recording.Rows.Includes(step))
            return;
        _row[0] = loss;
        _recording.Modes?.Strengths(_inContext!.LastInContextMatrix, _row.AsSpan(1));
        Trajectory.Add(step, time, _row);
        if (keeps)
            _kept.Add(new(step, time, loss, weights()));
    }
}
