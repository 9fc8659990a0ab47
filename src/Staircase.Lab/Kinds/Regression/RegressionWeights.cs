namespace Staircase.Lab;

/// <summary>
/// The weights of a training as heat maps, written in the eigenbasis of the inputs, where a learned component is one bright cell.
/// </summary>
internal static class RegressionWeights
{
    private const int LargestCells = 60_000;

    private const string SecondChannel =
        " Besides value and key a head has a second channel, through the input part of its value and the label part of its key; "
        + "what it correlates the context with is $v k + l V$ (merged: $v U + V u^\\top$).";

    /// <summary>The maps; null where no weights were kept, or they are too many to look at.</summary>
    public static WeightMaps? Of(RegressionFindings run)
    {
        ParameterLayout layout = run.Study.Model.Layout;
        int most = LargestCells / layout.Count;
        Checkpoint[] onPlateaus = [.. run.Plateaus.Select(run.Training.CheckpointOn).OfType<Checkpoint>()];
        if (run.Training.Checkpoints.Count == 0 || most <= onPlateaus.Length)
            return null;
        Checkpoint[] frames =
        [
            .. onPlateaus.Concat(Shown.Spread(run.Training.Checkpoints, most - onPlateaus.Length))
                .DistinctBy(c => c.Step).OrderBy(c => c.Step),
        ];
        double[][] weights = [.. frames.Select(frame => layout.ToEigenbasis(frame.Weights, run.Study.Modes.Eigenvectors))];
        return new WeightMaps
        {
            Id = "weights",
            Title = "Weights",
            Caption = "In the eigenbasis of the inputs: column d belongs to principal component d, by descending eigenvalue."
                + (frames.Any(frame => !layout.HasZeroBlocks(frame.Weights)) ? SecondChannel : ""),
            Frames = [.. frames.Select(frame => FrameOf(frame, run))],
            Maps =
            [
                .. layout.Blocks.Where(block => weights.Any(w => w.AsSpan(block.Offset, block.Length).ContainsAnyExcept(0.0)))
                    .Select(block => MapOf(block, weights)),
            ],
        };
    }

    private static WeightFrame FrameOf(Checkpoint checkpoint, RegressionFindings run)
    {
        double position = run.Training.PositionOf(checkpoint.Step, checkpoint.Time);
        int plateau = run.Plateaus.ToList().FindIndex(p => position >= p.Start && position <= p.End);
        return new(checkpoint.Step, checkpoint.Time, checkpoint.Loss, plateau < 0 ? null : plateau + 1);
    }

    private static WeightMap MapOf(ParameterBlock block, double[][] weights)
    {
        int rank = block.Shape.Length;
        bool hasColumns = rank > 1 && block.Axes[^1] == ParameterAxis.Input;
        int columns = hasColumns ? block.Shape[^1] : 1;
        string[] rows = [.. Range(0, block.Length / columns).Select(row => RowLabel(block, row, hasColumns ? rank - 1 : rank))];

        // Seven digits are more than an eye can tell, and half the file.
        return new(block.Name.Replace('_', ' '), rows,
            hasColumns ? [.. Range(1, columns).Select(d => d.ToString(InvariantCulture))]
                : [block.Name.EndsWith("label", StringComparison.Ordinal) ? "label" : "v"],
            [.. weights.SelectMany(w => w.AsSpan(block.Offset, block.Length).ToArray()).Select(x => (double)(float)x)]);
    }

    private static string RowLabel(ParameterBlock block, int row, int axes)
    {
        var parts = new string[axes];
        for (int axis = axes - 1; axis >= 0; axis--)
        {
            int index = row % block.Shape[axis] + 1;
            row /= block.Shape[axis];
            parts[axis] = block.Axes[axis] switch
            {
                ParameterAxis.Head => $"head {index}",
                ParameterAxis.Rank => $"pair {index}",
                _ => $"{index}",
            };
        }

        return string.Join(", ", parts.Where((_, axis) => block.Axes[axis] != ParameterAxis.Rank || block.Shape[axis] > 1));
    }
}
