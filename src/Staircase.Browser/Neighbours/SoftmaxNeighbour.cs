namespace Staircase.Browser;

/// <summary>Softmax heads as two numbers each: the loss at the best value, of long contexts, to first order, and exact.</summary>
internal sealed class SoftmaxNeighbour : INeighbour
{
    private const int Points = 56;

    private const double Noise = 0.01, Most = 0.7, Below = 0.1;

    // Each exact coefficient takes a browser a fifth of a second.
    private static readonly double[] Exact = [0.1, 0.3, 0.6];

    public Result Result => SoftmaxReduction.Result;

    public string Title => "Softmax heads as two numbers each";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("length", "context $L$", 10, 320, 40, IsWhole: true, IsLogarithmic: true),
        new("dimension", "dimension $d$", 2, 10, 5, IsWhole: true),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (int L, int d) = ((int)values[0], (int)values[1]);
        var reduction = new SoftmaxReduction(d, L, Noise);
        double[] ω = [.. Range(1, Points).Select(k => Most * k / Points)];
        double[] exact = [.. Exact.Select(x => Best(reduction.Coefficients(x, isPair: true)))];
        double[] near = [.. ω.Where(x => Exp(x * x * d) < Below * L)]; // where the first order holds
        double far = Best(reduction.LongContextCoefficients(Exact[0], isPair: true));
        return (
            Plot.Of(
                "picture", "Two heads ±ω: the loss at the best μ", "attention ω", "loss",
                "KQ = ±ωI, values that read labels with weight ±μ, σ² = 0.01. Points: exact. Dashed: first order in 1/L, drawn "
                + "while $e^{\\omega^2 d} < L/10$. Dotted: the published loss of long contexts.",
                Series.Points("exact", Exact, exact, 0),
                Series.Predicted("first order in 1/L", near, near.Select(x => Best(reduction.FirstOrderCoefficients(x, isPair: true))), 0),
                Series.Guide("long contexts", ω, ω.Select(x => Best(reduction.LongContextCoefficients(x, isPair: true))), 1),
                Series.Guide("long contexts, one head", ω, ω.Select(x => Best(reduction.LongContextCoefficients(x, isPair: false))), 2)),
            $"At L = {L}, d = {d} and ω = {Exact[0]} the exact loss is {exact[0]:G4}, where the loss of long contexts says {far:G4} "
            + $"({far / exact[0] - 1:+0.0 %;-0.0 %}). The pair ±ω takes its quadratic part off itself, which is debiased gradient descent; "
            + "one head cannot.");
    }

    /// <summary>1 − 2μP + μ²Q at μ = P/Q.</summary>
    private static double Best((double Linear, double Quadratic) of) => 1 - of.Linear * of.Linear / of.Quadratic;
}
