namespace Staircase;

/// <summary>
/// One point of the training of a linear transformer on vector-valued tasks, whichever theory or simulation it comes from.
/// </summary>
/// <param name="Time">Epochs.</param>
/// <param name="Loss">½⟨‖ŷ − Wx_q‖²⟩, the mean over tasks.</param>
/// <param name="Value">p_ii, the diagonal of p₂, in the order of the spectrum.</param>
/// <param name="KeyQuery">q_ii, the diagonal of q₁.</param>
public sealed record VectorPoint(double Time, double Loss, double[] Value, double[] KeyQuery)
{
    /// <summary>a_i = p_ii q_ii: how much of mode i has been learned.</summary>
    public double[] Strengths => VectorWeights.Products(Value, KeyQuery);

    /// <summary>All weights; null where they are aligned and the diagonals say all.</summary>
    public VectorWeights? Weights { get; init; }

    /// <summary>The point of given weights.</summary>
    public static VectorPoint Of(double time, double loss, VectorWeights weights) =>
        new(time, loss, VectorWeights.Diagonal(weights.Value), VectorWeights.Diagonal(weights.KeyQuery)) { Weights = weights };

    /// <summary>When a mode's strength first reaches half of a given size, interpolated linearly between points.</summary>
    /// <param name="course">Points in order of time.</param>
    /// <param name="mode">The mode, numbered along the spectrum from 0.</param>
    /// <param name="fullStrength">The size; null takes the strength at the last point.</param>
    /// <returns>The time; NaN if it is not reached.</returns>
    public static double HalfTime(IReadOnlyList<VectorPoint> course, int mode, double? fullStrength = null)
    {
        double half = (fullStrength ?? course[^1].Value[mode] * course[^1].KeyQuery[mode]) / 2;
        double before = 0;
        for (int i = 0; i < course.Count; i++)
        {
            double strength = course[i].Value[mode] * course[i].KeyQuery[mode];
            if (strength >= half)
            {
                return i == 0
                    ? course[0].Time
                    : course[i - 1].Time + (course[i].Time - course[i - 1].Time) * (half - before) / (strength - before);
            }

            before = strength;
        }

        return double.NaN;
    }
}
