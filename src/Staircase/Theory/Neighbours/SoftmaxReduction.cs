namespace Staircase;

/// <summary>
/// The loss of softmax attention whose heads are multiples of the identity, KQ_h = ω_h I, OV_h = μ_h reading labels alone, on white inputs:
/// the published reduction, which holds for long contexts, and its exact form at any length.
/// </summary>
/// <remarks>
/// <para>x ~ N(0, I_d), w ~ N(0, I/d), noise σ² on the context's labels, none on the target. Published (He, Pan, Chen, Yang 2025): L̃ = 1 −
/// 2μᵀω + μᵀ[ωωᵀ + ((1 + σ²)/L) exp(d ωωᵀ)]μ, exp entry by entry.</para>
/// <para>Exact (this project): of a token only u = x·x_q/‖x_q‖ meets the softmax, so that with r = ‖x_q‖, a_h = ω_h r and the moments of
/// <see cref="SoftmaxMoments"/>, L = 1 − (2/d) Σ μ_h E[r S(a_h)] + Σ μ_hμ_k E{S(a_h)S(a_k)/d + ((d − 1)/d + σ²) Σ_l p_l(a_h)p_l(a_k)}, E
/// over r² ~ χ²_d. docs/theory/softmax-reduced.md derives both.</para>
/// </remarks>
/// <param name="Dimension">d.</param>
/// <param name="ContextLength">L, the pairs that are attended to.</param>
/// <param name="Noise">σ².</param>
/// <param name="AttendsToQuery">Whether the query's own token, whose label is 0, is attended to, too, as in Zhang et al. 2025.</param>
public sealed record SoftmaxReduction(int Dimension, int ContextLength, double Noise = 0, bool AttendsToQuery = false)
{
    private const int RadialNodes = 28;

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "softmax-reduced",
        "On white inputs softmax heads with KQ = ωI that read labels with weight μ have the loss 1 − 2μᵀω + μᵀ[ωωᵀ + ((1 + σ²)/L) "
        + "exp(dωωᵀ)]μ for long contexts; at any length it is a sum of exact moments of exponentially weighted normal numbers. Two "
        + "heads ±ω become debiased gradient descent, with ω ~ t^(−1/6) and an excess loss ~ t^(−2/3) in the limit of long contexts.",
        Paper.He2025, "the reduced loss; any length, the query's token, the exponents: this project",
        "white inputs, KQ a multiple of the identity, values that read labels alone; training that starts there stays there",
        "other blocks, which training from random weights passes through");

    /// <summary>The exact loss.</summary>
    /// <param name="attention">ω_h.</param>
    /// <param name="values">μ_h.</param>
    public double Loss(ReadOnlySpan<double> attention, ReadOnlySpan<double> values)
    {
        double loss = 1;
        foreach ((double r, double weight) in Radii())
        {
            for (int h = 0; h < values.Length; h++)
            {
                for (int k = 0; k <= h; k++)
                {
                    SoftmaxMoments moments = At(r, attention[h], attention[k]);
                    loss += (h == k ? 1 : 2) * weight * values[h] * values[k] * Quadratic(moments);
                    if (h == k)
                        loss -= 2 * weight * values[h] * r * moments.Mean / Dimension;
                }
            }
        }

        return loss;
    }

    /// <summary>
    /// P and Q of the loss L = 1 − 2μP + μ²Q of one head, or of a pair (ω, μ), (−ω, −μ): the best μ is P/Q, the loss there 1 − P²/Q.
    /// </summary>
    /// <param name="attention">ω.</param>
    /// <param name="isPair">Whether there are two heads of opposite signs.</param>
    public (double Linear, double Quadratic) Coefficients(double attention, bool isPair)
    {
        double linear = 0, quadratic = 0;
        foreach ((double r, double weight) in Radii())
        {
            SoftmaxMoments same = At(r, attention, attention);
            linear += weight * r * same.Mean / Dimension;
            quadratic += weight * Quadratic(same);
            if (isPair)
            {
                // Signs (−ω, −μ): reads turn with u, and where the query is attended to both heads differ.
                SoftmaxMoments opposite = AttendsToQuery ? At(r, -attention, -attention) : same with { Mean = -same.Mean };
                linear -= weight * r * opposite.Mean / Dimension;
                quadratic += weight * (Quadratic(opposite) - 2 * Quadratic(At(r, attention, -attention)));
            }
        }

        return (linear, quadratic);
    }

    /// <summary>The same in the limit of long contexts.</summary>
    /// <inheritdoc cref="Coefficients"/>
    public (double Linear, double Quadratic) LongContextCoefficients(double attention, bool isPair)
    {
        double ωω = attention * attention, noise = (1 + Noise) / ContextLength, d = Dimension;
        return isPair
            ? (2 * attention, 4 * ωω + 4 * noise * Sinh(d * ωω))
            : (attention, ωω + noise * Exp(d * ωω));
    }

    /// <summary>The same to first order in 1/L, with the mean over ‖x_q‖ exact: ω² below ½, and e^{ω²d} well below L.</summary>
    /// <remarks>
    /// With t = ω_hω_k and c(t) = (1 − 2t)^{−d/2}, an entry of the quadratic form is t + [(1 + σ²) c(t) + t c(t)/(1 − 2t) − t c(ω_h²)/(1 −
    /// 2ω_h²) − t c(ω_k²)/(1 − 2ω_k²)]/L; the linear one is ω − ω c(ω²)/((1 − 2ω²) L).
    /// </remarks>
    /// <inheritdoc cref="Coefficients"/>
    /// <exception cref="ArgumentOutOfRangeException">ω² is ½ or more, where the mean over ‖x_q‖ is infinite.</exception>
    public (double Linear, double Quadratic) FirstOrderCoefficients(double attention, bool isPair)
    {
        double ωω = attention * attention;
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ωω, 0.5);
        double own = Radial(ωω) / (1 - 2 * ωω), linear = attention * (1 - own / ContextLength), same = Entry(ωω);
        return isPair ? (2 * linear, 2 * (same - Entry(-ωω))) : (linear, same);

        double Entry(double t) => t + ((1 + Noise) * Radial(t) + t * Radial(t) / (1 - 2 * t) - 2 * t * own) / ContextLength;

        double Radial(double t) => Pow(1 - 2 * t, -Dimension / 2.0);
    }

    /// <summary>How unequal attention of tokens and noise weigh on the square of a prediction.</summary>
    private double Quadratic(SoftmaxMoments moments) =>
        moments.Product / Dimension + ((Dimension - 1.0) / Dimension + Noise) * moments.Concentration;

    private SoftmaxMoments At(double r, double first, double second) => AttendsToQuery
        ? SoftmaxMoments.Of(ContextLength, first * r, second * r, Exp(first * r * r), Exp(second * r * r))
        : SoftmaxMoments.Of(ContextLength, first * r, second * r);

    /// <summary>Nodes and weights for ‖x_q‖, whose density is ∝ r^{d−1} e^{−r²/2}: a trapezoidal rule, its sum normalized.</summary>
    private IEnumerable<(double Radius, double Weight)> Radii()
    {
        double low = Max(0, Sqrt(Dimension) - 4.5), high = Sqrt(Dimension) + 4.5, step = (high - low) / RadialNodes;
        double[] radii = [.. Range(1, RadialNodes).Select(k => low + k * step)];
        double[] density = [.. radii.Select(r => Exp((Dimension - 1) * Log(r) - r * r / 2))];
        double sum = density.Sum();
        return radii.Zip(density, (r, p) => (r, p / sum));
    }
}
