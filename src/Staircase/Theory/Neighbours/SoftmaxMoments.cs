using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// Moments of averages under exponential weights of L independent normal numbers u: with p_l(a) = e^{a u_l}/(q_a + Σ e^{a u_m}) and S(a) =
/// Σ p_l(a) u_l the mean of S(a), that of S(a)S(b), and that of Σ p_l(a) p_l(b).
/// </summary>
/// <remarks>
/// Exact integrals, no expansion in 1/L: 1/Z = ∫₀^∞ e^{−sZ} ds turns both denominators into products over l. With φ(s, t) = E exp(−s
/// e^{au} − t e^{bu}) and ⟨f⟩ = E[f exp(…)] likewise, E Σ p(a)p(b) = L ∫∫ ⟨e^{(a+b)u}⟩ φ^{L−1} e^{−s q_a − t q_b}, and E S(a)S(b) = ∫∫ [L
/// ⟨u²e^{(a+b)u}⟩ φ + L(L − 1) ⟨u e^{au}⟩⟨u e^{bu}⟩] φ^{L−2} e^{…}. Trapezoidal rules in u, ln s and ln t, whose integrands are analytic:
/// about 1e-6.
/// </remarks>
/// <param name="Mean">E S(a).</param>
/// <param name="Product">E S(a) S(b).</param>
/// <param name="Concentration">E Σ_l p_l(a) p_l(b); for a = b the inverse of the number of tokens that are attended to.</param>
public readonly record struct SoftmaxMoments(double Mean, double Product, double Concentration)
{
    private const double Spacing = 0.6, Fineness = 0.16;

    /// <summary>The moments.</summary>
    /// <param name="length">L.</param>
    /// <param name="first">a.</param>
    /// <param name="second">b.</param>
    /// <param name="firstExtra">q_a ≥ 0, the weight of a further token that is attended to and says nothing.</param>
    /// <param name="secondExtra">q_b.</param>
    public static SoftmaxMoments Of(int length, double first, double second, double firstExtra = 0, double secondExtra = 0)
    {
        double L = length, step = Fine(first, second);
        double[] u = Numbers(first, second), s = Laplace(L, first, firstExtra), t = Laplace(L, second, secondExtra);
        double[] one = Exponentials(s, u, first), other = Exponentials(t, u, second);
        double[] normal = [.. u.Select(x => step * Exp(-x * x / 2) / Sqrt(2 * PI))];

        double[] φ = Mean(_ => 1), both = Mean(x => Exp((first + second) * x)),
            squares = Mean(x => x * x * Exp((first + second) * x));
        double[] firsts = Mean(x => x * Exp(first * x)), seconds = Mean(x => x * Exp(second * x));
        double product = 0, concentration = 0;
        for (int i = 0; i < s.Length; i++)
        {
            for (int j = 0; j < t.Length; j++)
            {
                int at = i * t.Length + j;
                double measure = Spacing * Spacing * s[i] * t[j] * Exp(-s[i] * firstExtra - t[j] * secondExtra);
                double rest = measure * Pow(φ[at], L - 2);
                concentration += L * both[at] * φ[at] * rest;
                product += (L * squares[at] * φ[at] + L * (L - 1) * firsts[at] * seconds[at]) * rest;
            }
        }

        double mean = 0;
        for (int i = 0; i < s.Length; i++)
        {
            double alone = 0, reads = 0;
            for (int k = 0; k < u.Length; k++)
            {
                double density = normal[k] * one[i * u.Length + k];
                alone += density;
                reads += density * u[k] * Exp(first * u[k]);
            }

            mean += Spacing * s[i] * L * reads * Pow(alone, L - 1) * Exp(-s[i] * firstExtra);
        }

        return new(mean, product, concentration);

        // ⟨f⟩ at every s and t.
        double[] Mean(Func<double, double> f)
        {
            double[] weights = [.. u.Select((x, k) => normal[k] * f(x))], weighted = new double[one.Length];
            for (int i = 0; i < s.Length; i++)
                Multiply(one.AsSpan(i * u.Length, u.Length), weights, weighted.AsSpan(i * u.Length, u.Length));
            double[] means = new double[s.Length * t.Length];
            MatrixProduct.Of(1, weighted.AsMatrix(s.Length, u.Length), other.AsMatrix(t.Length, u.Length).Transposed, means);
            return means;
        }
    }

    private static double Fine(double first, double second) => Fineness / Max(1, Max(Abs(first), Abs(second)) / 3);

    /// <summary>Where a normal number, tilted by e^{au}, e^{bu} or both, has its mass.</summary>
    private static double[] Numbers(double first, double second)
    {
        const double tail = 6.5;
        double low = Min(0, Min(first, Min(second, first + second))) - tail;
        double high = Max(0, Max(first, Max(second, first + second))) + tail;
        double step = Fine(first, second);
        return [.. Range(0, (int)((high - low) / step) + 1).Select(k => low + k * step)];
    }

    /// <summary>Where s has its mass: about 1/Z for every Z that occurs.</summary>
    private static double[] Laplace(double L, double a, double extra)
    {
        double size = Abs(a);
        double low = -Log(L * Exp(Min(size * size / 2, size * Sqrt(2 * Log(L)))) + extra) - 15 - 4 * size;
        double high = -Log(L * Exp(-size) + extra) + 4 + Min(2 * size, 4);
        return [.. Range(0, (int)((high - low) / Spacing) + 1).Select(k => Exp(low + k * Spacing))];
    }

    private static double[] Exponentials(double[] s, double[] u, double a)
    {
        double[] tilted = [.. u.Select(x => Exp(a * x))];
        return [.. s.SelectMany(rate => tilted.Select(e => Exp(-rate * e)))];
    }
}
