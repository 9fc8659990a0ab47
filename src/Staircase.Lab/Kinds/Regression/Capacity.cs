namespace Staircase.Lab;

/// <summary>Refuses an experiment that no array can index or this machine cannot hold, before anything is allocated.</summary>
/// <remarks>
/// Counts only what grows with a size that the user chose; the counts are estimates in floating point, so that no size overflows them.
/// </remarks>
internal static class Capacity
{
    private const int WeightCopies = 12; // vectors of the weights' length that training and theory hold at once
    private const int MapCopies = 6; // matrices and maps that a loss holds at once
    private const double BlockSequences = 64; // sequences whose gradients SequenceLoss adds before it sums the blocks

    /// <summary>Checks every size of an experiment.</summary>
    /// <param name="e">The experiment, with the sizes of its data file if it has one.</param>
    /// <param name="sequences">Sequences that training sees at a time; 0 for the population.</param>
    /// <exception cref="InputException">Something is too large; the message names the options that make it so.</exception>
    public static void Check(RegressionExperiment e, long sequences)
    {
        double D = e.EffectiveDimension, N = e.Context, W = D + 1;
        double H = e.Heads ?? (e.Attention is AttentionKind.Merged or AttentionKind.Cubic ? 2 * D : D + 1), R = e.Rank ?? 1;
        double weights = H * (e.Attention is AttentionKind.Merged or AttentionKind.Cubic ? W * W : 1 + (2 * D + 1) * R + D);
        double statistic = W * (D + 2) / 2;
        bool wholeMap = sequences > 0 || e.InitScheme != InitializationScheme.Papers;

        RequireRoom("the weights (‹heads›, ‹rank›, ‹dim›)", weights, WeightCopies);
        if (e.InitScheme == InitializationScheme.Layers)
            RequireRoom("a published layer (‹heads›, ‹dim›)", H * W * W, 0);
        RequireRoom("the map that attention computes (‹dim›)", wholeMap ? statistic * D : D * D, MapCopies);
        RequireRoom("a sequence (‹context›, ‹dim›)", (N + 1) * W, ThreadTeam.SharedThreads); // always: algorithms are examined
        if (sequences == 0)
            return;

        // Data whose moments fit in memory need no room for their sequences.
        double n = statistic * D, rows = sequences * (e.VaryContext ? N : 1);
        if (e.Data.Kind == DataKind.Online || !RegressionStudy.PrefersMoments(n, rows))
        {
            RequireRoom("the statistics of the sequences (‹data›, ‹dim›, ‹vary-context›)", rows * statistic, 1);
            RequireRoom("the gradients of the sequences (‹data›, ‹dim›)", Ceiling(sequences / BlockSequences) * n, 1);
        }
    }

    private static void RequireRoom(string what, double numbers, int copies)
    {
        double bytes = Max(copies, 1) * numbers * sizeof(double), available = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        Require(
            copies == 0 || bytes <= available,
            $"The experiment is too large: {what} would take {bytes / (1 << 30):N0} GiB of memory, and there are "
            + $"{available / (1 << 30):N0} GiB.");
        Require(
            numbers <= Array.MaxLength,
            $"The experiment is too large: {what} would be an array of {Number(numbers, digits: 3)} numbers, and one holds at most "
            + $"{Number(Array.MaxLength, digits: 3)}.");
    }
}
