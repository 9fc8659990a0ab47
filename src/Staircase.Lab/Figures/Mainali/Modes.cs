using static Staircase.Lab.PublishedModes;

namespace Staircase.Lab;

/// <summary>
/// Mainali, Teixeira 2025, Fig. 1 and 2A: modes are learned one after another; the exact flow beside their closed form, and simulation
/// beside both.
/// </summary>
internal sealed class Modes() : RunFigure(
    "modes", "Modes, learned one after another",
    "modes learned one after another: closed form, exact flow and simulation", Mainali("Fig. 1, 2A"),
    ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result)
{
    private const double PeakEpochs = 2; // a curve of 500 epochs that is nearly flat at its top
    private const double HalfTimeDigits = 0.05; // half a unit in the last published digit

    private static readonly double[] ClosedEnd = [.5765, .6978, .8838, .9699], ExactEnd = [.5753, .6974, .8854, .9728];
    private static readonly double[] ClosedHalfTimes = [74.9, 112.9, 187.7, 229.5];
    private static readonly (double Strength, double Epoch)[] Peaks = [(.5798, 139), (.7006, 203)];

    public override ReportSection Reproduce(Bench bench)
    {
        // The published numbers are those of infinitely many tasks; a simulation is laid beside the theories of its own.
        VectorFindings simulated = Trained(bench);
        IReadOnlyList<VectorPoint> exact = Limit.Exact(Times(0.5));
        return Titled with
        {
            Lead = "On tasks that are diagonal in the eigenbasis of the inputs each mode has a strength $a_i = p_i q_i$. "
                + "In closed form modes grow by themselves and monotonically; at a finite context length they are coupled, and overshoot. "
                + "Simulation follows the exact flow.",
            Plots = [simulated.StrengthPlot()],
            Settings = simulated.Study.Settings,
            Checks =
            [
                .. ClosedEnd.Select((a, i) => Check.Absolute(
                    $"closed form: full strength of mode {i + 1}", ModeEquation, Limit.Modes!.Modes[i].FullStrength, a, FourDigits)),
                .. ExactEnd.Select((a, i) => Check.Absolute(
                    $"exact flow: strength of mode {i + 1} at epoch {Epochs}", ExactFlow, exact[^1].Strengths[i], a, FourDigits)),
                .. Peaks.SelectMany((peak, i) => PeakChecks(exact, i, peak)),
                .. ClosedHalfTimes.Select((t, i) => Check.Absolute(
                    $"closed form: half time of mode {i + 1}", ModeEquation, Limit.Modes!.Modes[i].HalfTime, t, HalfTimeDigits)),
                Follows(ExactFlow, simulated),
            ],
            Tables =
            [
                .. simulated.Section.Tables,
                HalfTimes(
                    "Half times, in epochs, on the simulated tasks and for infinitely many", simulated,
                    [.. simulated.Theories, .. Limit.Theories(Times()).Select(t => t with { Name = $"{t.Name}, infinitely many tasks" })]),
            ],
            Notes =
            [
                "Simulation follows the exact flow, not the closed form.",
                "500 epochs are not the end of the exact flow, whose ratios $p_i/q_i$ relax over thousands of epochs: it ends at "
                + string.Join(", ", Limit.Stable!.Strengths.Select(a => Number(a, digits: 5))) + ".",
            ],
        };
    }

    public override Experiment Setting(ulong seed) => PublishedModes.Setting(seed);

    protected override FigurePart Draw(Run run) => Part(run, of => of.StrengthPlot());

    private static IEnumerable<Check> PeakChecks(IReadOnlyList<VectorPoint> exact, int mode, (double Strength, double Epoch) peak)
    {
        VectorPoint top = exact.MaxBy(point => point.Strengths[mode])!;
        yield return Check.Absolute(
            $"exact flow: mode {mode + 1} overshoots to", ExactFlow, top.Strengths[mode], peak.Strength, FourDigits);
        yield return Check.Absolute($"exact flow: mode {mode + 1} is highest at epoch", ExactFlow, top.Time, peak.Epoch, PeakEpochs);
    }
}
