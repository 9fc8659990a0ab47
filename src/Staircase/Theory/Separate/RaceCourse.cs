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
