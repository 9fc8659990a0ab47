namespace Staircase.Lab;

/// <summary>
/// A training that is under way, of anybody: losses and checkpoints as they come, and at any time the plateaus of the loss, the measures of
/// every head and their transitions so far. A checkpoint is measured when it comes, and kept until the next one only.
/// </summary>
/// <remarks>
/// The rows are those of <see cref="CheckpointAnalysis"/> but for <c>subspaceDistance</c>: how far a checkpoint is from the last one is not
/// known before that one is there, and is NaN.
/// </remarks>
/// <param name="options">How to analyze; its paths, selection and losses are not read.</param>
public sealed class LiveAnalysis(AnalysisOptions options)
{
    private readonly List<double> _lossSteps = [], _losses = [];
    private readonly List<long> _steps = [];
    private readonly List<AnalysisRow> _rows = [];
    private readonly List<AuditFinding> _findings = [];
    private MemoryTensors? _before;
    private CheckpointAnalysis? _last;

    /// <summary>The losses.</summary>
    public IReadOnlyList<double> Losses => _losses;

    /// <summary>Adds what there is of a step: its loss, its checkpoint, or both. Where that fails, nothing is added.</summary>
    /// <param name="step">The step, after those before.</param>
    /// <param name="loss">The loss; null where there is none.</param>
    /// <param name="tensors">The checkpoint, which is audited, measured and copied; null where there is none.</param>
    /// <param name="progress">The fraction that is done.</param>
    /// <exception cref="InputException">
    /// The step is not after the last one, the loss is no finite number, a tensor is malformed, or there is no attention of a known layout.
    /// </exception>
    public void Add(
        long step, double? loss, MemoryTensors? tensors, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (loss is { } value && !double.IsFinite(value))
            throw new InputException($"the loss of step {step} is {value}: training has diverged.");
        if (loss is not null && _lossSteps.Count > 0 && step <= _lossSteps[^1])
            throw new InputException($"the loss of step {step} comes after that of step {_lossSteps[^1]}: steps must ascend.");
        if (tensors is not null && _steps.Count > 0 && step <= _steps[^1])
            throw new InputException($"the checkpoint of step {step} comes after that of step {_steps[^1]}: steps must ascend.");
        if (tensors is not null)
            Measure(step, tensors, progress, cancellation);
        if (loss is null)
            return;
        _lossSteps.Add(step);
        _losses.Add(loss.Value);
    }

    /// <summary>The plateaus of the loss so far, by step; none before there are two losses.</summary>
    public IReadOnlyList<MeasuredPlateau> Plateaus() => _losses.Count < 2 ? [] : PhaseDetector.Plateaus(_lossSteps, _losses);

    /// <summary>Everything so far; null before the first checkpoint.</summary>
    public CheckpointAnalysis? Analysis() => _last is null ? null : (_last with
    {
        Steps = [.. _steps],
        Findings = [.. _findings],
        Rows = [.. _rows],
        NoTransitions = null,
        Losses = _losses.Count == 0 ? null : new LossTable([.. _lossSteps], [("loss", [.. _losses])]),
    }).WithTransitions();

    private void Measure(long step, MemoryTensors tensors, IProgress<double>? progress, CancellationToken cancellation)
    {
        var both = new Dictionary<long, MemoryTensors> { [step] = tensors };
        if (_before is not null)
            both[_steps[^1]] = _before;
        using CheckpointSeries series = CheckpointSeries.Of(both);
        CheckpointAnalysis analysis = CheckpointAnalysis.Of(series, null, options, null, progress, cancellation);
        _before = Guard(tensors.Copy);
        _last = analysis;
        _steps.Add(step);
        _findings.AddRange(analysis.Findings.Where(finding => finding.Step == step));
        _rows.AddRange(analysis.Rows.Where(row => row.Step == step).Select(Live));
    }

    private static AnalysisRow Live(AnalysisRow row) => row with
    {
        QK = row.QK?.Without(CircuitMeasure.SubspaceDistance),
        OV = row.OV?.Without(CircuitMeasure.SubspaceDistance),
        Matrix = row.Matrix?.Without(CircuitMeasure.SubspaceDistance),
    };
}
