namespace Staircase.Lab;

/// <summary>Mainali, Teixeira 2025, Fig. 1 and 2A: modes are learned one after another; the exact flow beside their closed form, and simulation beside both.</summary>
internal sealed class Modes : IFigure
{
    /// <summary>A curve of 500 epochs that is nearly flat at its top.</summary>
    private const double PeakEpochs = 2;

    /// <summary>Half a unit in the last published digit.</summary>
    private const double HalfTimeDigits = 0.05;

    private static readonly double[] ClosedEnd = [.5765, .6978, .8838, .9699], ExactEnd = [.5753, .6974, .8854, .9728], HalfTimes = [74.9, 112.9, 187.7, 229.5];
    private static readonly (double Strength, double Epoch)[] Peaks = [(.5798, 139), (.7006, 203)];

    public string Name => "modes";

    public string Shows => "modes learned one after another: closed form, exact flow and simulation";

    public string Source => "Mainali, Teixeira 2025, Fig. 1, 2A";

    public IReadOnlyList<Result> Results => [ModeDynamics.Result, FiniteContextFlow.Result, FiniteContextFixedPoint.Result];

    public ReportSection Reproduce(Bench bench)
    {
        // The published numbers are those of infinitely many tasks; a simulation is laid beside the theories of its own.
        var limit = new ModeDynamics(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate);
        IReadOnlyList<VectorPoint> fine = FiniteContextFlow.Solve(PublishedModes.Task(), PublishedModes.Start, PublishedModes.EpochRate, PublishedModes.Times(0.5));
        double[] end = FiniteContextFixedPoint.Stable(PublishedModes.Task()).Strengths;

        var (simulation, closed, exact, theories) = PublishedModes.Beside(bench);
        return new ReportSection
        {
            Id = Name,
            Title = "Modes, learned one after another",
            Lead = "On tasks that are diagonal in the eigenbasis of the inputs each mode has a strength $a_i = p_i q_i$. In closed form modes grow by themselves and monotonically; "
                + "at a finite context length they are coupled, and overshoot. Simulation follows the exact flow.",
            Plots =
            [
                new Plot
                {
                    Id = "strengths",
                    Title = "Strength of each mode",
                    Caption = $"Solid: the mean of {PublishedModes.Describe(bench)}. Dashed: the exact flow on the same tasks. Dotted: the closed form.",
                    X = new("epoch"),
                    Y = new("strength a"),
                    Series =
                    [
                        .. Enumerable.Range(0, 4).SelectMany(i => new[]
                        {
                            new Series($"simulated a{i + 1}", SeriesRole.Measured, simulation.Times, simulation.Column(i + 1), i),
                            PublishedModes.Curve($"exact a{i + 1}", SeriesRole.Predicted, exact, p => p.Strengths[i], i),
                            PublishedModes.Curve($"closed form a{i + 1}", SeriesRole.Guide, closed, p => p.Strengths[i], i),
                        }),
                    ],
                },
            ],
            Settings = PublishedModes.Settings(bench),
            Checks =
            [
                .. ClosedEnd.Select((a, i) => Check.Absolute($"closed form: full strength of mode {i + 1}", PublishedModes.ModeEquation, limit.Modes[i].FullStrength, a, PublishedModes.FourDigits)),
                .. ExactEnd.Select((a, i) => Check.Absolute($"exact flow: strength of mode {i + 1} at epoch 500", PublishedModes.Exact, fine[^1].Strengths[i], a, PublishedModes.FourDigits)),
                .. Peaks.SelectMany((peak, i) => PeakChecks(fine, i, peak)),
                .. HalfTimes.Select((t, i) => Check.Absolute($"closed form: half time of mode {i + 1}", PublishedModes.ModeEquation, limit.Modes[i].HalfTime, t, HalfTimeDigits)),
                PublishedModes.Follows(PublishedModes.Exact, simulation, theories, "the exact flow"),
            ],
            Tables =
            [
                PublishedModes.Deviations(simulation, theories),
                new("Half times, in epochs, on the simulated tasks and for infinitely many", ["mode", "simulation", "exact flow", "closed form", "exact flow, infinitely many tasks", "closed form, infinitely many tasks"],
                    [.. Enumerable.Range(0, 4).Select(i => (IReadOnlyList<string>)
                    [
                        $"{i + 1}", PublishedModes.Number(simulation.TimeAt(i + 1, exact[^1].Strengths[i] / 2)), PublishedModes.Number(VectorPoint.HalfTime(exact, i)),
                        PublishedModes.Number(VectorPoint.HalfTime(closed, i)), PublishedModes.Number(VectorPoint.HalfTime(fine, i)), PublishedModes.Number(limit.Modes[i].HalfTime),
                    ])]),
            ],
            Notes =
            [
                "Simulation follows the exact flow, not the closed form.",
                "500 epochs are not the end of the exact flow, whose ratios $p_i/q_i$ relax over thousands of epochs: it ends at "
                + string.Join(", ", end.Select(a => a.ToString("F5", System.Globalization.CultureInfo.InvariantCulture))) + ".",
            ],
        };
    }

    private static IEnumerable<Check> PeakChecks(IReadOnlyList<VectorPoint> exact, int mode, (double Strength, double Epoch) peak)
    {
        VectorPoint top = exact.MaxBy(point => point.Strengths[mode])!;
        yield return Check.Absolute($"exact flow: mode {mode + 1} overshoots to", PublishedModes.Exact, top.Strengths[mode], peak.Strength, PublishedModes.FourDigits);
        yield return Check.Absolute($"exact flow: mode {mode + 1} is highest at epoch", PublishedModes.Exact, top.Time, peak.Epoch, PeakEpochs);
    }
}
