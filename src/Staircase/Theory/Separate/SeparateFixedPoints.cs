using Staircase.Kernels;

namespace Staircase;

/// <summary>The 2^D fixed points of separate attention, one for each set S of learned components.</summary>
/// <remarks>
/// M = Σ_{d∈S} (b_d/α_d) e_d e_dᵀ. Weights are at such a point when (C1) they compute that M; (C2) every head with v ≠ 0 has its keys and
/// queries in the span of the learned eigenvectors; (C3) every head with v = 0 has Σ_r k_rᵀ G q_r = 0, G = Σ_{d∉S} b_d e_d e_dᵀ the drive
/// that is left.
/// </remarks>
public static class SeparateFixedPoints
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "separate-fixed-points",
        "Separate attention has 2^D fixed points in function space, M = Σ e_d e_dᵀ / (λ_d (1 + (1 + tr Λ/λ_d)/N)), with loss tr Λ "
        + "− Σ λ_d/(1 + (1 + tr Λ/λ_d)/N), summed over d ∈ S; "
        + "on plateau m it performs principal component regression in context with m components.",
        Paper.Zhang2025, "Eq. 18, 19 and 22, conditions C1–C3; Ω, σ² and output scale: this project",
        "population loss, zero blocks, Ω commuting with Λ",
        "finite samples, where modes couple by O(1/√P)");

    /// <summary>How far weights are from a fixed point, condition by condition (0 is exact).</summary>
    /// <param name="MapError">C1: ‖M − M_S‖_F.</param>
    /// <param name="SpanError">C2: the largest v_i · norm of a part of k or q outside the span.</param>
    /// <param name="BalanceError">C3: the largest |Σ_r k_rᵀ G q_r|, heads that have v = 0.</param>
    public readonly record struct Conditions(double MapError, double SpanError, double BalanceError)
    {
        /// <summary>Whether all three hold to a tolerance.</summary>
        public bool Hold(double tolerance) => MapError <= tolerance && SpanError <= tolerance && BalanceError <= tolerance;
    }

    /// <summary>Measures the three conditions on weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="weights">Weights in the token basis; blocks other than the in-context ones are not looked at.</param>
    /// <param name="moments">The modes.</param>
    /// <param name="learned">S.</param>
    public static Conditions Check(
        SeparateAttention model, ReadOnlySpan<double> weights, ModeMoments moments, IReadOnlyCollection<int> learned)
    {
        int D = model.InputDimension;
        int[] unlearned = [.. Enumerable.Range(0, D).Except(learned)];
        double[] w = model.Layout.ToEigenbasis(weights, moments.Basis);
        double[] M = model.InContextMatrix(w.AsSpan(0, model.Layout.InContextCount));
        foreach (int d in learned)
            M[d * (D + 1)] -= moments.FullStrength(d);

        double span = 0, balance = 0;
        for (int h = 0; h < model.Heads; h++)
        {
            SeparateHead head = model.Head(w, h);
            double product = 0, outside = 0;
            for (int r = 0; r < model.Rank; r++)
            {
                foreach (int d in unlearned)
                {
                    double key = head.Key[r, d], query = head.Query[r, d];
                    product += key * moments.Drive[d] * query;
                    outside = Math.Max(outside, Math.Max(Math.Abs(key), Math.Abs(query)));
                }
            }

            span = Math.Max(span, Math.Abs(head.Value) * outside);
            if (head.Value == 0)
                balance = Math.Max(balance, Math.Abs(product));
        }

        return new(Math.Sqrt(VectorKernels.SumOfSquares(M)), span, balance);
    }

    /// <summary>
    /// The number of directions in which the loss falls at the fixed point of S, for heads of rank 1 that hold one component of S each,
    /// balanced (this project).
    /// </summary>
    /// <param name="moments">The modes; they do not couple.</param>
    /// <param name="learned">S.</param>
    /// <param name="idleHeads">
    /// Heads with v ≠ 0 but zero key and query; a head that is zero altogether leaves at third order, where no Hessian sees it.
    /// </param>
    /// <remarks>
    /// An idle head descends along every d ∉ S. A head that holds e descends towards d ∉ S if its key and query turn together, which gains
    /// 2 b_d v δk δq and costs the off-diagonal entries of M v²u²((α_e/λ_e) λ_d δq² + (α_d/λ_d) λ_e δk²): the sum is indefinite exactly if
    /// b_d²/α_d &gt; b_e²/α_e, if learning d gains more than e did.
    /// </remarks>
    public static int Index(ModeMoments moments, IReadOnlyCollection<int> learned, int idleHeads) =>
        Enumerable.Range(0, moments.Count).Except(learned).Sum(d => idleHeads + learned.Count(e => moments.Gain(d) > moments.Gain(e)));

    /// <summary>Weights at the fixed point of S, in the eigenbasis: balanced, R components a head, in the order given.</summary>
    /// <exception cref="ArgumentException">There are more components than key–query pairs.</exception>
    public static double[] Construct(SeparateAttention model, ModeMoments moments, IReadOnlyList<int> learned)
    {
        int R = model.Rank;
        if (learned.Count > model.Heads * R)
        {
            throw new ArgumentException(
                $"{model.Heads} heads of rank {R} have {model.Heads * R} key–query pairs, too few for {learned.Count} components.");
        }

        var weights = new double[model.Layout.Count];
        for (int h = 0; h * R < learned.Count; h++)
        {
            SeparateHead head = model.Head(weights, h);
            int[] own = [.. learned.Skip(h * R).Take(R)];
            head.Value = Math.Cbrt(own.Sum(moments.FullStrength));
            for (int r = 0; r < own.Length; r++)
                head.Key[r, own[r]] = head.Query[r, own[r]] = Math.Sqrt(moments.FullStrength(own[r]) / head.Value);
        }

        return weights;
    }
}
