using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// Attacks on the tokens of a context, in closed form, for whatever predicts ŷ = Σ yᵢ aᵢ(X, x_q), and how vulnerable a plateau is.
/// </summary>
/// <remarks>
/// Linear attention ŷ = βᵀMx_q has aᵢ = xᵢᵀMx_q/N, ridge regression aᵢ = x_qᵀ(XXᵀ + λI)⁻¹xᵢ. To move the prediction by δ: labels of a set
/// K, least norm, Δy = δ a_K/‖a_K‖²; one input, Δx = δ N Mx_q/(yᵢ‖Mx_q‖²); one token altogether, the nearest point of the hyperbola (y +
/// Δy)(s + Δs) = ys + δN/‖Mx_q‖, s the input's part along Mx_q. docs/theory/hijack.md derives them.
/// </remarks>
public static class Hijack
{
    /// <summary>The result.</summary>
    public static Result Result { get; } = new(
        "hijack",
        "One token of a context moves linear attention to any output: by its label at cost |δ|/|a|, by its input at |δ|N/(|y|‖Mx_q‖), "
        + "by both at a cost ∝ √|δ|. On plateau S the mean square of a is Σ m_d²λ_d²/N² over d ∈ S a token: vulnerability rises in the "
        + "steps of the staircase. Training against labels moved by ‖Δy‖ ≤ ε minimizes (|e| + ε‖a‖)² exactly.",
        Paper.Anwar2024, "that one token suffices; costs, steps, the inner maximum, transfer: this project",
        "linear attention with zero blocks, or any predictor that is linear in the labels",
        "deep models, whose attacks are found by gradients");

    /// <summary>aᵢ of linear attention.</summary>
    /// <param name="tokens">(N+1)×(D+1) numbers row by row, as <see cref="ISequenceSource.Read"/> gives them.</param>
    /// <param name="matrix">M, D×D row-major.</param>
    /// <param name="inputDimension">D.</param>
    public static double[] Sensitivities(ReadOnlySpan<double> tokens, ReadOnlySpan<double> matrix, int inputDimension)
    {
        int D = inputDimension, width = D + 1, N = tokens.Length / width - 1;
        double[] u = Direction(tokens, matrix, D), a = new double[N];
        for (int i = 0; i < N; i++)
            a[i] = Dot(tokens.Slice(i * width, D), u) / N;
        return a;
    }

    /// <summary>Mx_q.</summary>
    public static double[] Direction(ReadOnlySpan<double> tokens, ReadOnlySpan<double> matrix, int inputDimension)
    {
        ReadOnlySpan<double> query = tokens[^(inputDimension + 1)..^1];
        var u = new double[inputDimension];
        for (int i = 0; i < u.Length; i++)
            u[i] = Dot(matrix.Slice(i * inputDimension, inputDimension), query);
        return u;
    }

    /// <summary>Δy of least norm that moves a prediction by δ.</summary>
    /// <param name="sensitivities">a of the labels that may be moved.</param>
    /// <param name="change">δ.</param>
    public static double[] LabelAttack(ReadOnlySpan<double> sensitivities, double change)
    {
        double[] attack = sensitivities.ToArray();
        Scale(change / SumOfSquares(sensitivities), attack, attack);
        return attack;
    }

    /// <summary>Δx of least norm of one token.</summary>
    /// <param name="label">y of the token, not zero.</param>
    /// <param name="direction">Mx_q.</param>
    /// <param name="contextLength">N.</param>
    /// <param name="change">δ.</param>
    public static double[] InputAttack(double label, ReadOnlySpan<double> direction, int contextLength, double change)
    {
        double[] attack = direction.ToArray();
        Scale(change * contextLength / (label * SumOfSquares(direction)), attack, attack);
        return attack;
    }

    /// <summary>Δx and Δy of one token of least norm together.</summary>
    /// <param name="input">x of the token.</param>
    /// <param name="label">y of the token.</param>
    /// <param name="direction">Mx_q.</param>
    /// <param name="contextLength">N.</param>
    /// <param name="change">δ.</param>
    public static (double[] Input, double Label) JointAttack(
        ReadOnlySpan<double> input, double label, ReadOnlySpan<double> direction, int contextLength, double change)
    {
        double length = Sqrt(SumOfSquares(direction)), s = Dot(input, direction) / length;
        double product = label * s + change * contextLength / length;
        (double Y, double S) = Nearest(label, s, product);
        double[] attack = direction.ToArray();
        Scale((S - s) / length, attack, attack);
        return (attack, Y - label);
    }

    /// <summary>E aᵢ² · N² = tr(MᵀΛMΛ): Σ m_d²λ_d² on a plateau.</summary>
    /// <param name="matrix">M, D×D row-major, in the eigenbasis of the inputs.</param>
    /// <param name="eigenvalues">λ.</param>
    public static double Vulnerability(ReadOnlySpan<double> matrix, ReadOnlySpan<double> eigenvalues)
    {
        int D = eigenvalues.Length;
        double sum = 0;
        for (int i = 0; i < D * D; i++)
            sum += matrix[i] * matrix[i] * eigenvalues[i / D] * eigenvalues[i % D];
        return sum;
    }

    /// <summary>The nearest point of YS = c: both branches, by a scan in ln|Y| that ends in a golden section.</summary>
    private static (double Y, double S) Nearest(double y, double s, double c)
    {
        if (c == 0)
            return Abs(y) < Abs(s) ? (0, s) : (y, 0);
        (double Y, double S) best = (double.NaN, double.NaN);
        double least = double.PositiveInfinity;
        foreach (int sign in (ReadOnlySpan<int>)[1, -1])
        {
            // The nearest point lies between where one coordinate alone would have to go.
            double scale = Sqrt(Abs(c)) + Abs(y) + Abs(s);
            double low = Log(Abs(c) / (2 * scale)) - 2, high = Log(2 * scale) + 2;
            const int steps = 200;
            int at = Range(0, steps + 1).MinBy(k => Distance(low + (high - low) * k / steps));
            double x = GoldenSection(Distance, low + (high - low) * (at - 1) / steps, low + (high - low) * (at + 1) / steps);
            if (Distance(x) < least)
                (least, best) = (Distance(x), (sign * Exp(x), c / (sign * Exp(x))));

            double Distance(double ln)
            {
                double Y = sign * Exp(ln);
                return (Y - y) * (Y - y) + (c / Y - s) * (c / Y - s);
            }
        }

        return best;
    }

    private static double GoldenSection(Func<double, double> f, double low, double high)
    {
        double golden = (Sqrt(5) - 1) / 2;
        for (int i = 0; i < 60; i++)
        {
            double left = high - golden * (high - low), right = low + golden * (high - low);
            (low, high) = f(left) < f(right) ? (low, right) : (left, high);
        }

        return (low + high) / 2;
    }
}
