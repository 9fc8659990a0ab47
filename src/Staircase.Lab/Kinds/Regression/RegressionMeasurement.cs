namespace Staircase.Lab;

/// <summary>
/// The loss and the strength of every principal component. Where training sees a fresh batch each step, the recorded loss is the exact
/// expected one, if it is known.
/// </summary>
internal sealed class RegressionMeasurement(RegressionStudy study, IInContextObjective objective) : IMeasurement<double>
{
    private readonly ModeBasis _modes = study.Modes;

    private readonly Objective? _exact =
        study.Loss is IStochasticLoss && study.Population is { } population && !study.Experiment.Softmax
            ? new(study.Model, population)
            : null;

    public IReadOnlyList<Column> Columns { get; } = [Column.Loss, .. Column.Strengths(study.Model.InputDimension)];

    public void Measure(ReadOnlySpan<double> weights, Func<double> loss, Span<double> row)
    {
        row[0] = loss();
        _modes.Strengths(objective.LastInContextMatrix, row[1..]);
        row[0] = _exact?.Evaluate(weights) ?? row[0];
    }
}
