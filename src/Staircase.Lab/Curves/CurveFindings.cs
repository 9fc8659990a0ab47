namespace Staircase.Lab;

/// <summary>What is to be seen in a loss curve: its plateaus and drops, and theory over them where a setting is stated.</summary>
public sealed class CurveFindings
{
    /// <summary>The share of null curves that is worth its time: fewer for a longer curve.</summary>
    private const int MostNulls = 199, FewestNulls = 19;

    /// <summary>A browser, which interprets, takes shorter curves.</summary>
    private static int PointsForAll => OperatingSystem.IsBrowser() ? 200 : 20_000;

    private const double Level = 0.05; // drops of at most this rate count as drops where theory is fitted, if there are such

    private readonly LossCurve _curve;
    private readonly Study? _study;
    private readonly CurveFit? _fit;
    private readonly Comparison? _comparison;
    private readonly int _nulls;

    private CurveFindings(LossCurve curve, int nulls, IReadOnlyList<MeasuredDrop> drops, Study? study, CurveFit? fit)
    {
        (_curve, _nulls, Drops, _study, _fit) = (curve, nulls, drops, study, fit);
        Plateaus = PhaseDetector.Plateaus(curve.Positions, curve.Losses);
        _comparison = fit is null ? null
            : Comparison.OfCurve(fit.Prediction, [.. curve.Positions.Select(x => x * fit.TimePerStep)], curve.Losses, unitIsTime: true);
    }

    /// <summary>Examines a curve.</summary>
    /// <param name="study">The setting; null where none is stated.</param>
    /// <param name="timePerStep">Time of the gradient flow that a step amounts to; null fits it.</param>
    /// <param name="fitInit">Whether the size of the initial weights is fitted.</param>
    /// <exception cref="InputException">There is no theory for the setting, or no drop to fit to.</exception>
    public static CurveFindings Of(
        LossCurve curve, Study? study = null, double? timePerStep = null, bool fitInit = false, CancellationToken cancellation = default)
    {
        int nulls = (int)Clamp((long)MostNulls * PointsForAll / curve.Losses.Length, FewestNulls, MostNulls);
        IReadOnlyList<MeasuredDrop> drops = MeasuredDrop.Of(curve.Positions, curve.Losses, nulls);
        MeasuredDrop[] sure = [.. drops.Where(drop => drop.FalseAlarmRate <= Level)];
        CurveFit? fit = study is null ? null
            : CurveFit.Of(curve, sure.Length > 0 ? sure : drops, study, timePerStep, fitInit, cancellation);
        return new(curve, nulls, drops, study, fit);
    }

    /// <summary>The plateaus, in order.</summary>
    public IReadOnlyList<MeasuredPlateau> Plateaus { get; }

    /// <summary>The drops between them.</summary>
    public IReadOnlyList<MeasuredDrop> Drops { get; }

    /// <summary>For the terminal and as JSON.</summary>
    public Findings Findings() => new([PlateauTable(), .. Drops.Count > 0 ? [DropTable()] : (Table[])[]], [.. Sentences()], Data());

    /// <summary>For a report.</summary>
    public Report Report(string command) => new()
    {
        Title = $"The loss curve {_curve.Name}",
        Lead = _study?.Description ?? "Plateaus and drops, without a theory beside them.",
        Results = _study?.Results ?? [],
        Sections =
        [
            new ReportSection
            {
                Id = "curve",
                Title = "Plateaus and drops",
                Command = command,
                Plots = [Plot()],
                Tables = [PlateauTable(), DropTable()],
                Settings = _study?.Settings ?? new Dictionary<string, string>(),
                Notes = [.. Sentences()],
            },
        ],
    };

    private Table PlateauTable()
    {
        string[] theory = _comparison is null ? [] : ["learned", "theory", "error", "theory ends", "error"];
        return Table.Of(
            "Plateaus", ["plateau", "loss", $"from {_curve.PositionName}", $"to {_curve.PositionName}", .. theory],
            Plateaus, (plateau, i) =>
            [
                $"{i + 1}", Number(plateau.Height, 6), Position(plateau.Start), Position(plateau.End),
                .. _comparison is null ? [] : Theory(_comparison.Plateaus[i], isLast: i == Plateaus.Count - 1),
            ]);

        string[] Theory(ComparedPlateau plateau, bool isLast) =>
        [
            plateau.Predicted is null ? "—" : Components(plateau.Learned), Number(plateau.Predicted?.Height, 6),
            Signed(plateau.HeightError), isLast ? "—" : Position(plateau.Drop?.Time / _fit!.TimePerStep),
            Signed(plateau.EndError(isLast)),
        ];
    }

    private Table DropTable() => Table.Of(
        "Drops", ["drop", $"at {_curve.PositionName}", "from loss", "to loss", "width", "sharpness", "false-alarm rate"],
        Drops, (drop, i) =>
        [
            $"{i + 1}", Position(drop.Position), Number(drop.From, 6), Number(drop.To, 6), Number(drop.Width), Number(drop.Sharpness, 3),
            drop.FalseAlarmRate is { } rate ? (rate <= 1.0 / (_nulls + 1) ? $"at most {Number(rate)}" : Number(rate)) : "—",
        ]);

    private IEnumerable<string> Sentences()
    {
        foreach (string note in _curve.Notes)
            yield return $"{char.ToUpperInvariant(note[0])}{note[1..]}.";
        if (Drops.Count == 0)
            yield return "The detector finds no drop between two plateaus.";
        else if (Drops[0].FalseAlarmRate is null)
            yield return $"{_curve.Losses.Length} points are too few to tell the noise: there are no false-alarm rates.";
        else
        {
            yield return "A width is that of the middle four fifths of a drop, its sharpness the shorter plateau beside it in such widths. "
                + $"A false-alarm rate is the share of {_nulls} curves with the noise of this one and one exponential fall, without drops, "
                + "that show a drop as sharp.";
            if (Drops.Any(drop => drop.FalseAlarmRate > Level))
                yield return $"Drops of a rate above {Number(Level)} may be parts of a gradual fall, and the plateaus beside them none.";
        }

        if (_fit is null)
            yield break;
        string scale = $"a unit of '{_curve.PositionName}' is {Number(_fit.TimePerStep)} of time of the gradient flow";
        if (_fit.Scales is { Count: > 1 } scales)
        {
            string by = _fit.Init is null ? "the time of each drop" : "time and width of each drop";
            scale += $" ({Number(scales[0])} to {Number(scales[^1])} by {by})";
        }

        yield return _fit.Init is { } init
            ? $"Fitted to the curve: initial weights of size {Number(init)}{(_fit.IsTimeFitted ? $"; {scale}" : "")}."
            : $"{(_fit.IsTimeFitted ? "Fitted to the curve" : "As stated")}: {scale}.";
        if (_fit.Init is not null && _fit.IsTimeFitted && Plateaus.Count <= 2)
        {
            yield return "One drop tells the time scale from the size of the weights by its width alone: state one of them to be sure of "
                + "the other.";
        }

        yield return $"Theory over the curve: root mean square residual {Percent(_fit.Residual)} of the initial loss, largest "
            + $"{Percent(_comparison!.LargestDeviation ?? double.NaN)}.";
        double ratio = Plateaus[0].Height / _fit.Prediction.Plateaus[0].Height;
        if (Abs(ratio / 0.5 - 1) < 0.02)
            yield return "The first plateau is half of what theory says: is the curve ½ of the mean squared error?";
        foreach (PredictedPlateau missed in _comparison.Missed)
        {
            yield return $"Predicted and not seen: loss {Number(missed.Height, 5)} from {Position(missed.Start / _fit.TimePerStep)} to "
                + $"{Position(missed.End / _fit.TimePerStep)}.";
        }
    }

    private JsonObject Data()
    {
        var data = Json.Of(
            ("loss", _curve.Name), ("unit", _curve.PositionName), ("points", _curve.Losses.Length),
            ("plateaus", Json.List(Plateaus, (plateau, i) =>
            {
                JsonObject json = Json.Of(("index", i + 1), ("loss", plateau.Height), ("start", plateau.Start), ("end", plateau.End));
                if (_comparison?.Plateaus[i] is { } compared)
                {
                    json["learned"] = Json.Components(compared.Learned);
                    json["predictedLoss"] = Json.Number(compared.Predicted?.Height);
                    json["predictedEnd"] = Json.Number(compared.Drop?.Time / _fit!.TimePerStep);
                    json["heightError"] = Json.Number(compared.HeightError);
                    json["endError"] = Json.Number(compared.EndError(i == Plateaus.Count - 1));
                }

                return json;
            })),
            ("drops", Json.List(Drops, drop => Json.Of(
                ("position", drop.Position), ("from", drop.From), ("to", drop.To), ("width", drop.Width), ("sharpness", drop.Sharpness),
                ("falseAlarmRate", drop.FalseAlarmRate)))));
        if (_fit is not null)
        {
            data["experiment"] = Json.Map(_study!.Settings);
            data["timePerStep"] = Json.Number(_fit.TimePerStep);
            data["isTimeFitted"] = _fit.IsTimeFitted;
            data["fittedInit"] = Json.Number(_fit.Init);
            data["residual"] = Json.Number(_fit.Residual);
            data["largestDeviation"] = Json.Number(_comparison!.LargestDeviation);
        }

        data["notes"] = Json.Texts([.. Sentences()]);
        return data;
    }

    private Plot Plot()
    {
        double start = _curve.Positions[0], end = _curve.Positions[^1];
        List<Series> series =
        [
            Series.Measured(_curve.Name, _curve.Positions, _curve.Losses, 0),
            Series.Levels("plateaus", SeriesRole.Guide, Plateaus.Select(p => (p.Start, p.End, p.Height)), 0),
        ];
        if (_fit is { } fit)
        {
            double[] at = [start, .. fit.Prediction.CurveTimes().Select(t => t / fit.TimePerStep).Where(x => x > start && x < end), end];
            series.Add(Series.Predicted("predicted", at, at.Select(x => fit.Prediction.LossAt(x * fit.TimePerStep)), 0));
            series.Add(Series.Levels(
                "predicted plateaus", SeriesRole.PredictedPlateaus,
                fit.Prediction.Plateaus.Select(p => (p.Start / fit.TimePerStep, Min(p.End / fit.TimePerStep, end), p.Height))
                    .Where(p => p.Item1 < end), 0));
        }

        return Lab.Plot.Of(
            "loss", "Loss", _curve.PositionName, _curve.Name,
            $"Solid: the curve. Dotted: its plateaus.{(_fit is null ? "" : " Dashed: theory. Bars: predicted plateaus.")}",
            series);
    }
}
