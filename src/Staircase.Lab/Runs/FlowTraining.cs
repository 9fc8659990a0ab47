namespace Staircase.Lab;

/// <summary>A training in continuous time.</summary>
internal sealed class FlowTraining : ITraining
{
    private const string Scalars = "solver.scalars", Eigenvector = "solver.eigenvector";

    /// <summary>Times are sums of steps: a run may end this much, relatively, before the time it was to reach.</summary>
    private const double TimeRounding = 1e-12;

    private readonly IObjective<double> _objective;
    private readonly FlowOptions _options;
    private readonly double[] _start;
    private readonly double[] _marks;
    private readonly IMeasurement<double> _measurement;
    private readonly Func<double> _loss;
    private GradientFlow _flow;

    /// <param name="objective">What is minimized.</param>
    /// <param name="options">Tolerances.</param>
    /// <param name="weights">The initial weights.</param>
    /// <param name="until">The last time.</param>
    /// <param name="drops">When theory expects drops: a flow takes as many steps for each, so that they mark the way.</param>
    /// <param name="measurement">What is measured.</param>
    public FlowTraining(
        IObjective<double> objective, FlowOptions options, double[] weights, double until, IEnumerable<double> drops,
            IMeasurement<double> measurement)
    {
        (_objective, _options, _start, _measurement) = (objective, options, weights, measurement);
        _flow = new(objective, weights, options);
        _marks = [0, .. drops.Where(time => time > 0 && time < until).Order(), until];
        _loss = () => _flow.Loss;
    }

    public IReadOnlyList<Column> Columns => _measurement.Columns;

    public long Step => _flow.State.Steps;

    public double? Time => _flow.State.Time;

    public double Progress
    {
        get
        {
            double time = _flow.State.Time, until = _marks[^1];
            if (time >= until)
                return time > until * (1 + TimeRounding) ? time / until : 1;
            int next = Max(1, Array.FindIndex(_marks, mark => mark > time));
            return (next - 1 + (time - _marks[next - 1]) / (_marks[next] - _marks[next - 1])) / (_marks.Length - 1);
        }
    }

    public double Loss => _flow.Loss;

    public void Advance(long limit, CancellationToken cancellation) => _flow.Advance(_marks[^1]);

    public void Measure(Span<double> row) => _measurement.Measure(_flow.Moving, _loss, row);

    public Snapshot Weights() => new Snapshot(Step, Time).With<double>(_objective.Layout, _flow.Weights);

    public Snapshot State() => Weights().With(Scalars, _flow.State.Scalars()).With(Eigenvector, [.. _flow.State.Eigenvector]);

    public void Restore(Snapshot state)
    {
        double[] weights = state.Weights<double>(_objective.Layout);
        int size = _objective.MovingCount(_start);
        _flow = new(_objective, _start, _options, OdeState.Restore(
            state.Read<double>(Scalars, OdeState.ScalarCount), weights[..size], state.Read<double>(Eigenvector, size)));
    }
}
