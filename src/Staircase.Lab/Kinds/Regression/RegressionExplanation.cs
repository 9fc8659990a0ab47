namespace Staircase.Lab;

/// <summary>A run in sentences: what each plateau is, why it lasted so long, why it dropped then, and which head did it.</summary>
internal sealed class RegressionExplanation
{
    private const double LeastShare = 0.7; // of a drop's gain, from which a head is said to have done it

    private readonly RegressionFindings _run;
    private readonly RegressionStudy _study;
    private readonly Comparison _comparison;
    private readonly Prediction _prediction;

    private RegressionExplanation(RegressionFindings run, Comparison comparison, Prediction prediction) =>
        (_run, _study, _comparison, _prediction) = (run, run.Study, comparison, prediction);

    private ModeMoments Moments => _prediction.Moments;

    private string Unit => _comparison.UnitIsTime ? "time" : "step";

    /// <summary>The sentences, a paragraph a plateau.</summary>
    public static IReadOnlyList<string> Of(RegressionFindings run)
    {
        if (run.Comparison is { } comparison && run.Study.Prediction is { } prediction)
            return [.. new RegressionExplanation(run, comparison, prediction).Sentences()];
        return
        [
            .. run.Plateaus.Select((plateau, i) =>
                $"Plateau {i + 1}, from {Position(plateau.Start)} to {Position(plateau.End)}: the loss stays near "
                + $"{Number(plateau.Height, 5)}."),
            $"There is no theory for this run, which could say why: {run.Study.NoTheory ?? "too little was recorded"}.",
        ];
    }

    private IEnumerable<string> Sentences()
    {
        if (_study.Experiment.Softmax)
            yield return RegressionFindings.AboutSoftmax(_study).First();
        for (int i = 0; i < _comparison.Plateaus.Count; i++)
        {
            ComparedPlateau plateau = _comparison.Plateaus[i];
            ComparedPlateau? next = i + 1 < _comparison.Plateaus.Count ? _comparison.Plateaus[i + 1] : null;
            yield return string.Join(' ', new[] { What(plateau, i, next is null), next is null ? "" : Why(plateau, next) }
                .Where(text => text.Length > 0));
        }

        foreach (PredictedPlateau missed in _comparison.Missed)
        {
            yield return $"Theory also has a plateau at loss {Number(missed.Height, 5)} (components "
                + $"{Components(missed.Learned)} learned, time {Position(missed.Start)} to {Position(missed.End)}); "
                + (missed.Start >= _run.Training.Positions[^1] && _comparison.UnitIsTime
                    ? "training ended before."
                    : "it is too short, or too sloped, to be seen as one.");
        }
    }

    /// <summary>What a plateau is.</summary>
    private string What(ComparedPlateau plateau, int index, bool isLast)
    {
        string height = plateau.Predicted is { } predicted
            ? $"theory L(M_S) = {Number(predicted.Height, 5)}, {Signed(plateau.HeightError)}"
            : "which is none of the plateaus of theory";
        string learned = plateau.Learned.Count == 0
            ? "no component has been learned"
            : $"component{(plateau.Learned.Count > 1 ? "s" : "")} {Components(plateau.Learned)} "
                + $"{(plateau.Learned.Count > 1 ? "have" : "has")} been learned";
        string algorithm = plateau.Algorithm is { } found && found.RelativeErrors[found.Components] <= Algorithm.CloseEnough
            ? $"; in context the model {Does(found)} (to {Percent(found.RelativeErrors[found.Components])} of the labels' squares)"
            : "";
        string span = isLast
            ? $"from {Unit} {Position(plateau.Measured.Start)} to the end of the training"
            : $"from {Unit} {Position(plateau.Measured.Start)} to {Position(plateau.Measured.End)}";
        return $"Plateau {index + 1}, {span}: {learned}, and the loss is {Number(plateau.Measured.Height, 5)} ({height}){algorithm}.";
    }

    /// <summary>Why it lasts, and why it ends when it does.</summary>
    private string Why(ComparedPlateau plateau, ComparedPlateau next)
    {
        int[] modes = [.. next.Learned.Except(plateau.Learned)];
        string gain = modes.Length == 0 ? ""
            : $" The drop takes Σ b²/α = {Number(modes.Sum(Moments.Gain))} of the loss with component{(modes.Length > 1 ? "s" : "")} "
                + $"{Components(modes)}.";
        if (plateau.Drop is not { } drop)
            return $"Theory has no drop here.{gain}";
        string reason = _study.Model is SeparateAttention separate && drop.Head is { } head
            ? OfHead(separate, head, drop, plateau.Learned)
            : OfAll(drop);
        string end = _comparison.UnitIsTime
            ? $" So theory expects it at {Position(drop.Time)}, half done; it came at {Position(plateau.Measured.End)} "
                + $"({Signed(plateau.EndError(isLast: false))})."
            : "";
        string doubt = drop.NearTie is { } tie ? $" The race was close: {tie}." : "";
        return reason + end + doubt + Who(plateau, next, modes, drop) + gain;
    }

    /// <summary>A head that is alone, with this run's initial weights.</summary>
    private string OfHead(SeparateAttention model, int head, PredictedDrop drop, IReadOnlyList<int> learned)
    {
        int mode = drop.Modes[0];
        SeparateHead start = model.Head(model.Layout.ToEigenbasis(_study.InitialWeights, Moments.Basis), head);
        double sum = 0;
        for (int r = 0; r < start.Key.Rows; r++)
            sum += Pow(start.Key[r][mode] + start.Query[r][mode], 2);
        double b = Moments.Drive[mode], value = Abs(start.Value), growing = Sqrt(sum) / 2;
        PredictedDrop[] before = [.. _prediction.Drops.TakeWhile(one => one != drop)];
        string holds = before.Any(one => one.Head == head)
            ? $"Head {head + 1} has learned already, so that its value is large and its next pair follows in a time that grows only like "
                + $"ln(1/w)/(v b_{mode + 1}): "
            : $"It lasts because a head that is small grows slowly, v' = b v², which from size w takes about 1/(b w): ";
        int left = Moments.Count - learned.Count;
        return holds + $"on component {mode + 1} the drive is b_{mode + 1} = {Number(b)}, and head {head + 1} began with "
            + $"v = {Number(value, 3)} and ‖(k+q)_{mode + 1}‖/2 = {Number(growing, 3)}; of all pairs of {_study.Model.Heads} heads and the "
            + $"{left} component{(left == 1 ? "" : "s")} left this one escapes first.";
    }

    /// <summary>All heads as one.</summary>
    private string OfAll(PredictedDrop drop)
    {
        double rate = Sqrt(Moments.Drive.Sum(b => b * b));
        if (_study.Model is not MergedModel merged)
            return "";
        double amplitude = MergedCurve.Amplitude(merged, _study.InitialWeights, Moments);
        return $"It lasts because all heads grow as one from an amplitude of ‖a‖ = {Number(amplitude, 3)}, at the rate "
            + $"‖b‖ = {Number(rate)}: to get to order one takes ln(1/‖a‖)/‖b‖ = {Number(Log(1 / amplitude) / rate)} of time, and then "
            + $"all {drop.Modes.Count} components are learned at once.";
    }

    /// <summary>
    /// Which head did it, measured: the one whose part of the strength grew most between the weights kept last before the component had
    /// half of its strength and those kept first after; nothing where no weights were kept between this drop and its neighbours.
    /// </summary>
    private string Who(ComparedPlateau plateau, ComparedPlateau next, int[] modes, PredictedDrop drop)
    {
        if (_study.Model is not SeparateAttention model || modes is not [var mode])
            return "";
        double half = Moments.FullStrength(mode) / 2;
        (double At, double[] Parts)[] on =
        [
            .. _run.Training.Checkpoints.Select(kept => (At: _run.Training.PositionOf(kept.Step, kept.Time), kept.Weights))
                .Where(kept => kept.At >= plateau.Measured.Start && kept.At <= next.Measured.End).Select(kept => (
                    kept.At, HeadStrengths.Of(model, kept.Weights, Moments.Basis).Select(head => head[mode]).ToArray())),
        ];
        (double At, double[]? Parts) before = Array.FindLast(on, kept => kept.Parts.Sum() < half);
        (double At, double[]? Parts) after = Array.Find(on, kept => kept.Parts.Sum() >= half);
        if (before.Parts is null || after.Parts is null || before.At > after.At)
            return "";
        double[] gains = [.. after.Parts.Zip(before.Parts, (end, start) => end - start)];
        int winner = Array.IndexOf(gains, gains.Max());
        double share = gains[winner] / gains.Sum();
        if (!(share > LeastShare))
            return $" No head did it alone: of what the strength of component {mode + 1} gained, head {winner + 1} has {Percent(share)}.";
        string expected = drop.Head is not { } head ? "" : winner == head ? ", as predicted," : $", not head {head + 1} as predicted,";
        return $" Head {winner + 1}{expected} did it, with {Percent(share)} of what the strength of component {mode + 1} gained.";
    }

    private static string Does(Algorithm algorithm) =>
        algorithm.Components == 0 ? "predicts zero" : $"runs {algorithm.Name}";
}
