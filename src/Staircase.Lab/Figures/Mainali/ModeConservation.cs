namespace Staircase.Lab;

/// <summary>Mainali, Teixeira 2025, Fig. 2B: C = ‖p₂‖² − ‖q₁‖² is conserved; each mode's own difference is so in the closed form only.</summary>
internal sealed class ModeConservation : IFigure
{
    /// <summary>The solver keeps weights to 1e-7 of themselves a step.</summary>
    private const double Integration = 1e-5;

    /// <summary>The fixed point against the flow at epoch 100,000: what is then left of its slowest part, and the solver's tolerance.</summary>
    private const double End = 1e-4;

    /// <summary>The coupling of modes is of the order 1/N; the next order at N = 20,000.</summary>
    private const double NextOrder = 0.02;

    /// <summary>Of ‖p₂‖² + ‖q₁‖². An update of rate η moves C by η² times a difference of squared gradients, at random.</summary>
    private const double Descent = 0.01;

    public string Name => "mode-conservation";

    public string Shows => "what a training of modes conserves, and what it does not at a finite context length";

    public string Source => "Mainali, Teixeira 2025, Fig. 2B";

    public IReadOnlyList<Result> Results => [ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result];

    public ReportSection Reproduce(Bench bench)
    {
        double[] times = PublishedModes.Times();
        VectorWeights unbalanced = VectorWeights.Aligned([.02, .02, .02, .02], [.01, .01, .01, .01]);
        VectorRegressionTask limit = PublishedModes.Task();
        IReadOnlyList<VectorPoint> balanced = Solve(limit, PublishedModes.Start, times), tilted = Solve(limit, unbalanced, times);
        double[] largest = [.. new[] { 20_000, 200_000 }.Select(N => Solve(PublishedModes.Task(contextLength: N), PublishedModes.Start, times).Max(p => Math.Abs(Difference(p, 0))))];
        VectorPoint late = Solve(limit, PublishedModes.Start, [100_000])[0];
        double[] end = Differences(FiniteContextFixedPoint.Stable(limit).Weights(0));

        VectorRegressionTask task = PublishedModes.Sampled(bench);
        IReadOnlyList<VectorPoint>[] trainings = PublishedModes.Published(bench);
        double[][] rows = [.. trainings.Select(t => t.Select(Imbalance).ToArray())];
        (double[] mean, double[] error) = SimulatedCourse.Average(rows);
        (double[] Mean, double[] Error)[] modes = [.. Enumerable.Range(0, 4).Select(i => SimulatedCourse.Average([.. trainings.Select(t => t.Select(p => Difference(p, i)).ToArray())]))];
        IReadOnlyList<VectorPoint> exact = Solve(task, PublishedModes.Start, times);
        return new ReportSection
        {
            Id = Name,
            Title = "What training conserves",
            Lead = "$p \\to cp$, $q \\to q/c$ leaves the model as it is, hence $C = \\|p_2\\|^2 - \\|q_1\\|^2$ is conserved. In the closed form so is every $p_i^2 - q_i^2$; "
                + "at a finite context length modes pass it on to each other, and only the sum stays.",
            Plots =
            [
                new Plot
                {
                    Id = "differences",
                    Title = "Each mode's difference, and their sum, from a balanced start",
                    Caption = $"Solid: the mean of {PublishedModes.Describe(bench)}. Dashed: the exact flow on the same tasks. The closed form has zero throughout.",
                    X = new("epoch"),
                    Y = new("p² − q²"),
                    Series =
                    [
                        .. Enumerable.Range(0, 4).SelectMany(i => new[]
                        {
                            new Series($"simulated, mode {i + 1}", SeriesRole.Measured, times, modes[i].Mean, i),
                            PublishedModes.Curve($"exact, mode {i + 1}", SeriesRole.Predicted, exact, p => Difference(p, i), i),
                        }),
                        new("simulated C", SeriesRole.Measured, times, mean, 4),
                        PublishedModes.Curve("exact C", SeriesRole.Predicted, exact, Imbalance, 4),
                    ],
                },
            ],
            Settings = PublishedModes.Settings(bench),
            Checks =
            [
                Check.AtMost("exact flow, balanced start: largest |ΔC| over ‖p₂‖² + ‖q₁‖² at the end", "Mainali, Teixeira 2025, App. A.12", Drift(balanced), Integration),
                Check.AtMost("exact flow, p = 2q at the start: largest |ΔC| over ‖p₂‖² + ‖q₁‖² at the end", "Mainali, Teixeira 2025, App. A.12", Drift(tilted), Integration),
                .. end.Select((c, i) => Check.Relative($"exact flow: p² − q² of mode {i + 1} at epoch 100,000, against the fixed point with C = 0", "Staircase, finite-context-fixed-points", Difference(late, i), c, End)),
                Check.Relative("exact flow: largest |p² − q²| of mode 1 at N = 20,000 over that at N = 200,000", PublishedModes.Exact, largest[0] / largest[1], 10, NextOrder),
                Check.AtMost("simulation: largest |C| of any training over ‖p₂‖² + ‖q₁‖² at the end", "Mainali, Teixeira 2025, App. A.12", rows.Max(r => r.Max(Math.Abs)) / Size(trainings[0][^1]), Descent),
            ],
            Tables =
            [
                new("p² − q² at epoch 500", ["mode", "simulation", "Monte Carlo error", "exact flow", "closed form", "exact flow, in the end (infinitely many tasks)"],
                    [.. Enumerable.Range(0, 4).Select(i => (IReadOnlyList<string>)
                    [
                        $"{i + 1}", PublishedModes.Number(modes[i].Mean[^1]), PublishedModes.Small(modes[i].Error[^1]), PublishedModes.Number(Difference(exact[^1], i)), "0", PublishedModes.Number(end[i]),
                    ]), ["C", PublishedModes.Number(mean[^1]), PublishedModes.Small(error[^1]), PublishedModes.Small(Imbalance(exact[^1])), "0", "0"]]),
            ],
            Notes = ["Simulation follows the exact flow: C keeps to zero but for the noise of updates, the differences of single modes do not."],
        };
    }

    private static IReadOnlyList<VectorPoint> Solve(VectorRegressionTask task, VectorWeights start, double[] times) =>
        FiniteContextFlow.Solve(task, start, PublishedModes.EpochRate, times, new() { RelativeTolerance = 1e-9 });

    private static double Difference(VectorPoint point, int mode) => point.Value[mode] * point.Value[mode] - point.KeyQuery[mode] * point.KeyQuery[mode];

    private static double[] Differences(VectorWeights weights) =>
        [.. Enumerable.Range(0, 4).Select(i => weights.Value[5 * i] * weights.Value[5 * i] - weights.KeyQuery[5 * i] * weights.KeyQuery[5 * i])];

    /// <summary>C: of all weights, where there are others than the diagonals.</summary>
    private static double Imbalance(VectorPoint point) => point.Weights?.Imbalance() ?? Enumerable.Range(0, 4).Sum(i => Difference(point, i));

    private static double Size(VectorPoint point) => point.Value.Sum(p => p * p) + point.KeyQuery.Sum(q => q * q);

    private static double Drift(IReadOnlyList<VectorPoint> course) => course.Max(p => Math.Abs(Imbalance(p) - Imbalance(course[0]))) / Size(course[^1]);
}
