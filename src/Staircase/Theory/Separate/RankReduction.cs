namespace Staircase;

/// <summary>A head of rank R that learns the components d ∈ S closes on |S| + 1 scalars.</summary>
/// <remarks>
/// v̇ = Σ_r u_r² (b_r − α_r v u_r²), u̇_r = v u_r (b_r − α_r v u_r²), with key and query of pair r both u_r e_r. v² − Σ u_r² is conserved.
/// One value weight serves all pairs: once the first component has made it large, the others follow quickly, so that conspicuous plateaus
/// remain only where a new head must start.
/// </remarks>
public sealed class RankReduction : IVectorField
{
    private readonly double[] _drive;
    private readonly double[] _saturation;

    /// <param name="moments">The modes.</param>
    /// <param name="components">S, one component a pair.</param>
    public RankReduction(ModeMoments moments, IReadOnlyList<int> components)
    {
        _drive = [.. components.Select(d => moments.Drive[d])];
        _saturation = [.. components.Select(moments.Saturation)];
    }

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "rank-reduction",
        "A head of rank R that learns R aligned components obeys R + 1 scalar equations; plateaus are conspicuous only where a new head "
        + "must start (m a multiple of R).",
        Paper.Staircase, "extends Zhang et al. 2025, §5",
        "each key–query pair aligned with one component, k = q",
        "how pairs align; several heads on one component");

    /// <inheritdoc/>
    public int Size => _drive.Length + 1;

    /// <summary>Writes (v̇, u̇₁, …) at y = (v, u₁, …).</summary>
    /// <returns>The loss that the components have lost, as a negative number.</returns>
    public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        double v = y[0], growth = 0, loss = 0;
        for (int r = 0; r < _drive.Length; r++)
        {
            double u = y[r + 1], m = v * u * u, g = _drive[r] - _saturation[r] * m;
            growth += u * u * g;
            derivative[r + 1] = v * u * g;
            loss -= 2 * _drive[r] * m - _saturation[r] * m * m;
        }

        derivative[0] = growth;
        return loss;
    }
}
