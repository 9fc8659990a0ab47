namespace Staircase.Lab;

/// <summary>Mainali, Teixeira 2025, Fig. 3A: the loss that falls mode by mode.</summary>
internal sealed class ModeLoss : IFigure
{
    /// <summary>The initial slope is to leading order in a⁰; the next one is 2a⁰s^∞.</summary>
    private const double LeadingOrder = 1e-3;

    /// <summary>Half a unit in the fourth decimal.</summary>
    private const double Decimals = 5e-5;

    public string Name => "mode-loss";

    public string Shows => "the loss of modes: closed form, exact flow and simulation";

    public string Source => "Mainali, Teixeira 2025, Fig. 3A";

    public IReadOnlyList<Result> Results => [ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result];

    public ReportSection Reproduce(Bench bench)
    {
        const double moment = 1e-3; // epochs; long enough for the difference of two losses to have nine digits
        var limit = new ModeDynamics(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate);
        IReadOnlyList<VectorPoint> limitExact = FiniteContextFlow.Solve(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate, PublishedModes.Times());
        FiniteContextFixedPoint end = FiniteContextFixedPoint.Stable(PublishedModes.Task());
        double slope = (limit.Loss(moment) - limit.Loss(0)) / moment;
        double leading = -2 * PublishedModes.EpochRate * 1e-4 * PublishedModes.Spectrum.Eigenvalues.ToArray().Sum(s => s * s * s * s);

        var (simulation, closed, exact, theories) = PublishedModes.Beside(bench);
        return new ReportSection
        {
            Id = Name,
            Title = "The loss of modes",
            Lead = "Each mode takes its part of the loss with it. What is left at the end is what a context of finite length cannot tell.",
            Plots =
            [
                new Plot
                {
                    Id = "loss",
                    Title = "Loss",
                    Caption = $"Solid: the exact loss of the weights, mean of {PublishedModes.Describe(bench)}. Dashed: the exact flow on the same tasks. Dotted: the closed form.",
                    X = new("epoch"),
                    Y = new("loss"),
                    Series =
                    [
                        new("simulated loss", SeriesRole.Measured, simulation.Times, simulation.Column(0), 0),
                        PublishedModes.Curve("exact flow", SeriesRole.Predicted, exact, p => p.Loss, 0),
                        PublishedModes.Curve("closed form", SeriesRole.Guide, closed, p => p.Loss, 1),
                    ],
                },
            ],
            Settings = PublishedModes.Settings(bench),
            Checks =
            [
                Check.Absolute("L at the start", PublishedModes.LossEquation, limit.Loss(0), 2.5993, Decimals),
                Check.Absolute("exact flow: L at the start", PublishedModes.Exact, limitExact[0].Loss, 2.5993, Decimals),
                Check.Relative("slope of L at the start, against −2 Σ ηP s⁴ a⁰", PublishedModes.LossEquation, slope, leading, LeadingOrder),
                Check.Absolute("closed form: L in the end", PublishedModes.LossEquation, limit.FinalLoss, .06337, Decimals / 10),
                Check.Absolute("exact flow: L at epoch 500", PublishedModes.Exact, limitExact[^1].Loss, .0631, Decimals),
                Check.Absolute("exact flow: L in the end", "Staircase, finite-context-fixed-points", end.Loss, .06287, Decimals / 10),
                Check.Same("which theory the simulated loss follows", PublishedModes.Exact, PublishedModes.Nearest(theories, [.. theories.Select(t => simulation.From(t.Course, 0))]), "the exact flow"),
            ],
            Tables = [PublishedModes.Deviations(simulation, theories)],
            Notes =
            [
                "Simulation follows the exact flow, not the closed form.",
                "L = .0631 is the loss at epoch 500, where the published curve ends; the exact flow goes on to .06287.",
            ],
        };
    }
}
