namespace Staircase;

/// <summary>A drop as theory predicts it.</summary>
/// <param name="Time">When half of its loss is gone, in time of the gradient flow.</param>
/// <param name="Modes">The modes learned in it, numbered along the spectrum from 0.</param>
/// <param name="Head">The head that learns; null where all heads act as one.</param>
/// <param name="NearTie">Why the drop is in doubt, in words; null where it is not.</param>
public sealed record PredictedDrop(double Time, IReadOnlyList<int> Modes, int? Head, string? NearTie)
{
    /// <summary>The early end of the interval that holds the time of a training in about 19 of 20 cases.</summary>
    public double Low { get; init; } = Time;

    /// <summary>The late end; infinite where the drop may not come.</summary>
    public double High { get; init; } = Time;

    /// <summary>Half the length of that interval, relative to the time.</summary>
    public double Doubt => High > Low ? (High - Low) / 2 / Time : 0;
}
