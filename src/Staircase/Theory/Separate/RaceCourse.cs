namespace Staircase;

/// <summary>What one race of heads comes to.</summary>
/// <param name="Drops">The directions in the order in which they are learned.</param>
/// <param name="Times">Ascending times at which the curve is tabulated.</param>
/// <param name="Losses">The loss at each.</param>
/// <param name="Strengths">By mode, its strength at each.</param>
/// <param name="Work">Multiplications that it took, about.</param>
/// <param name="WorkToLastDrop">Of these until its last drop.</param>
/// <param name="GivenUp">Why it was given up before its end; null where it was not.</param>
internal sealed record RaceCourse(
    IReadOnlyList<RaceDrop> Drops, double[] Times, double[] Losses, double[][] Strengths, double Work, double WorkToLastDrop,
    string? GivenUp)
{
    /// <summary>The loss at a time, linear between the entries.</summary>
    public double LossAt(double time) => At(Losses, time);

    /// <summary>The strengths at a time.</summary>
    public double[] StrengthsAt(double time) => [.. Strengths.Select(values => At(values, time))];

    /// <summary>
    /// The same with an entry more half-way between each two, on monotone cubics (Fritsch, Butland 1984: no extrema but those of the
    /// entries), so that straight lines between the entries err by a quarter.
    /// </summary>
    public RaceCourse Refined() => Times.Length < 2 ? this : this with
    {
        Times = [.. Enumerable.Range(0, 2 * Times.Length - 1).Select(i => (Times[i / 2] + Times[(i + 1) / 2]) / 2)],
        Losses = Refined(Losses),
        Strengths = [.. Strengths.Select(Refined)],
    };

    private double[] Refined(double[] values)
    {
        var refined = new double[2 * values.Length - 1];
        double slope = Secant(0);
        for (int i = 1; i < values.Length; i++)
        {
            double next = i < values.Length - 1 ? Slope(i) : Secant(i - 1);
            refined[2 * i - 2] = values[i - 1];
            refined[2 * i - 1] = (values[i - 1] + values[i]) / 2 + (Times[i] - Times[i - 1]) * (slope - next) / 8;
            slope = next;
        }

        refined[^1] = values[^1];
        return refined;

        double Secant(int entry) => (values[entry + 1] - values[entry]) / (Times[entry + 1] - Times[entry]);

        double Slope(int entry)
        {
            double before = Secant(entry - 1), after = Secant(entry);
            if (!(before * after > 0))
                return 0;
            double h0 = Times[entry] - Times[entry - 1], h1 = Times[entry + 1] - Times[entry];
            return 3 * (h0 + h1) / ((h0 + 2 * h1) / before + (2 * h0 + h1) / after);
        }
    }

    private double At(double[] values, double time)
    {
        int after = Array.BinarySearch(Times, time);
        if (after >= 0)
            return values[after];
        after = ~after;
        if (after == 0 || after == Times.Length)
            return values[after == 0 ? 0 : ^1];
        double θ = (time - Times[after - 1]) / (Times[after] - Times[after - 1]);
        return values[after - 1] + θ * (values[after] - values[after - 1]);
    }
}
