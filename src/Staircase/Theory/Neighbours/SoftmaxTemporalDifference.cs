using MathNet.Numerics.LinearAlgebra;

namespace Staircase;

/// <summary>
/// Weighted softmax temporal-difference learning, one update a layer of a softmax transformer, on a finite Markov reward process with
/// one-hot features √ζ e_s.
/// </summary>
/// <remarks>
/// v(s) ← v(s) + Σ_k K(S_{k−1}, s) δ_k, δ_k = R_k + γ v(S_k) − v(S_{k−1}), K the softmax of ⟨x(s), x(S_{k−1})⟩ over the trajectory (Xie et
/// al. 2026, Eq. 8–9). On an endless trajectory with stationary weights μ it is v ← v + M(r + γPv − v), M(s, s') ∝ μ_{s'} e^{ζ[s = s']}:
/// the error is multiplied by I − M(I − γP). docs/theory/in-context-td.md derives it.
/// </remarks>
/// <param name="transitions">P, rows sum to 1.</param>
/// <param name="rewards">r(s), the mean reward on leaving s.</param>
/// <param name="discount">γ.</param>
/// <param name="sharpness">ζ ≥ 0: 0 averages over all states, ∞ is tabular.</param>
public sealed class SoftmaxTemporalDifference(double[,] transitions, double[] rewards, double discount, double sharpness)
{
    private readonly Matrix _transitions = Matrix.Build.DenseOfArray(transitions);

    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "in-context-td",
        "L layers of softmax attention make L updates of weighted softmax TD. If every state attends to itself with M(s,s) ≥ (1 + γ)/2 "
        + "+ C the error shrinks by 1 − 2C or more a layer, to a floor ∝ 1/√n for n steps of trajectory; with one-hot features of "
        + "size √ζ that is ζ > ln[(1 + γ)(1 − μ_min)/((1 − γ)μ_min)].",
        Paper.Xie2026, "Theorems 1 and 2, there with 1 − C; the factor 1 − 2C, ζ and the spectral radius: this project",
        "a finite chain, one-hot features, a trajectory that visits all states",
        "pretraining; features that share");

    /// <summary>μ, the stationary weights of the states.</summary>
    public double[] Stationary
    {
        get
        {
            int n = rewards.Length;
            Matrix system = _transitions.Transpose() - Matrix.Build.DenseIdentity(n);
            system.SetRow(n - 1, Vector<double>.Build.Dense(n, 1));
            return system.Solve(Vector<double>.Build.Dense(n, i => i == n - 1 ? 1 : 0)).ToArray();
        }
    }

    /// <summary>v^π = (I − γP)⁻¹ r.</summary>
    public double[] Values =>
        (Matrix.Build.DenseIdentity(rewards.Length) - discount * _transitions).Solve(Vector<double>.Build.Dense(rewards)).ToArray();

    /// <summary>M on an endless trajectory.</summary>
    public double[,] Attention() => Attention(Stationary);

    /// <summary>I − M(I − γP), which multiplies the error at each layer.</summary>
    public double[,] ErrorMap()
    {
        int n = rewards.Length;
        var identity = Matrix.Build.DenseIdentity(n);
        return (identity - Matrix.Build.DenseOfArray(Attention()) * (identity - discount * _transitions)).ToArray();
    }

    /// <summary>C = min_s M(s, s) − (1 + γ)/2: positive where the error shrinks by 1 − 2C or more a layer in the largest entry.</summary>
    public double Margin()
    {
        double[,] M = Attention();
        return Range(0, rewards.Length).Min(s => M[s, s]) - (1 + discount) / 2;
    }

    /// <summary>The ζ above which that margin is positive.</summary>
    public double SmallestSharpness()
    {
        double least = Stationary.Min();
        return Log((1 + discount) * (1 - least) / ((1 - discount) * least));
    }

    /// <summary>v after each of L layers on a given trajectory, from v = 0.</summary>
    /// <param name="states">S_0 … S_n.</param>
    /// <param name="gains">R_1 … R_n.</param>
    /// <param name="layers">L.</param>
    public double[][] Forward(ReadOnlySpan<int> states, ReadOnlySpan<double> gains, int layers)
    {
        // The softmax of ζ[s = S_{k−1}] sees a trajectory through its counts, sums of rewards and numbers of transitions.
        int count = rewards.Length;
        double[] visits = new double[count], reward = new double[count];
        double[,] moves = new double[count, count];
        for (int k = 1; k < states.Length; k++)
        {
            visits[states[k - 1]]++;
            reward[states[k - 1]] += gains[k - 1];
            moves[states[k - 1], states[k]]++;
        }

        double[,] attention = Attention(visits);
        var course = new double[layers][];
        double[] v = new double[count];
        for (int l = 0; l < layers; l++)
        {
            double[] error = new double[count];
            for (int s = 0; s < count; s++)
            {
                if (visits[s] == 0)
                    continue;
                double ahead = 0;
                for (int next = 0; next < count; next++)
                    ahead += moves[s, next] * v[next];
                error[s] = (reward[s] + discount * ahead) / visits[s] - v[s];
            }

            double[] updated = [.. v];
            for (int s = 0; s < count; s++)
            {
                for (int other = 0; other < count; other++)
                    updated[s] += attention[s, other] * error[other];
            }

            course[l] = v = updated;
        }

        return course;
    }

    /// <summary>M(s, s') ∝ weight(s') e^{ζ[s = s']}.</summary>
    private double[,] Attention(double[] weights)
    {
        int n = weights.Length;
        double total = weights.Sum(), peak = Exp(-sharpness);
        var M = new double[n, n];
        for (int s = 0; s < n; s++)
        {
            double sum = weights[s] + peak * (total - weights[s]);
            for (int other = 0; other < n; other++)
                M[s, other] = (s == other ? weights[s] : peak * weights[other]) / sum;
        }

        return M;
    }
}
