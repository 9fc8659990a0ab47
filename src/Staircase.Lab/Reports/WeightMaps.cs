namespace Staircase.Lab;

/// <summary>Weight matrices at several checkpoints, as heat maps with a slider.</summary>
public sealed record WeightMaps
{
    /// <summary>A name for links and file names, unique in its section.</summary>
    public required string Id { get; init; }

    /// <summary>What it shows.</summary>
    public required string Title { get; init; }

    /// <summary>How to read it.</summary>
    public string Caption { get; init; } = "";

    /// <summary>The checkpoints, in order.</summary>
    public required IReadOnlyList<WeightFrame> Frames { get; init; }

    /// <summary>The matrices, side by side.</summary>
    public required IReadOnlyList<WeightMap> Maps { get; init; }
}

/// <summary>A checkpoint.</summary>
/// <param name="Time">Time of the flow; null where there is none.</param>
/// <param name="Loss">The loss; NaN where it is not known, and then there is no plateau either.</param>
/// <param name="Plateau">The number of the plateau it lies on, from 1; null in a drop.</param>
public sealed record WeightFrame(long Step, double? Time, double Loss, int? Plateau);

/// <summary>A matrix over all checkpoints.</summary>
/// <param name="Name">The matrix, such as "Key".</param>
/// <param name="Rows">A label a row.</param>
/// <param name="Columns">A label a column.</param>
/// <param name="Values">[frames, rows, columns], row-major.</param>
/// <param name="Centre">
/// The value of the neutral colour, finite: 0 for weights, the middle of what there is for numbers whose zero means nothing.
/// </param>
/// <param name="IsShare">Whether the values are shares: then the colours go from 0 to 1, whatever there is.</param>
public sealed record WeightMap(
    string Name,
    IReadOnlyList<string> Rows,
    IReadOnlyList<string> Columns,
    double[] Values,
    [property: JsonNumberHandling(JsonNumberHandling.Strict)] double Centre = 0,
    bool IsShare = false);
