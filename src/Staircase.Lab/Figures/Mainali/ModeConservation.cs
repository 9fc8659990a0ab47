using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>
/// Mainali, Teixeira 2025, Fig. 2B: C = ‖p₂‖² − ‖q₁‖² is conserved; each mode's own difference is so in the closed form only.
/// </summary>
internal sealed class ModeConservation() : RunFigure(
    "mode-conservation", "What training conserves",
    "what a training of modes conserves, and what it does not at a finite context length", Mainali("Fig. 2B"),
    ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result)
{
    private const double Integration = 1e-5; // the solver keeps weights to 1e-7 of themselves a step

    /// <summary>
    /// The fixed point against the flow at epoch 100,000: what is then left of its slowest part, and the solver's tolerance.
    /// </summary>
    private const double End = 1e-4;

    private const double NextOrder = 0.02; // the coupling of modes is of the order 1/N; the next order at N = 20,000

    /// <summary>Of ‖p₂‖² + ‖q₁‖². An update of rate η moves C by η² times a difference of squared gradients, at random.</summary>
    private const double Descent = 0.01;

    private static readonly string Appendix = Mainali("App. A.12");

    public override ReportSection Reproduce(Bench bench)
    {
        VectorFindings simulated = Trained(bench);
        IReadOnlyList<VectorPoint>[] trainings = [.. Range(0, simulated.Study.Experiment.Trainings).Select(simulated.Training)];
        IReadOnlyList<VectorPoint> exact = Solve(simulated.Study.Task, simulated.Study.Start, Times());
        double[] end = EachMode(i => Difference(VectorPoint.Of(0, 0, Limit.Stable!.Weights(0)), i));
        return Titled with
        {
            Lead = "$p \\to cp$, $q \\to q/c$ leaves the model as it is, hence $C = \\|p_2\\|^2 - \\|q_1\\|^2$ is conserved. In the closed "
                + "form so is every $p_i^2 - q_i^2$; at a finite context length modes pass it on to each other, and only the sum stays.",
            Plots = [DifferencePlot(trainings, exact)],
            Settings = simulated.Study.Settings,
            Checks = [.. OfExactFlow(end), OfTrainings(trainings)],
            Tables = [DifferencesAtTheEnd(trainings, exact[^1], end)],
            Notes =
            [
                "Simulation follows the exact flow: C keeps to zero but for the noise of updates, the differences of single modes do not.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed);

    protected override FigurePart Draw(Run run)
    {
        VectorFindings findings = RequireAligned(VectorFindings.Of(run));
        VectorStudy study = findings.Study;
        IReadOnlyList<VectorPoint>[] trainings = [.. Range(0, study.Experiment.Trainings).Select(findings.Training)];
        double[] times = [.. trainings[0].Select(point => point.Time)];
        return Part(findings, DifferencePlot(trainings, FiniteContextFlow.Solve(
            study.Task, study.Start, study.Experiment.EpochRate, times, new() { RelativeTolerance = 1e-9 })));
    }

    private static IEnumerable<Check> OfExactFlow(double[] end)
    {
        VectorWeights tilted = VectorWeights.Aligned([.02, .02, .02, .02], [.01, .01, .01, .01]);
        yield return Check.AtMost(
            "exact flow, balanced start: largest |ΔC| over ‖p₂‖² + ‖q₁‖² at the end", Appendix,
            Drift(Solve(Limit.Task, Limit.Start, Times())), Integration);
        yield return Check.AtMost(
            "exact flow, p = 2q at the start: largest |ΔC| over ‖p₂‖² + ‖q₁‖² at the end", Appendix,
            Drift(Solve(Limit.Task, tilted, Times())), Integration);
        VectorPoint late = Solve(Limit.Task, Limit.Start, [100_000])[0];
        for (int i = 0; i < end.Length; i++)
        {
            yield return Check.Relative(
                $"exact flow: p² − q² of mode {i + 1} at epoch 100,000, against the fixed point with C = 0",
                Own(FiniteContextFixedPoint.Result), Difference(late, i), end[i], End);
        }

        yield return Check.Relative(
            "exact flow: largest |p² − q²| of mode 1 at N = 20,000 over that at N = 200,000", ExactFlow,
            Largest(20_000) / Largest(200_000), 10, NextOrder);

        static double Largest(int N) =>
            Solve(Prepared(Infinite with { Context = N }).Task, Limit.Start, Times()).Max(point => Abs(Difference(point, 0)));
    }

    private static Check OfTrainings(IReadOnlyList<VectorPoint>[] trainings) => Check.AtMost(
        "simulation: largest |C| of any training over ‖p₂‖² + ‖q₁‖² at the end", Appendix,
        trainings.Max(t => t.Max(point => Abs(Imbalance(point)))) / Size(trainings[0][^1]), Descent);

    private static Plot DifferencePlot(IReadOnlyList<VectorPoint>[] trainings, IReadOnlyList<VectorPoint> exact)
    {
        return Plot.Of(
            "differences", "Each mode's difference, and their sum, from a balanced start", "epoch", "p² − q²",
            "Solid: the mean of the trainings. Dashed: the exact flow on the same tasks. The closed form has zero throughout.",
            [
                .. Range(0, exact[0].Value.Length).SelectMany(i => Curves($"mode {i + 1}", p => Difference(p, i), i)),
                .. Curves("C", Imbalance, exact[0].Value.Length),
            ]);

        Series[] Curves(string name, Func<VectorPoint, double> of, int colour) =>
        [
            Series.Measured($"simulated {name}", trainings[0].Select(point => point.Time), Average(trainings, of).Mean, colour),
            Series.Predicted($"exact {name}", exact, point => point.Time, of, colour),
        ];
    }

    private static Table DifferencesAtTheEnd(IReadOnlyList<VectorPoint>[] trainings, VectorPoint exact, double[] end)
    {
        return new(
            $"p² − q² at epoch {Epochs}",
            ["mode", "simulation", "Monte Carlo error", "exact flow", "closed form", "exact flow, in the end (infinitely many tasks)"],
            [.. EachMode(i => Row($"{i + 1}", point => Difference(point, i), end[i])), Row("C", Imbalance, 0)]);

        string[] Row(string name, Func<VectorPoint, double> of, double atLast)
        {
            (double[] mean, double[] error) = Average(trainings, of);
            return [name, Number(mean[^1]), Number(error[^1], digits: 2), Number(of(exact)), "0", Number(atLast)];
        }
    }

    private static (double[] Mean, double[] Error) Average(IReadOnlyList<VectorPoint>[] trainings, Func<VectorPoint, double> of) =>
        SimulatedCourse.Average([.. trainings.Select(training => training.Select(of).ToArray())]);

    private static IReadOnlyList<VectorPoint> Solve(VectorRegressionTask task, VectorWeights start, double[] times) =>
        FiniteContextFlow.Solve(task, start, Infinite.EpochRate, times, new() { RelativeTolerance = 1e-9 });

    private static double Difference(VectorPoint point, int mode) =>
        point.Value[mode] * point.Value[mode] - point.KeyQuery[mode] * point.KeyQuery[mode];

    /// <summary>C: of all weights, where there are others than the diagonals.</summary>
    private static double Imbalance(VectorPoint point) => point.Weights?.Imbalance()
        ?? Range(0, point.Value.Length).Sum(i => Difference(point, i));

    private static double Size(VectorPoint point) => point.Value.Sum(p => p * p) + point.KeyQuery.Sum(q => q * q);

    private static double Drift(IReadOnlyList<VectorPoint> course) =>
        course.Max(p => Abs(Imbalance(p) - Imbalance(course[0]))) / Size(course[^1]);
}
