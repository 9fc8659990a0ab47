namespace Staircase;

/// <summary>The fixed points of the exact flow of modes, one for each set of learned modes that sustains itself, in closed form.</summary>
/// <remarks>
/// Stationarity of <see cref="FiniteContextFlow"/> makes every learned mode's share in Q = Σ s_j² q_j² and in R = Σ m_j s_j p_j² the same,
/// whereupon everything is elementary. With g_i = √(m_i s_i), K learned modes, G their sum of g_i and θ = G/(N + 1 + K): a_i = (N/(N+1)) (1
/// − θ/g_i)/s_i, p_i²/q_i² ∝ s_i/m_i, √(QR) = Nθ, and L = ½ Σ m_i s_i − ½ Σ_learned m_i s_i² a_i. Equal g_i give a = 1/s^∞.
/// </remarks>
public sealed class FiniteContextFixedPoint
{
    private readonly double[] _s;
    private readonly double[] _m;

    private FiniteContextFixedPoint(VectorRegressionTask task, int[] learned, double threshold)
    {
        _s = task.InputEigenvalues.ToArray();
        _m = task.Tasks.MeanSquares();
        Learned = learned;
        Threshold = threshold;
        Strengths = new double[_s.Length];
        double N = task.ContextLength;
        foreach (int i in learned)
            Strengths[i] = N / (N + 1) * (1 - threshold / Sqrt(_m[i] * _s[i])) / _s[i];
        for (int i = 0; i < _s.Length; i++)
            Loss += 0.5 * _m[i] * _s[i] * (1 - _s[i] * Strengths[i]);
    }

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "finite-context-fixed-points",
        "With K modes learned the exact flow of modes rests at a_i = (N/(N+1)) (1 − θ/√(m_i s_i))/s_i, θ = Σ_learned √(m_j s_j)/(N + 1 + "
        + "K); the one stable point is that of all modes with √(m_i s_i) > θ.",
        Paper.Staircase, "corrects Mainali, Teixeira 2025, Eq. 11, at finite N",
        "aligned weights, tasks diagonal in the eigenbasis of Λ, p₁ = q₂ = 0",
        "what finite batches and learning rates add");

    /// <summary>The learned modes, in the order of the spectrum from 0.</summary>
    public IReadOnlyList<int> Learned { get; }

    /// <summary>θ: a mode that is not learned here leaves zero only if √(m_i s_i) exceeds it.</summary>
    public double Threshold { get; }

    /// <summary>a_i, zero for modes that are not learned.</summary>
    public double[] Strengths { get; }

    /// <summary>L.</summary>
    public double Loss { get; }

    /// <summary>The stable fixed point, which the flow ends in: all modes with √(m_i s_i) > θ.</summary>
    /// <remarks>
    /// θ solves Σ_i max(0, √(m_i s_i) − θ) = (N + 1)θ, whose left side falls and whose right side rises: there is one, and modes may be
    /// added from the largest down.
    /// </remarks>
    /// <exception cref="ArgumentException">The tasks are not diagonal in the eigenbasis.</exception>
    public static FiniteContextFixedPoint Stable(VectorRegressionTask task) => Stable(task, [.. Range(0, task.InputDimension)]);

    /// <summary>The fixed point with the given modes learned.</summary>
    /// <exception cref="ArgumentException">The tasks are not diagonal in the eigenbasis, or some mode cannot stay learned beside the
    /// others.</exception>
    public static FiniteContextFixedPoint With(VectorRegressionTask task, IReadOnlyCollection<int> learned)
    {
        double[] g = Drives(task);
        int[] modes = [.. learned.Distinct().Order()];
        double θ = modes.Sum(i => g[i]) / (task.ContextLength + 1 + modes.Length);
        foreach (int i in modes)
        {
            if (!(g[i] > θ))
            {
                throw new ArgumentException(
                    $"Mode {i + 1} cannot stay learned beside the others given: √(m s) is {g[i]:G6}, it would have to exceed {θ:G6}.");
            }
        }

        return new(task, modes, θ);
    }

    /// <summary>The stable fixed point among given modes, the others held at zero.</summary>
    internal static FiniteContextFixedPoint Stable(VectorRegressionTask task, IReadOnlyCollection<int> among)
    {
        double[] g = Drives(task);
        var learned = new List<int>();
        double sum = 0;
        foreach (int i in among.OrderByDescending(i => g[i]))
        {
            if (!(g[i] > sum / (task.ContextLength + 1 + learned.Count)))
                break;
            learned.Add(i);
            sum += g[i];
        }

        return With(task, learned);
    }

    /// <summary>√(m_i s_i).</summary>
    internal static double[] Drives(VectorRegressionTask task)
    {
        task.RequireModes("The fixed point of modes");
        return [.. task.Tasks.MeanSquares().Zip(task.InputEigenvalues.ToArray(), (m, s) => Sqrt(m * s))];
    }

    /// <summary>The weights at the fixed point on the leaf of a given C = Σ(p_i² − q_i²), which a flow keeps; p, q ≥ 0.</summary>
    public VectorWeights Weights(double imbalance)
    {
        // p_i²/q_i² = κ²s_i/m_i for one κ, which solves κ Σ a√(s/m) − κ⁻¹ Σ a√(m/s) = C.
        double up = 0, down = 0;
        foreach (int i in Learned)
        {
            up += Strengths[i] * Sqrt(_s[i] / _m[i]);
            down += Strengths[i] * Sqrt(_m[i] / _s[i]);
        }

        double root = Sqrt(imbalance * imbalance + 4 * up * down);
        double κ = imbalance >= 0 ? (imbalance + root) / (2 * up) : 2 * down / (root - imbalance);
        double[] p = new double[_s.Length], q = new double[_s.Length];
        foreach (int i in Learned)
        {
            double ratio = κ * Sqrt(_s[i] / _m[i]);
            p[i] = Sqrt(Strengths[i] * ratio);
            q[i] = Sqrt(Strengths[i] / ratio);
        }

        return VectorWeights.Aligned(p, q);
    }
}
