using System.Globalization;

namespace Staircase.Lab;

/// <summary>The first plateau: its length falls as λ⁻², and grows with the logarithm of the start or with its inverse.</summary>
internal sealed class EscapeTime() : SweepFigure(
    "escape-time", "the first plateau over the strength of the inputs and the size of the start", MergedCurve.Result, HeadRace.Result)
{
    private const string Measured = "plateaus.0.measured.end", Predicted = "predicted:plateaus.0.end";

    /// <summary>Starts that are small enough for the laws of growth from nothing.</summary>
    private const double Small = 1e-3;

    /// <summary>Of a power, and of a slope relative to it: what a start of 1e-2 to 1e-4 leaves of the end of growth.</summary>
    private const double Power = 0.02;

    /// <summary>Of a time: where a plateau ends is read off a curve.</summary>
    private const double Time = 0.005;

    protected override string Lead => "Separate attention escapes at $t \\propto 1/(\\lambda^2 v_0)$, merged attention at "
        + "$t = \\ln(1/w_0)/\\|\\Lambda^2\\|_F$ and a constant: one is a power of the start, the other a logarithm, and both go as "
        + "$\\lambda^{-2}$.";

    protected override bool IsQuick(SweepTask task) => ValueOf(task, "seed") is "41" or "42" && ValueOf(task, "trace") is "0.5" or "2";

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        (SweepRows merged, SweepRows separate) = (Of(rows, "merged"), Of(rows, "separate"));
        yield return Check.Absolute(
            "separate attention: power of the length over λ", Own(HeadGrowth.Result),
            SweepReport.Slope(separate, Measured, Axis(rows, "trace"))!.Slope, -2, Power);
        yield return Check.Absolute(
            "separate attention: power over the start", Own(HeadGrowth.Result),
            SweepReport.Slope(separate, Measured, Axis(rows, "init"))!.Slope, -1, Power);
        LineFit rates = LineFit.Of(merged.All.Select(row => Number(row, "trace")).Distinct()
            .Select(trace => (Log(trace), Log(PerLogarithm(merged, trace)), "")))!;
        yield return Check.Absolute(
            "merged attention: power over λ of the length per logarithm of the start", Own(MergedCurve.Result), rates.Slope, -2, Power);
        foreach (double trace in merged.All.Select(row => Number(row, "trace")).Distinct())
        {
            yield return Check.Relative(
                $"merged attention, tr Λ = {trace}: length per logarithm of the start, over 1/‖Λ²‖", Own(MergedPlateau.Result),
                PerLogarithm(merged, trace) * SquareNorm(trace), 1, Power);
        }

        foreach ((string name, SweepRows of) in (IEnumerable<(string, SweepRows)>)[("merged", merged), ("separate", separate)])
        {
            yield return Check.AtMost(
                $"{name} attention, starts of {NumberText.Power(Small)} and less: error of the predicted length, worst run",
                Own(name == "merged" ? MergedCurve.Result : HeadRace.Result),
                of.All.Where(row => Number(row, "init") <= Small).Max(row => Abs(row[Measured] / row[Predicted] - 1)), Time);
        }
    }

    private static SweepRows Of(SweepRows rows, string attention) =>
        new(rows.Spec, [.. rows.All.Where(row => row.Value("attention") == attention)]);

    private static double Number(SweepRow row, string key) => double.Parse(row.Value(key), InvariantCulture);

    /// <summary>How much longer the plateau gets as the start gets smaller by a factor of e.</summary>
    private static double PerLogarithm(SweepRows merged, double trace) => LineFit.Of(merged.All.Where(row => Number(row, "trace") == trace)
        .Select(row => (-Log(Number(row, "init")), row[Measured], row.Value("seed"))))!.Slope;

    /// <summary>‖Λ²‖_F of eigenvalues 1, 2, 3 scaled to a trace.</summary>
    private static double SquareNorm(double trace) =>
        Sqrt(Range(1, 3).Sum(d => Pow(trace * d / 6, 4)));
}
