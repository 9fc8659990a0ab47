namespace Staircase;

/// <summary>Linear attention trained on finitely many task vectors: of the set it sees the second moment Ω_T alone.</summary>
/// <remarks>
/// The in-context part of the expected loss is quadratic in w, so that <see cref="PopulationLoss"/> with Ω_T = (1/T) Σ w_kw_kᵀ is exact for
/// the set (docs/theory/ridge-or-memory.md). A set with mean zero, such as one that holds −w with every w, keeps zero blocks zero.
/// </remarks>
public static class FiniteTaskSet
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "finite-task-set",
        "Trained on finitely many task vectors, linear attention with zero blocks is that of Gaussian tasks with their second moment "
        + "Ω_T: it learns their span, T < D, never the tasks themselves, and comes to ridge regression as T grows. It has no "
        + "transience: it cannot memorize.",
        Paper.Staircase, "the setting of Raventós et al. 2023 in the model of Zhang et al. 2025",
        "in-context part; a set of mean zero, else other blocks are driven",
        "softmax, depth and other blocks, which can tell tasks apart");

    /// <summary>T vectors w ~ N(0, I), half of them the negatives of the others.</summary>
    /// <param name="dimension">D.</param>
    /// <param name="count">T, even.</param>
    /// <param name="seed">Where the random numbers come from.</param>
    public static double[][] Draw(int dimension, int count, ulong seed)
    {
        if (count < 2 || count % 2 != 0)
            throw new ArgumentException($"A set of pairs ±w has an even number of tasks, at least 2, not {count}.");
        return
        [
            .. Range(0, count / 2).SelectMany(k =>
            {
                double[] w = new double[dimension];
                new RandomStream(seed, RandomPurpose.TaskVector, k).FillNormal(w);
                return (double[][])[w, [.. w.Select(e => -e)]];
            }),
        ];
    }

    /// <summary>Ω_T, D×D.</summary>
    public static double[,] SecondMoment(IReadOnlyList<double[]> tasks)
    {
        int D = tasks[0].Length;
        var moment = new double[D, D];
        foreach (double[] w in tasks)
        {
            for (int i = 0; i < D; i++)
            {
                for (int j = 0; j < D; j++)
                    moment[i, j] += w[i] * w[j] / tasks.Count;
            }
        }

        return moment;
    }
}
