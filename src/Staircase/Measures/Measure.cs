namespace Staircase;

/// <summary>What a measure is: enough to tell it from others of the same name.</summary>
/// <param name="Name">Its standard name.</param>
/// <param name="Symbol">How it is written.</param>
/// <param name="Formula">Its definition; σ are singular values in descending order, n their number, ln the natural logarithm.</param>
/// <param name="Range">The values it can take; on the zero matrix and wherever else 0/0 arises a measure is NaN.</param>
/// <param name="Source">Who defined it, and where.</param>
public sealed record Measure(string Name, string Symbol, string Formula, string Range, string Source)
{
    /// <summary>Every measure of this library, by name.</summary>
    public static IReadOnlyList<Measure> All { get; } = new[]
    {
        AttentionMaps.EntropyMeasure,
        AttentionMaps.SpreadMeasure,
        AttentionMaps.CosineMeasure,
        Balancedness.Measure,
        CriticalSlowing.VarianceMeasure,
        CriticalSlowing.AutocorrelationMeasure,
        EffectiveRank.Measure,
        EffectiveRank.NormalizedMeasure,
        Gini.Measure,
        LossAutocovariance.Measure,
        LossSlope.Measure,
        LossSlope.CurvatureMeasure,
        Marginalization.ByModeMeasure,
        Marginalization.BySizeMeasure,
        Marginalization.ByDirectionMeasure,
        NormCurvature.Measure,
        ParticipationRatio.Measure,
        PrincipalAngles.GeodesicMeasure,
        PrincipalAngles.ChordalMeasure,
        PrincipalAngles.OverlapMeasure,
        SpectralEdge.Measure,
        StableRank.Measure,
        SubspaceDistance.Measure,
        SubspaceDistance.UnnormalizedMeasure,
    }.OrderBy(one => one.Name, StringComparer.Ordinal).ToArray();
}
