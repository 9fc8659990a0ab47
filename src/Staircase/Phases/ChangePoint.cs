namespace Staircase;

/// <summary>A place where a series changes faster than its noise and its drift explain.</summary>
/// <param name="Position">Where it changes fastest, half-way between two samples.</param>
/// <param name="Earliest">The first position around it at which the change is within one standard error of as strong.</param>
/// <param name="Latest">The last such position.</param>
/// <param name="Size">The mean of the window after minus the mean of the window before, drift included: negative for a drop.</param>
/// <param name="Strength">
/// How far the size stands out from the sizes around it, from zero and from the usual size, whichever is least, in its standard errors
/// under the series' own noise.
/// </param>
/// <param name="FalseAlarmRate">
/// How often a series of noise and drift alone, as long and as autocorrelated, shows a change this strong anywhere.
/// </param>
public sealed record ChangePoint(double Position, double Earliest, double Latest, double Size, double Strength, double FalseAlarmRate)
{
    /// <summary>Half the distance from earliest to latest.</summary>
    public double Uncertainty => (Latest - Earliest) / 2;
}
