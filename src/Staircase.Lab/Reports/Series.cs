namespace Staircase.Lab;

/// <summary>Numbers against numbers. A NaN ends a stroke and the next number starts another.</summary>
/// <param name="Name">Its name in the legend and its column in the CSV.</param>
/// <param name="Role">What it is, which decides how it looks.</param>
/// <param name="X">Where, ascending within a stroke. Series that share the array share its storage.</param>
/// <param name="Y">What, as many.</param>
/// <param name="Colour">The number of its colour, from 0: a measured series and its prediction have the same; null takes the next.</param>
/// <param name="Group">Where there are too many to look at together: what to pick to see it, with the others of its group; null is always shown.</param>
public sealed record Series(string Name, SeriesRole Role, double[] X, double[] Y, int? Colour = null, string? Group = null);

/// <summary>What a series is.</summary>
public enum SeriesRole
{
    /// <summary>Measured: a solid line.</summary>
    Measured,

    /// <summary>Measured at single places: points.</summary>
    MeasuredPoints,

    /// <summary>Predicted: a dashed line over the measured one.</summary>
    Predicted,

    /// <summary>Predicted plateaus: strong horizontal strokes.</summary>
    PredictedPlateaus,

    /// <summary>A help for the eye, such as a slope: a thin dotted line.</summary>
    Guide,
}
