namespace Staircase.Lab;

/// <summary>The mean of independent trainings on vector-valued tasks, with its Monte Carlo error: first the loss, then the strength of each mode.</summary>
/// <remarks>The error is the standard deviation over the trainings divided by the root of their number; NaN from a single one.</remarks>
/// <param name="Times">Epochs, ascending.</param>
/// <param name="Mean">One row a time: L, a_1, …, a_D.</param>
/// <param name="Error">As many standard errors.</param>
public sealed record SimulatedCourse(double[] Times, double[][] Mean, double[][] Error)
{
    /// <summary>The mean over trainings that were recorded at the same times.</summary>
    public static SimulatedCourse Of(IReadOnlyList<IReadOnlyList<VectorPoint>> trainings)
    {
        int count = trainings[0].Count;
        var mean = new double[count][];
        var error = new double[count][];
        for (int t = 0; t < count; t++)
            (mean[t], error[t]) = Average([.. trainings.Select(training => Row(training[t]))]);
        return new([.. trainings[0].Select(point => point.Time)], mean, error);
    }

    /// <summary>Mean and standard error, number by number.</summary>
    public static (double[] Mean, double[] Error) Average(IReadOnlyList<double[]> rows)
    {
        int K = rows.Count;
        double[] mean = new double[rows[0].Length], error = new double[rows[0].Length];
        for (int c = 0; c < mean.Length; c++)
        {
            mean[c] = rows.Sum(row => row[c]) / K;
            error[c] = K > 1 ? Math.Sqrt(rows.Sum(row => (row[c] - mean[c]) * (row[c] - mean[c])) / (K - 1) / K) : double.NaN;
        }

        return (mean, error);
    }

    /// <summary>L, a_1, …, a_D of a point.</summary>
    public static double[] Row(VectorPoint point) => [point.Loss, .. point.Strengths];

    /// <summary>One column of the means: 0 for the loss, i for mode i.</summary>
    public double[] Column(int column) => [.. Mean.Select(row => row[column])];

    /// <summary>When mode <paramref name="mode"/> (from 1) first passes a strength, interpolated; NaN if it does not.</summary>
    public double TimeAt(int mode, double strength)
    {
        int after = Array.FindIndex(Mean, row => row[mode] >= strength);
        if (after <= 0)
            return after == 0 ? Times[0] : double.NaN;
        double θ = (strength - Mean[after - 1][mode]) / (Mean[after][mode] - Mean[after - 1][mode]);
        return Times[after - 1] + θ * (Times[after] - Times[after - 1]);
    }

    /// <summary>How far a theory is from these trainings.</summary>
    /// <param name="theory">Its course, at these times.</param>
    /// <param name="column">0 for the loss, i for mode i.</param>
    /// <exception cref="ArgumentException">The times are others.</exception>
    public Deviation From(IReadOnlyList<VectorPoint> theory, int column)
    {
        if (!Times.SequenceEqual(theory.Select(point => point.Time)))
            throw new ArgumentException("The theory is given at other times than the trainings.");
        double[] difference = [.. theory.Select((point, t) => Mean[t][column] - Row(point)[column])];
        int worst = Array.IndexOf(difference, difference.MaxBy(Math.Abs));
        return new(
            difference[worst], Times[worst], Error[worst][column],
            Math.Sqrt(difference.Average(d => d * d)), Math.Sqrt(Error.Average(row => row[column] * row[column])));
    }
}
