namespace Staircase.Browser;

/// <summary>Finitely many tasks: ridge regression, the memory of the tasks, and what linear attention makes of them.</summary>
internal sealed class MemoryNeighbour : INeighbour
{
    private const int D = 4, Sequences = 250;

    private const ulong Seed = 51;

    private static readonly int[] Lengths = [2, 3, 4, 6, 8, 12, 16, 24, 32, 48];

    public Result Result => FiniteTaskSet.Result;

    public string Title => "Ridge regression or the memory of the tasks";

    public IReadOnlyList<Slider> Sliders { get; } =
    [
        new("pairs", "pairs of tasks $\\pm w$", 1, 64, 4, IsWhole: true, IsLogarithmic: true),
        new("noise", "label noise $\\sigma^2$", 0.05, 1, 0.25),
    ];

    public (Plot Picture, string Sentence) At(IReadOnlyList<double> values)
    {
        (int T, double noise) = (2 * (int)values[0], values[1]);
        double[][] tasks = FiniteTaskSet.Draw(D, T, Seed);
        double[,] moment = FiniteTaskSet.SecondMoment(tasks);
        double[] x = [.. Lengths.Select(n => (double)n)];
        double[] ridge = new double[x.Length], memory = new double[x.Length], attention = new double[x.Length];
        for (int i = 0; i < x.Length; i++)
        {
            RegressionTask task = RegressionTask.Create(Spectrum.Of(Repeat(1.0, D)), Lengths[i]) with { LabelNoise = noise };
            attention[i] = MergedFixedPoints.MinimumLoss(task with { TaskCovariance = moment });
            Sample sample = (task with { TaskVectors = tasks }).Sample(Sequences, Seed);
            double[] tokens = new double[(Lengths[i] + 1) * (D + 1)];
            double[] targets = [.. Range(0, Sequences).Select(s => sample.Read(s, tokens))];
            ridge[i] = MeanSquare(new RidgePredictor(noise));
            memory[i] = MeanSquare(new DiscreteBayesPredictor(tasks, noise));

            double MeanSquare(IInContextPredictor predictor) =>
                InContextPredictors.MeanSquare(predictor.Predictions(sample, Sequences), targets).Mean;
        }

        return (
            Plot.Of(
                "picture", "What each makes of a context", Axis.Logarithmic("context length N"), "mean squared error",
                $"White inputs, D = {D}; points: means over {Sequences} fresh contexts of the tasks. Dashed: the end of training, exact.",
                Series.Points("memory of the tasks (Bayes)", x, memory, 0), Series.Points("ridge regression", x, ridge, 1),
                Series.Predicted("linear attention, trained", x, attention, 2)),
            $"Of {T} tasks linear attention sees the second moment alone"
            + (T / 2 < D ? $", which spans {T / 2} of {D} directions" : "")
            + $": at N = {Lengths[^1]} its error is {attention[^1]:G3}, that of ridge regression {ridge[^1]:G3}, of the memory "
            + $"{memory[^1]:G3}. It cannot memorize, at any time.");
    }
}
