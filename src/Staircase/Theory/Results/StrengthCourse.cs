namespace Staircase;

/// <summary>The growth of one mode's strength m_d as a table to interpolate in.</summary>
/// <param name="Mode">The mode, numbered along the spectrum from 0.</param>
/// <param name="Times">Ascending times of the gradient flow.</param>
/// <param name="Strengths">The strengths then.</param>
public sealed record StrengthCourse(int Mode, double[] Times, double[] Strengths)
{
    /// <summary>The strength at a time: zero long before, full long after, linear between table entries.</summary>
    public double At(double time)
    {
        int after = Array.BinarySearch(Times, time);
        if (after >= 0)
            return Strengths[after];
        after = ~after;
        if (after == 0)
            return Times[0] <= 0 ? Strengths[0] : Strengths[0] * Max(0, time) / Times[0];
        if (after == Times.Length)
            return Strengths[^1];
        double θ = (time - Times[after - 1]) / (Times[after] - Times[after - 1]);
        return Strengths[after - 1] + θ * (Strengths[after] - Strengths[after - 1]);
    }
}
