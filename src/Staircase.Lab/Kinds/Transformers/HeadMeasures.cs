namespace Staircase.Lab;

/// <summary>What is measured of the circuits of heads.</summary>
internal static class HeadMeasures
{
    private const int Directions = 4; // leading directions whose angles are compared from checkpoint to checkpoint
    private const double Cutoff = 1e-5; // weights in single precision have no more than seven digits: what is below is rounding

    /// <summary>Of a circuit by itself.</summary>
    public static IReadOnlyList<(string Name, ColumnKind Kind, string Meaning, Func<FactoredMatrix, double> Of)> OfCircuit { get; } =
    [
        ("rank", ColumnKind.Rank, "effective rank", EffectiveRank.Of),
        ("marginalized", ColumnKind.Rank, "normalized effective rank without the largest singular value", Marginalized),
        ("norm", ColumnKind.Norm, "Frobenius norm", circuit => circuit.FrobeniusNorm),
    ];

    /// <summary>Keeps the measures of circuits by themselves: <c>qk_rank</c>, <c>ov_rank</c> …, a number a head.</summary>
    public static Snapshot WithCircuits(this Snapshot kept, IReadOnlyList<HeadCircuits> heads)
    {
        foreach ((string name, _, _, Func<FactoredMatrix, double> of) in OfCircuit)
            kept.With(name, heads, head => of(head.QK), head => of(head.OV));
        return kept;
    }

    /// <summary>Keeps <c>qk_distance</c> and <c>ov_distance</c>: how much of the last circuits lies outside of what these span.</summary>
    public static Snapshot WithDistances(this Snapshot kept, IReadOnlyList<HeadCircuits> heads, IReadOnlyList<HeadCircuits> last)
    {
        return kept.With(
            "distance", [.. heads.Zip(last)],
            pair => Distance(pair.First.QK, pair.Second.QK, SubspaceDistance.Rows),
            pair => Distance(pair.First.OV, pair.Second.OV, SubspaceDistance.Columns));

        static double Distance(
            FactoredMatrix circuit, FactoredMatrix end, Func<FactoredMatrix, FactoredMatrix, double, SubspaceDistance> of) =>
            IsZero(circuit, end) ? double.NaN : of(circuit, end, Cutoff).Value;
    }

    /// <summary>
    /// Keeps <c>qk_turning</c> and <c>ov_turning</c>: √Σθ² of the angles between leading directions here and before; NaN where nothing was.
    /// </summary>
    public static Snapshot WithTurning(this Snapshot kept, IReadOnlyList<HeadCircuits> heads, IReadOnlyList<HeadCircuits>? before)
    {
        return kept.With(
            "turning", [.. heads.Zip(before ?? heads)],
            pair => Turning(pair.First.QK, pair.Second.QK, PrincipalAngles.Rows),
            pair => Turning(pair.First.OV, pair.Second.OV, PrincipalAngles.Columns));

        double Turning(FactoredMatrix circuit, FactoredMatrix previous, Func<FactoredMatrix, FactoredMatrix, int, PrincipalAngles> of) =>
            before is null || IsZero(circuit, previous)
                ? double.NaN
                : of(circuit, previous, Min(Directions, circuit.LargestRank)).Geodesic;
    }

    private static double Marginalized(FactoredMatrix circuit) =>
        circuit.LargestRank < 3 ? double.NaN : EffectiveRank.Normalized(Marginalization.BySize(circuit.SingularValues, 1));

    private static bool IsZero(FactoredMatrix circuit, FactoredMatrix other) => circuit.FrobeniusNorm == 0 || other.FrobeniusNorm == 0;

    private static Snapshot With<T>(this Snapshot kept, string name, IReadOnlyList<T> heads, Func<T, double> ofQK, Func<T, double> ofOV) =>
        kept.With($"qk_{name}", [.. heads.Select(ofQK)]).With($"ov_{name}", [.. heads.Select(ofOV)]);
}
