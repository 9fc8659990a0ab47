using MathNet.Numerics.LinearAlgebra;

namespace Staircase.Browser;

/// <summary>Temporal-difference learning in the forward pass: whether a layer contracts the error, and how fast.</summary>
internal sealed class TemporalDifferenceNeighbour : INeighbour
{
    private const int States = 6, Points = 60;

    private const double Sharpest = 12;

    public Result Result => SoftmaxTemporalDifference.Result;

    public string Title => "Temporal differences in the forward pass";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("discount", "discount $\\gamma$", 0, 0.99, 0.9), new("sharpness", "sharpness $\\zeta$", 0, Sharpest, 5),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (double γ, double ζ) = (values[0], values[1]);
        double[] sharpnesses = [.. Range(0, Points + 1).Select(i => Sharpest * i / Points)];
        Matrix<double>[] maps = [.. sharpnesses.Select(s => ErrorMap(Chain(γ, s)))];
        SoftmaxTemporalDifference chosen = Chain(γ, ζ);
        double needed = chosen.SmallestSharpness(), norm = ErrorMap(chosen).InfinityNorm();
        return (
            Plot.Of(
                "picture", "What a layer multiplies the error by", "sharpness ζ of attention to one's own state", "factor a layer",
                "A chain of six states. Below 1 a layer shrinks the error, in its largest entry (solid) or in the long run (dashed).",
                Series.Measured("largest entry", sharpnesses, maps.Select(map => map.InfinityNorm()), 0),
                Series.Predicted(
                    "in the long run", sharpnesses, maps.Select(map => map.Evd().EigenValues.Max(z => z.Magnitude)), 1),
                Series.Guide("no contraction", [0, Sharpest], [1, 1], 7),
                Series.Guide("ζ that suffices", [needed, needed], [0, 1], 2), Series.Guide("ζ chosen", [ζ, ζ], [0, 1], 3)),
            $"At γ = {γ:G3} a sharpness above {needed:G3} suffices for every layer to shrink the error; at ζ = {ζ:G3} a layer "
            + $"multiplies its largest entry by at most {norm:G3}, "
            + (norm < 1 ? $"and 50 layers leave {Pow(norm, 50):G2} of it or less." : "and it may grow."));
    }

    private static Matrix<double> ErrorMap(SoftmaxTemporalDifference chain) =>
        Matrix<double>.Build.DenseOfArray(chain.ErrorMap());

    /// <summary>Of drawn transitions and rewards, the same every time.</summary>
    private static SoftmaxTemporalDifference Chain(double discount, double sharpness)
    {
        var random = new RandomStream(12, RandomPurpose.Language);
        double[,] transitions = new double[States, States];
        double[] rewards = new double[States];
        for (int s = 0; s < States; s++)
        {
            for (int next = 0; next < States; next++)
                transitions[s, next] = 0.1 + random.NextUniform();
            double sum = Range(0, States).Sum(next => transitions[s, next]);
            for (int next = 0; next < States; next++)
                transitions[s, next] /= sum;
            rewards[s] = random.NextNormal();
        }

        return new(transitions, rewards, discount, sharpness);
    }
}
