namespace Staircase;

/// <summary>Turns step reports into trajectory points.</summary>
public sealed class TrajectoryRecorder
{
    private readonly double[,]? _basis;
    private readonly List<TrajectoryPoint> _points = [];

    /// <param name="basis">E, whose columns are the eigenvectors of the inputs; null is the identity.</param>
    public TrajectoryRecorder(double[,]? basis) => _basis = basis;

    /// <summary>What was recorded so far.</summary>
    public IReadOnlyList<TrajectoryPoint> Points => _points;

    /// <summary>Records a report.</summary>
    public TrajectoryPoint Record(in StepReport report) => Record(report, report.Loss);

    /// <summary>Records a report with another loss than the one training saw.</summary>
    public TrajectoryPoint Record(in StepReport report, double loss)
    {
        var point = new TrajectoryPoint(report.Step, report.Time, loss, ModeStrengths.Of(report.InContextMatrix, _basis));
        _points.Add(point);
        return point;
    }

    /// <summary>Records a point that is known already, as when a run is resumed.</summary>
    public void Record(TrajectoryPoint point) => _points.Add(point);
}
