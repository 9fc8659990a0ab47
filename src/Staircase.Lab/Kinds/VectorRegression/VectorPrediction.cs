namespace Staircase.Lab;

/// <summary>What theory says of an experiment on vector-valued tasks, without training.</summary>
internal sealed class VectorPrediction
{
    private const double GoodTo = 0.01; // a part of the strengths to which the closed form is said to be good

    private readonly VectorStudy _study;
    private readonly double[] _times, _s, _full, _half;
    private readonly VectorTheory _exact;
    private readonly VectorTheory? _closed;

    private VectorPrediction(VectorStudy study)
    {
        _study = study;
        _times = Times(study.Experiment.Epochs!.Value * (study.TimePerEpoch ?? 1));
        _s = study.Task.InputEigenvalues.ToArray();
        IReadOnlyList<VectorTheory> theories = study.Theories(_times);
        (_exact, _closed) = (theories[0], theories.ElementAtOrDefault(1));
        _full = study.Stable?.Strengths ?? _exact.Course[^1].Strengths;
        _half = [.. _full.Select((full, i) => full > 0 ? VectorPoint.HalfTime(_exact.Course, i, full) : double.NaN)];
    }

    private string Last => Whole(_times[^1]);

    /// <summary>The prediction.</summary>
    public static Findings Of(VectorStudy study)
    {
        var prediction = new VectorPrediction(study);
        return new([prediction.ModeTable()], [.. prediction.Sentences()], prediction.Data())
        {
            Quantities = VectorQuantities.Of(study, prediction._exact, simulation: null),
        };
    }

    /// <summary>Evenly to the last epoch and, for modes that are learned at once, evenly in the logarithm.</summary>
    private static double[] Times(double last)
    {
        const int even = 1000, logarithmic = 300;
        const double decades = 6;
        IEnumerable<double> evenly = Range(0, even + 1).Select(k => last * k / even);
        IEnumerable<double> early = Range(0, logarithmic).Select(k => last * Pow(10, decades * k / logarithmic - decades));
        return [.. evenly.Concat(early).Distinct().Order()];
    }

    private Table ModeTable()
    {
        string half = $"half time ({_exact.Name})";
        string end = $"{(_study.Stable is null ? $"strength at epoch {Last}" : "full strength")} ({_exact.Name})";
        IEnumerable<int> all = Range(0, _s.Length);
        return _study.Modes?.Modes is not { } closed
            ? Table.Of(
                "", ["mode", "eigenvalue", half, end, "becomes"], all,
                i => [$"{i + 1}", Digits(_s[i]), Digits(_half[i]), Digits(_full[i]), Becomes(i)])
            : Table.Of(
                "", ["mode", "eigenvalue", half, "half time (closed form)", end, "full strength (closed form)", "off by", "becomes"], all,
                i =>
                [
                    $"{i + 1}", Digits(_s[i]), Digits(_half[i]), Digits(closed[i].HalfTime), Digits(_full[i]),
                    Digits(closed[i].FullStrength), _full[i] > 0 ? SignedPercent(closed[i].FullStrength / _full[i] - 1) : "—", Becomes(i),
                ]);
    }

    private IEnumerable<string> Sentences()
    {
        string end = _study.Stable is { } stable ? $" and {Digits(stable.Loss)} in the end" : "";
        string closed = _closed is null ? "" : $"; {Digits(_closed.Course[^1].Loss)} and {Digits(_study.Modes!.FinalLoss)} in closed form";
        yield return $"Loss: {Digits(_exact.Course[0].Loss)} at the start, {Digits(_exact.Course[^1].Loss)} at epoch {Last}{end} "
            + $"by the {_exact.Name}{closed}.";
        foreach (string announcement in _study.Announcements)
            yield return announcement;
        if (_closed is null)
            yield break;
        double length = Ceiling(_study.LengthFor(GoodTo));
        yield return $"The closed form is good to {Percent(GoodTo)} of every strength "
            + $"from N = {(length < 1e9 ? Whole(length) : Number(length))} (first order in 1/N); here N = {_study.Task.ContextLength}.";
    }

    private JsonObject Data() => Json.Of(
        ("experiment", _study.Settings), ("announcements", _study.Announcements),
        ("modes", Json.List(Range(0, _s.Length), Mode)),
        ("loss", Json.Of(
            ("start", _exact.Course[0].Loss), ("last", _exact.Course[^1].Loss), ("end", _study.Stable?.Loss),
            ("closedFormLast", _closed?.Course[^1].Loss), ("closedFormEnd", _study.Modes?.FinalLoss))),
        ("closedFormGoodFrom", _study.Modes is null ? null : _study.LengthFor(GoodTo)),
        ("curve", Json.Of(
            ("time", _times), ("exact", _exact.Course.Select(point => point.Loss)),
            ("closedForm", _closed?.Course.Select(point => point.Loss)),
            ("strengths", Json.List(_exact.Course, point => Json.Numbers(point.Strengths))))),
        ("results", Json.Of(_study.Results)));

    private JsonObject Mode(int i) => Json.Of(
        ("mode", i + 1), ("eigenvalue", _s[i]), ("meanSquare", _study.Task.Tasks.MeanSquares()[i]),
        ("exact", Json.Of(
            ("halfTime", _half[i]), ("fullStrength", _study.Stable?.Strengths[i]), ("lastStrength", _exact.Course[^1].Strengths[i]))),
        ("closedForm", _study.Modes?.Modes[i] is { } mode
            ? Json.Of(("halfTime", mode.HalfTime), ("fullStrength", mode.FullStrength))
            : null),
        ("escapes", _study.Verdicts?[i].Escapes), ("isLearned", _study.Verdicts?[i].IsLearned));

    private string Becomes(int mode) => _study.Verdicts?[mode] is { IsLearned: false } verdict
        ? verdict.Escapes ? "learned, then pushed out" : "cannot escape"
        : double.IsNaN(_half[mode]) ? $"not half learned by epoch {Last}" : "learned";

    private static string Digits(double value) => Number(value, digits: 5);

    private static string SignedPercent(double value) => (100 * value).ToString("+0.00;-0.00;0", InvariantCulture) + " %";
}
