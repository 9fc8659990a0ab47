namespace Staircase;

/// <summary>A plateau that was measured beside the one that was predicted.</summary>
/// <param name="Measured">What the loss curve shows.</param>
/// <param name="Learned">Modes that have grown past half their full strength half-way through it, by descending drive.</param>
/// <param name="Predicted">
/// The predicted plateau with the same learned modes; null if none has. Where a drop has shoulders, so that several have the same, it is
/// with the one whose height is nearest.
/// </param>
/// <param name="Drop">
/// The predicted drop that ends it, with its interval; null if none is predicted. Of shoulders the last one has it.
/// </param>
/// <param name="Examination">Finds the algorithm the model runs on it when first asked; null where no weights were kept.</param>
public sealed record ComparedPlateau(
    MeasuredPlateau Measured, IReadOnlyList<int> Learned, PredictedPlateau? Predicted, PredictedDrop? Drop, Lazy<Algorithm>? Examination)
{
    /// <summary>The algorithm the model runs on it; null where no weights were kept.</summary>
    public Algorithm? Algorithm => Examination?.Value;

    /// <summary>Why the drop that ends it was uncertain; null if it was not.</summary>
    public string? NearTie => Drop?.NearTie;

    /// <summary>(measured − predicted)/predicted height.</summary>
    public double? HeightError => Predicted is { } p ? Measured.Height / p.Height - 1 : null;

    /// <summary>(measured − predicted)/predicted end, where both end.</summary>
    public double? EndError(bool isLast) => Drop is { } drop && !isLast ? Measured.End / drop.Time - 1 : null;
}
