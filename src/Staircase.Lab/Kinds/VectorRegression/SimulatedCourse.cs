namespace Staircase.Lab;

/// <summary>The mean of independent trainings on vector-valued tasks, with its Monte Carlo error.</summary>
/// <remarks>The error is the standard deviation over the trainings divided by the root of their number; NaN from a single one.</remarks>
/// <param name="Times">Ascending, in epochs of gradient descent.</param>
/// <param name="Mean">One row a time: L, a_1, …, a_D.</param>
/// <param name="Error">As many standard errors.</param>
internal sealed record SimulatedCourse(double[] Times, double[][] Mean, double[][] Error)
{
    /// <summary>The names of the columns: loss, mode 1, ….</summary>
    public string[] Names => [.. Mean[0].Select((_, column) => column == 0 ? "loss" : $"mode {column}")];

    /// <summary>Mean and standard error, number by number.</summary>
    public static (double[] Mean, double[] Error) Average(IReadOnlyList<double[]> rows)
    {
        int K = rows.Count;
        double[] mean = new double[rows[0].Length], error = new double[rows[0].Length];
        for (int c = 0; c < mean.Length; c++)
        {
            mean[c] = rows.Sum(row => row[c]) / K;
            error[c] = K > 1 ? Sqrt(rows.Sum(row => (row[c] - mean[c]) * (row[c] - mean[c])) / (K - 1) / K) : double.NaN;
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
        int worst = Array.IndexOf(difference, difference.MaxBy(Abs));
        return new(
            difference[worst], Times[worst], Error[worst][column],
            Sqrt(difference.Average(d => d * d)), Sqrt(Error.Average(row => row[column] * row[column])));
    }

    /// <summary>The root mean square deviation from a theory over all strengths.</summary>
    public double Distance(VectorTheory theory) => Root(theory, deviation => deviation.RootMeanSquare);

    /// <summary>The Monte Carlo error over all strengths: what <see cref="Distance"/> from an exact theory would be, about.</summary>
    /// <param name="theory">Any theory at these times.</param>
    public double NoiseBeside(VectorTheory theory) => Root(theory, deviation => deviation.RootMeanSquareError);

    /// <summary>Theories beside the trainings, loss and modes in rows: at the end, where they are farthest, and on the whole.</summary>
    public Table Beside(string title, params IReadOnlyList<VectorTheory> theories) => new(
        title,
        [
            "", "at the end", .. theories.Select(theory => theory.Name),
            .. theories.SelectMany(theory => new[] { $"largest deviation from the {theory.Name}", "rms" }),
        ],
        [.. Names.Select((name, c) => (IReadOnlyList<string>)
        [
            name, WithError(Mean[^1][c], Error[^1][c]), .. theories.Select(t => Number(Row(t.Course[^1])[c], digits: 5)),
            .. theories.Select(t => From(t.Course, c)).SelectMany(d => new[] { d.ToString(), Number(d.RootMeanSquare, digits: 2) }),
        ])]);

    private static string WithError(double value, double error) =>
        double.IsNaN(error) ? Number(value, digits: 5) : $"{Number(value, digits: 5)} ± {Number(error, digits: 2)}";

    private double Root(VectorTheory theory, Func<Deviation, double> of) =>
        Sqrt(Range(1, Mean[0].Length - 1).Average(column => Pow(of(From(theory.Course, column)), 2)));
}
