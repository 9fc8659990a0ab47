using System.Globalization;

namespace Staircase;

/// <summary>
/// A sequence that follows several task vectors at once: token n, and the query, takes the vector of a component z drawn from the weights
/// π, independently of all others.
/// </summary>
/// <remarks>
/// Jin, Balasubramanian, Lai 2024 (arXiv:2410.14183) take the antipodal pair ±β. What linear attention sees of a mixture is κ̄ alone.
/// </remarks>
public sealed class TaskMixture
{
    private const double Rounding = 1e-9; // weights are probabilities up to this

    private readonly double[] _weights;

    private TaskMixture(double[] weights, bool isAntipodal)
    {
        if (weights.Length == 0)
            throw new ArgumentException("A mixture needs at least one component.");
        foreach (double weight in weights)
        {
            if (!(double.IsFinite(weight) && weight >= 0))
                throw new ArgumentException($"The weights of a mixture must be probabilities, not {weight:R}.");
        }

        double sum = weights.Sum();
        if (Abs(sum - 1) > Rounding)
            throw new ArgumentException($"The weights of a mixture must sum to 1, not to {sum:R}.");
        (_weights, IsAntipodal) = (weights, isAntipodal);
    }

    /// <summary>π_k.</summary>
    public IReadOnlyList<double> Weights => _weights;

    /// <summary>Whether the components are β and −β; else each has a vector of its own.</summary>
    public bool IsAntipodal { get; }

    /// <summary>
    /// κ̄ = Σ_jk π_j π_k c_jk, c_jk the correlation of two components' vectors: how much the tasks of two tokens have in common. It is
    /// Σ π_k² for independent components, (2π − 1)² for the pair.
    /// </summary>
    public double Agreement => IsAntipodal ? Pow(_weights[0] - _weights[1], 2) : _weights.Sum(π => π * π);

    /// <summary>Σ_jk π_j π_k c_jk², the same of squared labels: 1 for the pair, whose squares agree.</summary>
    public double SquareAgreement => IsAntipodal ? 1 : Agreement;

    /// <summary>As the command line writes it.</summary>
    public override string ToString() => IsAntipodal
        ? $"pair:{_weights[0].ToString("R", CultureInfo.InvariantCulture)}"
        : string.Join(',', _weights.Select(π => π.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Whether the other is a mixture of the same kind and weights.</summary>
    public override bool Equals(object? obj) =>
        obj is TaskMixture other && IsAntipodal == other.IsAntipodal && _weights.AsSpan().SequenceEqual(other._weights);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IsAntipodal, _weights.Length, _weights[0]);

    /// <summary>Components with independent vectors.</summary>
    /// <param name="weights">π_k.</param>
    /// <exception cref="ArgumentException">They are no probabilities.</exception>
    public static TaskMixture Independent(params IEnumerable<double> weights) => new([.. weights], isAntipodal: false);

    /// <summary>K independent components of weight 1/K.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static TaskMixture Uniform(int components) => Independent(Repeat(1.0 / components, components));

    /// <summary>β with probability π, else −β.</summary>
    /// <exception cref="ArgumentException">π is no probability.</exception>
    public static TaskMixture Antipodal(double weight) => new([weight, 1 - weight], isAntipodal: true);

    /// <summary>Reads <c>π1,π2,…</c> for independent components, <c>pair:π</c> for β and −β.</summary>
    /// <exception cref="ArgumentException">The text is neither, or the weights are no probabilities.</exception>
    public static TaskMixture Parse(string text)
    {
        if (text.StartsWith("pair:", StringComparison.Ordinal))
            return Antipodal(Number(text["pair:".Length..]));
        return Independent(text.Split(',', StringSplitOptions.TrimEntries).Select(Number));

        double Number(string part) => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number)
            ? number
            : throw new ArgumentException(
                $"A mixture is a list of weights, as in 0.7,0.3, or pair:0.7 for ±β; found '{text}' ('{part}' is not a number).");
    }

    /// <summary>The component of a token.</summary>
    internal int Draw(ref RandomStream random)
    {
        double u = random.NextUniform();
        int k = 0;
        while (k < _weights.Length - 1 && u >= _weights[k])
            u -= _weights[k++];
        return k;
    }
}
