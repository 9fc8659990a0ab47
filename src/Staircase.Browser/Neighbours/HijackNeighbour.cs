namespace Staircase.Browser;

/// <summary>How cheaply one token moves the answer, as components are learned.</summary>
internal sealed class HijackNeighbour : INeighbour
{
    private const ulong Seed = 3;

    private static readonly double[] Eigenvalues = [0.4, 0.3, 0.2, 0.1];

    public Result Result => Hijack.Result;

    public string Title => "Hijacking a context along the staircase";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("context", "context $N$", 4, 300, 31, IsWhole: true, IsLogarithmic: true),
        new("init", "initial weights", 1e-3, 0.1, 0.01, IsLogarithmic: true),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (int N, double init) = ((int)values[0], values[1]);
        Prediction prediction = INeighbour.Predicted(RegressionTask.Create(Spectrum.Of(Eigenvalues), N), init, Seed);
        double end = FlowCheck.EndOf(prediction), first = prediction.Drops[0].Time / 10;
        double[] times = INeighbour.Times(prediction, first, end);
        double[] vulnerability = [.. times.Select(t => VulnerabilityAt(prediction, t))];
        return (
            Plot.Of(
                "picture", "Vulnerability rises in the steps of the staircase", Axis.Logarithmic("time of the gradient flow"),
                "loss, vulnerability tr(MᵀΛMΛ)",
                "λ = 0.4, 0.3, 0.2, 0.1, five heads. Bars: Σ m_d²λ_d² over the components learned on each plateau.",
                Series.Predicted("loss", times, times.Select(prediction.LossAt), 1),
                Series.Measured("vulnerability", times, vulnerability, 0),
                Series.Levels(
                    "on the plateaus", SeriesRole.PredictedPlateaus,
                    prediction.Plateaus.Where(plateau => plateau.Start < end).Select(plateau => (
                        Max(plateau.Start, first), Min(plateau.End, end),
                        plateau.Learned.Sum(d => Pow(prediction.Moments.FullStrength(d) * Eigenvalues[d], 2)))), 0)),
            $"In the end a label weighs √(tr(MᵀΛMΛ))/N = {Sqrt(vulnerability[^1]) / N:G3} in the answer, in the root of the mean "
            + $"square: who may move one label by {N / Sqrt(vulnerability[^1]):G3} moves the answer by about 1. The better the "
            + "model reads its context, the cheaper it is hijacked.");
    }

    private static double VulnerabilityAt(Prediction prediction, double time)
    {
        int D = Eigenvalues.Length;
        double[] matrix = new double[D * D];
        foreach (StrengthCourse course in prediction.Courses)
            matrix[course.Mode * (D + 1)] = course.At(time);
        return Hijack.Vulnerability(matrix, Eigenvalues);
    }
}
