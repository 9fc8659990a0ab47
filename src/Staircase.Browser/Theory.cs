namespace Staircase.Browser;

/// <summary>What theory says of linear attention, in pieces that a page can draw.</summary>
internal static class Theory
{
    // Operations of a gradient and drop: a few seconds of a browser.
    private const double DearFlow = 1e6;

    private const int SketchedPoints = 300, DrawnPoints = 2000;

    /// <exception cref="InputException">There is none, or the setting cannot be used.</exception>
    public static JsonObject Of(ExperimentWords words, NumberBlob numbers, bool isSketch)
    {
        if ((isSketch ? Limits.Sketched(words) : Limits.Study(words)) is not RegressionStudy study)
            throw new InputException("this page is about regression.");
        JsonObject answer = Setting(study, numbers);
        if (study.Moments is null || study.Prediction is not { } prediction)
        {
            answer["noTheory"] = study.NoTheory;
            return answer;
        }

        ModeMoments moments = study.Moments;
        double gradient = FlowCheck.CostOfGradient(study.TheoryObjective, study.InitialWeights);
        answer["flowIsDear"] = gradient * (prediction.Drops.Count + 1) > DearFlow;
        double[] times = RegressionPrediction.Thinned(prediction.CurveTimes(), isSketch ? SketchedPoints : DrawnPoints);
        answer["end"] = prediction.Drops.Count > 0 ? FlowCheck.EndOf(prediction) : times[^1];
        answer["zeroLoss"] = moments.ZeroLoss;
        answer["gains"] = numbers.Array(Range(0, moments.Count).Select(moments.Gain));
        answer["fullStrengths"] = numbers.Array(Range(0, moments.Count).Select(moments.FullStrength));
        answer["plateaus"] = Json.List(prediction.Plateaus, plateau => Json.Of(
            ("loss", plateau.Height), ("start", plateau.Start), ("end", double.IsFinite(plateau.End) ? plateau.End : null),
            ("learned", plateau.Learned)));
        answer["drops"] = Json.List(prediction.Drops, drop => Json.Of(
            ("time", drop.Time), ("components", drop.Modes), ("head", drop.Head), ("low", drop.Low),
            ("high", double.IsFinite(drop.High) ? drop.High : null), ("doubt", drop.NearTie)));
        answer["time"] = numbers.Array(times);
        answer["loss"] = numbers.Array(times.Select(prediction.LossAt));
        answer["strengths"] = Json.List(prediction.Courses, course => Json.Of(
            ("component", course.Mode), ("strength", numbers.Array(times.Select(course.At)))));
        answer["results"] = Json.List(prediction.Results, Json.InFull);
        return answer;
    }

    private static JsonObject Setting(RegressionStudy study, NumberBlob numbers) => Json.Of(
        ("description", study.Description), ("eigenvalues", numbers.Array(study.Task.InputEigenvalues.ToArray())),
        ("heads", study.Model.Heads), ("isSeparate", study.Model is SeparateAttention), ("noTheory", null),
        ("followsFlow", study.FollowsFlow), ("timePerStep", study.TimePerStep));
}
