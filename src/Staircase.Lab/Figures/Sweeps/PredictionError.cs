using System.Globalization;

namespace Staircase.Lab;

/// <summary>Theory is of infinitely many sequences and a small start: its error falls as 1/√P, and with the start.</summary>
internal sealed class PredictionError() : SweepFigure(
    "prediction-error", "the error of the predicted drop over the number of sequences and the size of the start", MergedCurve.Result)
{
    private const string Measured = "plateaus.0.measured.end";

    /// <summary>Of a power, by 16 seeds at each of 4 numbers of sequences: their root mean squares scatter by a fifth.</summary>
    private const double Sampling = 0.15;

    protected override string Lead => "Against the theory of the population, a training on $P$ sequences drops early or late by an amount "
        + "that falls as $1/\\sqrt P$: the moments of a sample are those of the population and a noise. Theory from the sample's own "
        + "moments leaves out what does not commute in them, which falls too. On the population itself the error falls with the start.";

    protected override bool IsQuick(SweepTask task) =>
        ValueOf(task, "init") is "0.1" or "0.003" && ValueOf(task, "data") is not "sample:16384";

    protected override IEnumerable<Check> Checks(SweepRows rows)
    {
        LineFit sampling = LineFit.Of(SampleErrors(rows).Select(error => (Log(error.Sequences), Log(error.Error), "")))!;
        yield return Check.Absolute(
            "power over P of the error of the population's theory, root mean square over seeds", Own(MergedCurve.Result), sampling.Slope,
            -0.5, Sampling);
        yield return Check.AtMost(
            "smallest start, error of the theory of a run's own moments, root mean square: at the most sequences over that at the fewest",
            Own(MergedCurve.Result), OfSamples(65536) / OfSamples(1024), 0.25);
        double largest = PopulationError(rows, rows.All.Max(Init)), smallest = PopulationError(rows, rows.All.Min(Init));
        yield return Check.AtMost(
            "error on the population, root mean square: at the smallest start over that at the largest", Own(MergedCurve.Result),
            smallest / largest, 0.5);
        yield return Check.AtMost("error on the population at the smallest start", Own(MergedCurve.Result), smallest, 0.005);

        double OfSamples(int count) => OwnError(rows, row => row.Value("data") == $"sample:{count}" && Init(row) == rows.All.Min(Init));
    }

    /// <summary>For each number of sequences, how far the drop lies from that of the population with the same start.</summary>
    private static IEnumerable<(int Sequences, double Error)> SampleErrors(SweepRows rows)
    {
        double start = rows.All.Min(Init);
        SweepRow[] same = [.. rows.All.Where(row => Init(row) == start)];
        Dictionary<string, double> population = same.Where(row => row.Value("data") == "population")
            .ToDictionary(row => row.Value("seed"), row => row[Measured]);
        return same.Where(row => row.Value("data") != "population")
            .GroupBy(row => int.Parse(row.Value("data").Split(':')[1], InvariantCulture))
            .Select(of => (of.Key, Sqrt(of.Average(row => Pow(row[Measured] / population[row.Value("seed")] - 1, 2)))));
    }

    private static double PopulationError(SweepRows rows, double start) =>
        OwnError(rows, row => row.Value("data") == "population" && Init(row) == start);

    private static double OwnError(SweepRows rows, Func<SweepRow, bool> which) => Sqrt(
        rows.All.Where(which).Average(row => Pow(row[Measured] / row[rows.Spec.Theory[Measured]] - 1, 2)));

    private static double Init(SweepRow row) => double.Parse(row.Value("init"), InvariantCulture);
}
