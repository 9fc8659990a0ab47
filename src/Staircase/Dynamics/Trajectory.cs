namespace Staircase;

/// <summary>A recorded training: a table of named measures, a row a recorded step, and the weights that were kept.</summary>
public sealed class Trajectory
{
    private readonly List<long> _steps;
    private readonly List<double> _times;
    private readonly List<double>[] _values;

    /// <param name="columns">The measures; the first is the loss.</param>
    /// <param name="hasTime">Whether steps have a time of the gradient flow.</param>
    public Trajectory(IReadOnlyList<Column> columns, bool hasTime)
        : this(columns, hasTime, [], [], [.. columns.Select(_ => new List<double>())])
    {
    }

    private Trajectory(IReadOnlyList<Column> columns, bool hasTime, List<long> steps, List<double> times, List<double>[] values) =>
        (Columns, HasTime, _steps, _times, _values) = (columns, hasTime, steps, times, values);

    /// <summary>The measures, in the order of the rows' numbers.</summary>
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>Whether steps have a time of the gradient flow (τ = 1).</summary>
    public bool HasTime { get; }

    /// <summary>Rows.</summary>
    public int Count => _steps.Count;

    /// <summary>The recorded steps, ascending.</summary>
    public IReadOnlyList<long> Steps => _steps;

    /// <summary>The time of each row; null where the optimizer follows no flow.</summary>
    public IReadOnlyList<double>? Times => HasTime ? _times : null;

    /// <summary>The recorded loss.</summary>
    public IReadOnlyList<double> Losses => _values[0];

    /// <summary>Where each row lies on the axis of this training: its time where there is one, else its step.</summary>
    public double[] Positions => HasTime ? [.. _times] : [.. _steps.Select(step => (double)step)];

    /// <summary>The weights that were kept, by step.</summary>
    public IReadOnlyList<Checkpoint> Checkpoints { get; init; } = [];

    /// <summary>The same rows, beside other weights that were kept.</summary>
    public Trajectory With(IReadOnlyList<Checkpoint> checkpoints) =>
        new(Columns, HasTime, _steps, _times, _values) { Checkpoints = checkpoints };

    /// <summary>The weights that were kept last: of a whole training those at its last row.</summary>
    /// <exception cref="InvalidOperationException">No weights were kept.</exception>
    public double[] FinalWeights =>
        Checkpoints.Count > 0 ? Checkpoints[^1].Weights : throw new InvalidOperationException("No weights were kept of this training.");

    /// <summary>All values of a measure, row by row.</summary>
    /// <exception cref="KeyNotFoundException">It was not recorded; the message names those that were.</exception>
    public IReadOnlyList<double> this[string name] => _values[IndexOf(name)];

    /// <summary>The numbers of a row, one a column.</summary>
    public double[] Row(int row) => Array.ConvertAll(_values, column => column[row]);

    /// <summary>All columns of a kind, in order.</summary>
    public IReadOnlyList<Column> Of(ColumnKind kind) => [.. Columns.Where(column => column.Kind == kind)];

    /// <summary>The strengths of all modes at a row, in the order of the spectrum.</summary>
    /// <exception cref="InvalidOperationException">No strengths were recorded.</exception>
    public double[] StrengthsAt(int row) => [.. Strengths().Select(values => values[row])];

    /// <summary>Adds a row.</summary>
    /// <param name="step">The step, above that of the last row.</param>
    /// <param name="time">Its time; not read where there is none.</param>
    /// <param name="row">A number a column.</param>
    /// <exception cref="ArgumentException">
    /// The row is of another length, not after the last, or without the time that this training has.
    /// </exception>
    public void Add(long step, double? time, ReadOnlySpan<double> row)
    {
        long last = Count > 0 ? _steps[^1] : -1;
        if (row.Length != Columns.Count || step <= last)
            throw new ArgumentException($"Expected a row of {Columns.Count} numbers after step {last}; found {row.Length} at step {step}.");
        if (HasTime)
            _times.Add(time ?? throw new ArgumentException($"Step {step} has no time, and this training has."));
        _steps.Add(step);
        for (int c = 0; c < row.Length; c++)
            _values[c].Add(row[c]);
    }

    /// <summary>The row of a step, or the one before it.</summary>
    public int RowOf(long step)
    {
        int index = _steps.BinarySearch(step);
        return index >= 0 ? index : Max(0, ~index - 1);
    }

    /// <summary>The same training without the rows after a given number of them, and without the weights kept later.</summary>
    public Trajectory Take(int rows)
    {
        int count = Min(rows, Count);
        long last = count > 0 ? _steps[count - 1] : -1;
        var taken = new Trajectory(Columns, HasTime) { Checkpoints = [.. Checkpoints.Where(at => at.Step <= last)] };
        for (int i = 0; i < count; i++)
            taken.Add(_steps[i], HasTime ? _times[i] : null, Row(i));

        return taken;
    }

    /// <summary>Where a step with a time lies on the axis of this training.</summary>
    public double PositionOf(long step, double? time) => HasTime ? time!.Value : step;

    /// <summary>The kept weights nearest to the middle of a plateau; null where none were kept on it.</summary>
    public Checkpoint? CheckpointOn(MeasuredPlateau plateau)
    {
        return Checkpoints.Where(c => IsOn(Position(c))).MinBy(c => Abs(Position(c) - plateau.Middle));

        double Position(Checkpoint c) => PositionOf(c.Step, c.Time);
        bool IsOn(double at) => (at > plateau.Start && at < plateau.End) || (at == plateau.Start && plateau.Start == 0);
    }

    /// <summary>When each mode first reaches half of its full strength, interpolated; +∞ for a mode that does not.</summary>
    /// <exception cref="InvalidOperationException">No strengths were recorded.</exception>
    public double[] HalfWay(ModeMoments moments)
    {
        double[] positions = Positions;
        return [.. Strengths().Select((values, d) => FirstAt(values, moments.FullStrength(d) / 2))];

        double FirstAt(IReadOnlyList<double> values, double level)
        {
            int after = 0;
            while (after < Count && !(values[after] >= level))
                after++;
            if (after == 0 || after == Count)
                return after == 0 ? 0 : double.PositiveInfinity;
            double θ = (level - values[after - 1]) / (values[after] - values[after - 1]);
            return positions[after - 1] + θ * (positions[after] - positions[after - 1]);
        }
    }

    private IReadOnlyList<double>[] Strengths()
    {
        IReadOnlyList<double>[] strengths = [.. Of(ColumnKind.Strength).Select(column => this[column.Name])];
        return strengths.Length > 0
            ? strengths
            : throw new InvalidOperationException(
                "No strengths were recorded of this training: give it a recording with modes, such as Recording.Of(moments).");
    }

    private int IndexOf(string name)
    {
        for (int c = 0; c < Columns.Count; c++)
        {
            if (Columns[c].Name == name)
                return c;
        }

        throw new KeyNotFoundException(
            $"There is no measure '{name}'; there are {string.Join(", ", Columns.Select(column => column.Name))}.");
    }
}
