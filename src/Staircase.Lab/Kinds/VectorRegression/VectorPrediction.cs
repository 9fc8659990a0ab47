using System.Globalization;

namespace Staircase.Lab;

/// <summary>What theory says of an experiment on vector-valued tasks, without training.</summary>
internal static class VectorPrediction
{
    /// <summary>The prediction.</summary>
    /// <param name="study">The experiment.</param>
    /// <param name="share">To which part of the strengths the closed form should be good.</param>
    public static Findings Of(VectorStudy study, double share)
    {
        double[] times = study.Times(), s = study.Task.InputEigenvalues.ToArray(), m = study.Task.Tasks.MeanSquares();
        IReadOnlyList<VectorPoint> exact = study.Exact(times);
        IReadOnlyList<VectorPoint>? closed = study.Modes?.Course(times);
        double[] full = study.Stable?.Strengths ?? exact[^1].Strengths;
        double[] half = [.. Enumerable.Range(0, s.Length).Select(i => full[i] > 0 ? VectorPoint.HalfTime(exact, i, full[i]) : double.NaN)];
        string end = study.Stable is null ? $"strength at epoch {times[^1]:N0}" : "full strength";
        var table = new Table("",
            ["mode", "eigenvalue", $"half time ({study.ExactName})", .. Closed("half time (closed form)"), $"{end} ({study.ExactName})", .. Closed("full strength (closed form)", "off by"), "becomes"],
            [.. Enumerable.Range(0, s.Length).Select(i => (IReadOnlyList<string>)
            [
                $"{i + 1}", Number(s[i]), Number(half[i]), .. ClosedCells(() => [Number(study.Modes!.Modes[i].HalfTime)]),
                Number(full[i]), .. ClosedCells(() => [Number(study.Modes!.Modes[i].FullStrength), full[i] > 0 ? Percent(study.Modes.Modes[i].FullStrength / full[i] - 1) : "—"]), Becomes(study, i, half[i]),
            ])]);
        return new Findings([table], [.. Sentences(study, exact, closed, share)], new
        {
            Experiment = study.Settings,
            study.Announcements,
            Modes = Enumerable.Range(0, s.Length).Select(i => new
            {
                Mode = i + 1,
                Eigenvalue = s[i],
                MeanSquare = m[i],
                Exact = new { HalfTime = half[i], FullStrength = study.Stable?.Strengths[i], LastStrength = exact[^1].Strengths[i] },
                ClosedForm = study.Modes is null ? null : new { study.Modes.Modes[i].HalfTime, study.Modes.Modes[i].FullStrength },
                Escapes = study.Verdicts?.First(v => v.Mode == i).Escapes,
                IsLearned = study.Verdicts?.First(v => v.Mode == i).IsLearned,
            }),
            Loss = new { Start = exact[0].Loss, Last = exact[^1].Loss, End = study.Stable?.Loss, ClosedFormLast = closed?[^1].Loss, ClosedFormEnd = study.Modes?.FinalLoss },
            ClosedFormGoodFrom = study.Modes is null ? (double?)null : study.LengthFor(share),
            Curve = new { Time = times, Exact = exact.Select(p => p.Loss), ClosedForm = closed?.Select(p => p.Loss), Strengths = exact.Select(p => p.Strengths) },
            Results = study.Results.Select(result => new { result.Name, result.Statement, Source = $"{result.Paper.Citation} {result.Where}" }),
        });

        IEnumerable<string> Closed(params string[] headings) => study.Modes is null ? [] : headings;
        IEnumerable<string> ClosedCells(Func<string[]> cells) => study.Modes is null ? [] : cells();
    }

    private static IEnumerable<string> Sentences(VectorStudy study, IReadOnlyList<VectorPoint> exact, IReadOnlyList<VectorPoint>? closed, double share)
    {
        string last = study.Experiment.Epochs!.Value.ToString("N0", CultureInfo.InvariantCulture);
        yield return $"Loss: {Number(exact[0].Loss)} at the start, {Number(exact[^1].Loss)} at epoch {last}{(study.Stable is { } stable ? $" and {Number(stable.Loss)} in the end" : "")} by the {study.ExactName}"
            + (closed is null ? "." : $"; {Number(closed[^1].Loss)} and {Number(study.Modes!.FinalLoss)} in closed form.");
        foreach (string announcement in study.Announcements)
            yield return announcement;
        if (study.Modes is not null)
        {
            double length = Math.Ceiling(study.LengthFor(share));
            yield return $"The closed form is good to {100 * share:R} % of every strength from N = {(length < 1e9 ? length.ToString("N0", CultureInfo.InvariantCulture) : Number(length))} (first order in 1/N); here N = {study.Task.ContextLength}.";
        }
    }

    private static string Becomes(VectorStudy study, int mode, double half)
    {
        EscapeThreshold.Verdict? verdict = study.Verdicts?.First(v => v.Mode == mode);
        return verdict is { IsLearned: false } ? verdict.Escapes ? "learned, then pushed out" : "cannot escape"
            : double.IsNaN(half) ? $"not half learned by epoch {study.Experiment.Epochs!.Value.ToString("N0", CultureInfo.InvariantCulture)}" : "learned";
    }

    private static string Number(double value) => double.IsNaN(value) ? "—" : double.IsPositiveInfinity(value) ? "∞" : value.ToString(Math.Abs(value) >= 1e4 ? "N0" : "G5", CultureInfo.InvariantCulture);

    private static string Percent(double value) => (100 * value).ToString("+0.00;-0.00;0", CultureInfo.InvariantCulture) + " %";
}
