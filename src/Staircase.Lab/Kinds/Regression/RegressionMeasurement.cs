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

    /// <summary>In-context and in-weight sequences that training does not see; drawn when the first row is measured.</summary>
    private readonly Lazy<Func<double[], double>[]> _tests = new(() => study.Experiment.Test is { } count
        ? [study.TestLoss(1, count), study.TestLoss(0, count)]
        : []);

    public IReadOnlyList<Column> Columns { get; } =
    [
        Column.Loss, .. Column.Strengths(study.Model.InputDimension),
        .. study.Experiment.Test is null ? Array.Empty<Column>() :
        [
            new("test_in_context", ColumnKind.Loss, "loss on fresh sequences, each with a task of its own"),
            new("test_in_weight", ColumnKind.Loss, "loss on fresh sequences of the one shared task, whose context tells nothing of it"),
        ],
    ];

    public void Measure(ReadOnlySpan<double> weights, Func<double> loss, Span<double> row)
    {
        row[0] = loss();
        _modes.Strengths(objective.LastInContextMatrix, row.Slice(1, study.Model.InputDimension));
        for (int test = 0; test < _tests.Value.Length; test++)
            row[1 + study.Model.InputDimension + test] = _tests.Value[test](weights.ToArray());
        row[0] = _exact?.Evaluate(weights) ?? row[0];
    }
}
