namespace Staircase.Lab;

/// <summary>What of many checkpoints is shown.</summary>
internal static class Shown
{
    /// <summary>At most so many, evenly from the first to the last.</summary>
    public static IReadOnlyList<T> Spread<T>(IReadOnlyList<T> all, int most) => all.Count <= most
        ? all
        : [.. Range(0, most).Select(i => all[(int)((long)i * (all.Count - 1) / Max(1, most - 1))])];

    /// <summary>A step of a slider, with the loss that was recorded there.</summary>
    public static WeightFrame Frame(this Trajectory rows, long step)
    {
        int row = rows.RowOf(step);
        return new(step, null, rows.Steps[row] == step ? rows.Losses[row] : double.NaN, null);
    }
}
