using System.Numerics;

namespace Staircase.Lab;

/// <summary>A training in discrete steps, of any objective by any optimizer.</summary>
/// <typeparam name="T">The precision of the weights.</typeparam>
internal sealed class DescentTraining<T> : ITraining
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Memory = "optimizer.memory", FirstLoss = "optimizer.first_loss";

    private readonly IObjective<T> _objective;
    private readonly IOptimizer _optimizer;
    private readonly IMeasurement<T> _measurement;
    private readonly long _steps;
    private readonly Func<double> _evaluate;
    private Descent<T> _descent;

    /// <param name="objective">What is minimized.</param>
    /// <param name="weights">The initial weights.</param>
    /// <param name="steps">The last step.</param>
    /// <param name="measurement">What is measured.</param>
    public DescentTraining(IObjective<T> objective, IOptimizer optimizer, T[] weights, long steps, IMeasurement<T> measurement)
    {
        (_objective, _optimizer, _measurement, _steps) = (objective, optimizer, measurement, steps);
        _descent = new(objective, optimizer, weights);
        _evaluate = () => _descent.Evaluate();
    }

    /// <summary>The descent as it stands.</summary>
    public Descent<T> Descent => _descent;

    public IReadOnlyList<Column> Columns => _measurement.Columns;

    public long Step => _descent.Step;

    public double? Time => _descent.Time;

    public double Progress => (double)Step / _steps;

    public double Loss { get; private set; } = double.NaN;

    /// <summary>What files of its weights say of the model.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();

    public void Advance(long limit, CancellationToken cancellation) => Loss = _descent.Advance();

    public void Measure(Span<double> row)
    {
        _measurement.Measure(_descent.State.Weights, _evaluate, row);
        DivergedException.ThrowIf(Step, row[0], _descent.State.FirstLoss ?? row[0]);
    }

    public bool IsChanging(Trajectory soFar) => _measurement.IsChanging(soFar);

    public Snapshot Weights() => new Snapshot(Step, Time) { Metadata = Metadata }.With<T>(_objective.Layout, _descent.State.Weights);

    public Snapshot State()
    {
        Snapshot state = Weights().With(Memory, [.. _descent.State.Memory]);
        return _descent.State.FirstLoss is { } first ? state.With(FirstLoss, [first]) : state;
    }

    public void Restore(Snapshot state)
    {
        T[] weights = state.Weights<T>(_objective.Layout), memory = state.Read<T>(Memory, _optimizer.MemoryPerWeight * weights.Length);
        _descent = new(_objective, _optimizer, new DescentState<T>
        {
            Weights = weights,
            Memory = memory,
            Step = state.Step,
            FirstLoss = state.Has(FirstLoss) ? state.Read<double>(FirstLoss, 1)[0] : null,
        });
    }
}
