namespace Staircase.Browser;

/// <summary>The staircase on contexts that mix K tasks.</summary>
internal sealed class MixtureNeighbour : INeighbour
{
    private const int N = 31;

    private const double Init = 0.01;

    private const ulong Seed = 10;

    public Result Result => MixtureStaircase.Result;

    public string Title => "Contexts that mix several tasks";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("tasks", "tasks $K$", 1, 8, 3, IsWhole: true), new("first", "share of the first", 0.05, 0.95, 0.5),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (int K, double share) = ((int)values[0], values[1]);
        RegressionTask one = RegressionTask.Create(Spectrum.Of([0.5, 0.3, 0.2]), N);
        TaskMixture mixture = TaskMixture.Independent(
            K == 1 ? [1.0] : [share, .. Repeat((1 - share) / (K - 1), K - 1)]);
        RegressionTask mixed = one with { Mixture = mixture };
        Prediction alone = Predicted(one), together = Predicted(mixed);
        double end = FlowCheck.EndOf(together), floor = MixtureStaircase.Floor(mixed);
        return (
            Plot.Of(
                "picture", "The staircase of a mixture", Axis.Logarithmic("time of the gradient flow"), "loss",
                "λ = 0.5, 0.3, 0.2, N = 31, four heads from weights of 0.01. Dotted: what no predictor passes.",
                Curve("one task", alone, end, 7), Curve($"{K} tasks", together, end, 0),
                Series.Guide("floor of any predictor", [FirstOf(alone), end], [floor, floor], 1)),
            $"Two tokens have $\\bar\\kappa = \\sum_k \\pi_k^2 = {mixture.Agreement:G3}$ of their task in common: every drop comes "
            + $"{MixtureStaircase.Delay(mixture):G3} times as late (the first at {together.Drops[0].Time:G4} instead of "
            + $"{alone.Drops[0].Time:G4}), and the loss stays above {floor:G3}.");
    }

    private static Prediction Predicted(RegressionTask task) => INeighbour.Predicted(task, Init, Seed);

    private static double FirstOf(Prediction prediction) => prediction.Drops[0].Time / 20;

    private static Series Curve(string name, Prediction prediction, double end, int colour)
    {
        double[] times = INeighbour.Times(prediction, FirstOf(prediction), end);
        return Series.Measured(name, times, times.Select(prediction.LossAt), colour);
    }
}
