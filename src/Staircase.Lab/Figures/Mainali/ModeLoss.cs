using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>Mainali, Teixeira 2025, Fig. 3A: the loss that falls mode by mode.</summary>
internal sealed class ModeLoss() : RunFigure(
    "mode-loss", "The loss of modes",
    "the loss of modes: closed form, exact flow and simulation", Mainali("Fig. 3A"),
    ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result)
{
    private const double LeadingOrder = 1e-3; // the initial slope is to leading order in a⁰; the next one is 2a⁰s^∞
    private const double Decimals = 5e-5; // half a unit in the fourth decimal

    public override ReportSection Reproduce(Bench bench)
    {
        VectorFindings simulated = Trained(bench);
        return Titled with
        {
            Lead = "Each mode takes its part of the loss with it. What is left at the end is what a context of finite length cannot tell.",
            Plots = [simulated.LossPlot()],
            Settings = simulated.Study.Settings,
            Checks = [.. OfTheory(Limit.Modes!, Limit.Exact(0, Epochs)), OfSimulation(simulated)],
            Tables = simulated.Section.Tables,
            Notes =
            [
                "Simulation follows the exact flow, not the closed form.",
                "L = .0631 is the loss at epoch 500, where the published curve ends; the exact flow goes on to .06287.",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed);

    protected override FigurePart Draw(Run run) => Part(run, of => of.LossPlot());

    private static IEnumerable<Check> OfTheory(ModeDynamics closed, IReadOnlyList<VectorPoint> exact)
    {
        const double moment = 1e-3; // epochs; long enough for the difference of two losses to have nine digits
        double slope = (closed.Loss(moment) - closed.Loss(0)) / moment;
        double leading = -2 * Infinite.EpochRate * 1e-4 * Limit.Task.InputEigenvalues.ToArray().Sum(s => s * s * s * s);
        yield return Check.Absolute("L at the start", LossEquation, closed.Loss(0), 2.5993, Decimals);
        yield return Check.Absolute("exact flow: L at the start", ExactFlow, exact[0].Loss, 2.5993, Decimals);
        yield return Check.Relative("slope of L at the start, against −2 Σ ηP s⁴ a⁰", LossEquation, slope, leading, LeadingOrder);
        yield return Check.Absolute("closed form: L in the end", LossEquation, closed.FinalLoss, .06337, Decimals / 10);
        yield return Check.Absolute($"exact flow: L at epoch {Epochs}", ExactFlow, exact[^1].Loss, .0631, Decimals);
        yield return Check.Absolute(
            "exact flow: L in the end", Own(FiniteContextFixedPoint.Result), Limit.Stable!.Loss, .06287, Decimals / 10);
    }

    private static Check OfSimulation(VectorFindings simulated) =>
        Check.Same("which theory the simulated loss follows", ExactFlow, $"the {simulated.Nearest(0).Name}", "the exact flow");
}
