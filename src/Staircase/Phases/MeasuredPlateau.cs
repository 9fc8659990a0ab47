namespace Staircase;

/// <summary>A stretch of a loss curve on which the loss hardly falls.</summary>
/// <param name="Height">The loss half-way through it.</param>
/// <param name="Start">Where the drop before it is half done; the first position for the first plateau.</param>
/// <param name="End">Where the drop after it is half done; the last position for the last plateau.</param>
public sealed record MeasuredPlateau(double Height, double Start, double End)
{
    /// <summary>End − start.</summary>
    public double Duration => End - Start;

    /// <summary>Half-way through.</summary>
    public double Middle => (Start + End) / 2;
}
