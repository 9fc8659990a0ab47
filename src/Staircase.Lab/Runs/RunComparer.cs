namespace Staircase.Lab;

/// <summary>Lays theory over a run folder.</summary>
public static class RunComparer
{
    private const int ExaminedSequences = 1000;

    /// <summary>Compares a run with what theory predicts for it, and examines which algorithm the model runs on each plateau.</summary>
    /// <param name="study">The run's experiment, prepared.</param>
    /// <param name="folder">Where its checkpoints are.</param>
    /// <param name="points">What it recorded.</param>
    /// <exception cref="InputException">There is no theory for it, or too little was recorded.</exception>
    public static Comparison Compare(Study study, RunFolder folder, IReadOnlyList<TrajectoryPoint> points)
    {
        Prediction prediction = study.Prediction
            ?? throw new InputException($"There is no theory to compare with: {study.NoTheory}.");
        if (points.Count < 2)
            throw new InputException($"{folder.MetricsPath} has {points.Count} recorded points; a comparison needs at least two.");
        bool hasTime = points.All(point => double.IsFinite(point.Time));
        var checkpoints = folder.CheckpointSteps()
            .Select(step => points.FirstOrDefault(point => point.Step == step) is { } point ? (Step: step, Position: hasTime ? point.Time : point.Step) : (Step: -1, Position: 0))
            .Where(pair => pair.Step >= 0)
            .ToArray();
        return Comparison.Of(prediction, points, plateau =>
        {
            var inside = checkpoints.Where(c => c.Position > plateau.Start && c.Position < plateau.End || (c.Position == plateau.Start && plateau.Start == 0)).ToArray();
            if (inside.Length == 0)
                return null;
            long step = inside.MinBy(c => Math.Abs(c.Position - plateau.Middle)).Step;
            double[] weights = folder.ReadCheckpoint(step, study.Model.Layout).Weights;
            return Algorithm.Examine(study.Model, weights, study.Examples, study.Task, (int)Math.Min(ExaminedSequences, study.Examples.Count));
        });
    }
}
