namespace Staircase.Lab;

/// <summary>
/// A number that is measured of a circuit or of a plain matrix, described once: tables, CSV, JSON, curves and the search for transitions
/// read it from here.
/// </summary>
public sealed class CircuitMeasure
{
    private static readonly List<CircuitMeasure> InOrder = [];

    private CircuitMeasure(string name, ColumnKind kind, string? heading, string axis, Func<CircuitInTime, double> of)
    {
        (Name, Kind, Heading, Axis, Of, Index) = (name, kind, heading, axis, of, InOrder.Count);
        InOrder.Add(this);
    }

    /// <summary>exp of the entropy of σ/Σσ.</summary>
    public static CircuitMeasure EffectiveRank { get; } = new("effectiveRank", ColumnKind.Rank, "effective rank", "effective rank",
        circuit => Staircase.EffectiveRank.Of(circuit.Matrix.SingularValues));

    /// <summary>Its logarithm over ln of how many σ can differ from zero.</summary>
    public static CircuitMeasure NormalizedEffectiveRank { get; } = new(
        "normalizedEffectiveRank", ColumnKind.Rank, null, "share of the rank",
        circuit => Staircase.EffectiveRank.Normalized(circuit.Matrix.SingularValues));

    /// <summary>Σσ²/σ₁².</summary>
    public static CircuitMeasure StableRank { get; } = new("stableRank", ColumnKind.Rank, "stable rank", "stable rank",
        circuit => Staircase.StableRank.Of(circuit.Matrix.SingularValues));

    /// <summary>‖M‖_F.</summary>
    public static CircuitMeasure Norm { get; } = new("norm", ColumnKind.Norm, "norm", "‖M‖_F", circuit => circuit.Matrix.FrobeniusNorm);

    /// <summary>σ₁.</summary>
    public static CircuitMeasure LargestSingularValue { get; } = new("largestSingularValue", ColumnKind.Norm, null, "σ₁",
        circuit => circuit.Matrix.SingularValues[0]);

    /// <summary>
    /// How much of the last checkpoint's matrix lies outside of what this one spans; 0 by definition where that is everything.
    /// </summary>
    public static CircuitMeasure SubspaceDistance { get; } = new("subspaceDistance", ColumnKind.Distance, "to the last", "distance",
        circuit => circuit.DistanceToLast);

    /// <summary>√Σθ² of the principal angles between the leading directions here and at the previous checkpoint.</summary>
    public static CircuitMeasure GeodesicToPrevious { get; } = new(
        "geodesicToPrevious", ColumnKind.Distance, "to the previous", "geodesic distance",
        circuit => circuit.ToPrevious?.Geodesic ?? double.NaN);

    /// <summary>(1/r) Σ cos²θ of the same.</summary>
    public static CircuitMeasure OverlapWithPrevious { get; } = new("overlapWithPrevious", ColumnKind.Score, null, "overlap",
        circuit => circuit.ToPrevious?.Overlap ?? double.NaN);

    /// <summary>Re Σλ/Σ|λ|, from −1 to 1: of OV how much the head copies.</summary>
    public static CircuitMeasure EigenvaluePositivity { get; } = new("eigenvaluePositivity", ColumnKind.Score, null, "Re Σλ / Σ|λ|",
        circuit => circuit.Positivity);

    /// <summary>All of them, in the order of files.</summary>
    public static IReadOnlyList<CircuitMeasure> All => InOrder;

    /// <summary>The name in CSV and JSON.</summary>
    public string Name { get; }

    /// <summary>What it is.</summary>
    public ColumnKind Kind { get; }

    /// <summary>The heading of its column in a table; null where tables leave it out.</summary>
    public string? Heading { get; }

    /// <summary>What the axis of a curve says.</summary>
    public string Axis { get; }

    /// <summary>Whether transitions are looked for: in the ranks and norms that tables show, as the others say the same again.</summary>
    public bool HasTransitions => Heading is not null && Kind is (ColumnKind.Rank or ColumnKind.Norm);

    /// <summary>How it is measured; NaN where there is nothing to measure.</summary>
    internal Func<CircuitInTime, double> Of { get; }

    internal int Index { get; }
}
