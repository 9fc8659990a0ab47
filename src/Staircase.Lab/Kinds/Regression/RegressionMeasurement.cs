namespace Staircase.Lab;

/// <summary>
/// The loss and the strength of every principal component. Where training sees a fresh batch each step, the recorded loss is the exact
/// expected one, if it is known.
/// </summary>
internal sealed class RegressionMeasurement(RegressionStudy study, IInContextObjective objective) : IMeasurement<double>
{
    /// <summary>Names of the columns of the Hessian's spectrum.</summary>
    internal const string HessianIndex = "hessian_index", SmallestEigenvalue = "hessian_min", LargestEigenvalue = "hessian_max";

    private static readonly Column[] CurvatureColumns =
    [
        new(HessianIndex, ColumnKind.Rank, "number of directions in which the loss curves downwards, of the weights that move"),
        new(SmallestEigenvalue, ColumnKind.Score, "smallest eigenvalue of the Hessian"),
        new(LargestEigenvalue, ColumnKind.Score, "largest eigenvalue of the Hessian; gradient descent is stable below 2/η"),
    ];

    private readonly ModeBasis _modes = study.Modes;

    private readonly Objective? _exact =
        study.Loss is IStochasticLoss && study.Population is { } population && !study.Experiment.Softmax
            ? new(study.Model, population)
            : null;

    /// <summary>The loss whose Hessian is recorded: the expected one where training sees a fresh batch each step.</summary>
    private readonly Objective? _curved = study.Experiment.Curvature ? study.TheoryObjective : null;

    /// <summary>In-context and in-weight sequences that training does not see; drawn when the first row is measured.</summary>
    private readonly Lazy<Func<double[], double>[]> _tests = new(() => study.Experiment.Test is { } count
        ? [study.TestLoss(1, count), study.TestLoss(0, count)]
        : []);

    public IReadOnlyList<Column> Columns { get; } =
    [
        Column.Loss, .. Column.Strengths(study.Model.InputDimension),
        .. study.Experiment.Test is null ? (Column[])[] :
        [
            new("test_in_context", ColumnKind.Loss, "loss on fresh sequences, each with a task of its own"),
            new("test_in_weight", ColumnKind.Loss, "loss on fresh sequences of the one shared task, whose context tells nothing of it"),
        ],
        .. study.Experiment.Curvature ? CurvatureColumns : [],
    ];

    public void Measure(ReadOnlySpan<double> weights, Func<double> loss, Span<double> row)
    {
        row[0] = loss();
        _modes.Strengths(objective.LastInContextMatrix, row.Slice(1, study.Model.InputDimension));
        for (int test = 0; test < _tests.Value.Length; test++)
            row[1 + study.Model.InputDimension + test] = _tests.Value[test](weights.ToArray());
        if (_curved is not null)
        {
            int moving = weights.Length == _curved.Layout.Count ? _curved.MovingCount(weights) : weights.Length;
            Curvature.Spectrum spectrum = Curvature.At(_curved, weights[..moving]);
            Span<double> last = row[^CurvatureColumns.Length..];
            (last[0], last[1], last[2]) = (spectrum.Index, spectrum.Eigenvalues[0], spectrum.Eigenvalues[^1]);
        }

        row[0] = _exact?.Evaluate(weights) ?? row[0];
    }
}
