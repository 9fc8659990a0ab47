namespace Staircase.Lab;

/// <summary>What theory says of an experiment, beside the exact flow where that is affordable, as a table and as JSON.</summary>
internal sealed class RegressionPrediction
{
    private const int DrawnPoints = 4000;

    /// <summary>Sequences on which the predicted maps are told apart, and the operations that may cost.</summary>
    private const int FewestExamples = 100, MostExamples = 1000;

    private const double ExampleOperations = 2e7;

    private readonly RegressionStudy _study;
    private readonly Prediction _prediction;
    private readonly FlowCheck? _check;
    private readonly string? _unchecked;
    private readonly string[] _algorithms;

    private RegressionPrediction(RegressionStudy study, Prediction prediction, bool check, CancellationToken cancellation)
    {
        (_study, _prediction, _algorithms) = (study, prediction, AlgorithmsOf(study, prediction));
        (_check, _unchecked) = check ? Checked(study, cancellation) : (null, "it was not asked for (--no-check)");
    }

    /// <exception cref="InputException">There is no theory; the message says why.</exception>
    public static Findings Of(RegressionStudy study, bool check, CancellationToken cancellation)
    {
        if (study.Loss is QuadraticLoss data && study.Task.InContextFraction < 1)
            return OfMixture(study, data);
        Prediction prediction = study.Prediction ?? throw new InputException($"There is no theory for this experiment: {study.NoTheory}.");
        return study.FollowsFlow
            ? new RegressionPrediction(study, prediction, check, cancellation).Findings()
            : WithoutTimes(study, prediction);
    }

    /// <summary>What a person must know of the moments that theory was given.</summary>
    internal static IEnumerable<string> AboutMoments(RegressionStudy study) => study.HasOwnMoments
        ? []
        : ["The moments of this sample do not fit in memory: theory is that of infinitely many sequences, and chance is not in it."];

    private Findings Findings() => new(
        [Table()],
        [
            .. RegressionFindings.AboutSoftmax(_study), .. AboutMoments(_study), .. RegressionFindings.AboutEnd(_prediction),
            .. AboutCheck(), .. AboutOptimizer(),
        ],
        Json.Of(
            ("experiment", _study.Settings), ("prediction", PredictionJson()), ("check", CheckJson()),
            ("largestStableLearningRate", _study.LargestStableRate())))
    {
        Quantities = RegressionQuantities.Of(_prediction, comparison: null, hasTimes: true),
    };

    private Table Table()
    {
        double? timePerStep = _study.TimePerStep;
        string[] steps = timePerStep is null ? [] : ["to step"], flow = _check is null ? [] : ["flow's loss", "flow to time", "difference"];
        return Lab.Table.Of(
            "",
            [
                "plateau", "learned", "loss", "from time", "to time", "95 % interval", .. flow, .. steps, "next: head → component",
                "in context it", "doubt",
            ],
            _prediction.Plateaus,
            (plateau, i) =>
            {
                PredictedDrop? drop = _prediction.Drops.ElementAtOrDefault(i);
                return
                [
                    $"{i + 1}", Components(plateau.Learned), Number(plateau.Height, 6), Position(plateau.Start),
                    drop is null && _prediction.GivenUp is not null ? "not known" : Position(plateau.End),
                    RegressionFindings.Interval(drop),
                    .. flow.Length == 0 ? [] : (string[])
                        [Number(Seen(i)?.Measured.Height, 6), Position(FlowEnd(i)), Signed(Difference(i))],
                    .. steps.Select(_ => Position(plateau.End / timePerStep)),
                    drop is null ? "" : $"{(drop.Head is { } head ? $"{head + 1}" : "all")} → {Components(drop.Modes)}",
                    _algorithms[i], drop?.NearTie ?? "",
                ];
            });
    }

    private IEnumerable<string> AboutCheck()
    {
        if (_check is not { } check)
        {
            yield return $"Theory trains nothing. The exact flow was not trained beside it: {_unchecked}.";
            yield break;
        }

        string delayed = _study.DelayConstant is null ? "" : $", as late as {(_study.HasMomentum ? "momentum makes" : "steps make")} it";
        yield return "Theory trains nothing: it follows from the initial weights alone. The flow beside it was trained, to time "
            + $"{Position(check.Flow.Positions[^1])}, from the same weights on the same moments ({Whole(check.Evaluations)} "
            + $"gradients{delayed}).";
        if (!check.IsWhole)
            yield return "The operations that a check may cost ended before the last drop: later plateaus have no flow beside them.";
        foreach (ComparedPlateau other in NotPredicted())
        {
            yield return $"Not predicted: the flow has a plateau at loss {Number(other.Measured.Height, 6)} with components "
                + $"{Components(other.Learned)} learned, time {Position(other.Measured.Start)} to {Position(other.Measured.End)}.";
        }
    }

    private IEnumerable<string> AboutOptimizer()
    {
        double largest = _study.LargestStableRate();
        if (double.IsFinite(largest))
        {
            yield return $"Near the end gradient descent is stable up to a learning rate of {Number(largest)} (a local statement: on the "
                + "way less may diverge and more may pass). Time is that of the gradient flow (τ = 1); a step of gradient descent is 2η of "
                + "it.";
        }

        if (_study.DelayConstant is not { } τ)
            yield break;
        yield return (_study.HasMomentum ? "Momentum makes" : "Steps of gradient descent make")
            + $" drops late by about 2τ ln(T/max(τ, width)), τ = "
            + $"{(_study.HasMomentum ? "η(1+μ)/(1−μ)²" : "η")} = {Number(τ)} (merged: by a share of T). {RegressionFindings.FlowIntervals}";
        if (_prediction.Drops.Count > 0 && _study.FlowPrediction!.Drops[0].Time < 3 * τ)
        {
            yield return "Here τ is no smaller than the first plateau is long: momentum has not settled before the first drop, and times "
                + "are rough.";
        }
    }

    private static (FlowCheck? Check, string? Why) Checked(RegressionStudy study, CancellationToken cancellation)
    {
        Prediction flow = study.FlowPrediction!;
        if (flow.Drops.Count == 0)
            return (null, "nothing is predicted to grow");
        Objective objective = study.TheoryObjective;
        try
        {
            return FlowCheck.TooDear(flow, objective, study.InitialWeights) is { } dear
                ? (null, dear)
                : (FlowCheck.Of(flow, objective, study.InitialWeights, cancellation), "it ends at its first step");
        }
        catch (DivergedException exception)
        {
            return (null, exception.Message.TrimEnd('.'));
        }
    }

    /// <summary>The measured plateau that belongs to a predicted one.</summary>
    private ComparedPlateau? Seen(int plateau) =>
        _check?.Comparison.Plateaus.FirstOrDefault(seen => seen.Predicted == _study.FlowPrediction!.Plateaus[plateau]);

    /// <summary>The last plateau of a flow that was broken off ends in the middle of nothing.</summary>
    private IEnumerable<ComparedPlateau> NotPredicted() => _check is { } check
        ? check.Comparison.Plateaus.SkipLast(check.IsWhole ? 0 : 1).Where(plateau => plateau.Predicted is null)
        : [];

    /// <summary>When the flow ends a plateau, as late as the optimizer makes it; null where it did not see it or end it.</summary>
    private double? FlowEnd(int plateau)
    {
        if (plateau >= _prediction.Drops.Count || Seen(plateau) is not { } seen || seen == _check!.Comparison.Plateaus[^1])
            return null;
        return seen.Measured.End + (_prediction.Drops[plateau].Time - _study.FlowPrediction!.Drops[plateau].Time);
    }

    /// <summary>(theory − flow)/flow.</summary>
    private double? Difference(int plateau) => FlowEnd(plateau) is { } end ? _prediction.Drops[plateau].Time / end - 1 : null;

    private JsonObject PredictionJson()
    {
        double[] times = Thinned(_prediction.CurveTimes(), DrawnPoints);
        return Json.Of(
            ("plateaus", Json.List(_prediction.Plateaus, (plateau, i) =>
            {
                JsonObject json = RegressionFindings.PlateauJson(plateau);
                json.Insert(0, "index", i + 1);
                json["algorithm"] = _algorithms[i];
                return json;
            })),
            ("drops", Json.List(_prediction.Drops, drop => Json.Of(
                ("time", drop.Time), ("components", Json.Components(drop.Modes)), ("head", drop.Head + 1), ("low", drop.Low),
                ("high", drop.High), ("doubt", drop.Doubt), ("nearTie", drop.NearTie)))),
            ("curve", Json.Of(("time", times), ("loss", times.Select(_prediction.LossAt)))),
            ("givenUp", _prediction.GivenUp), ("results", Json.Of(_prediction.Results)));
    }

    /// <summary>About so many of given times, and the last.</summary>
    internal static double[] Thinned(double[] times, int count)
    {
        int stride = Max(1, times.Length / count);
        return [.. times.Where((_, i) => i % stride == 0 || i == times.Length - 1)];
    }

    private JsonObject CheckJson() => _check is not { } check
        ? Json.Of(("skipped", _unchecked))
        : Json.Of(
            ("trainedToTime", check.Flow.Positions[^1]), ("whole", check.IsWhole), ("gradients", check.Evaluations),
            ("plateaus", Json.List(_prediction.Plateaus, (_, i) => Json.Of(
                ("index", i + 1), ("loss", Seen(i)?.Measured.Height), ("end", FlowEnd(i)), ("difference", Difference(i))))),
            ("notPredicted", Json.List(NotPredicted(), p => Json.Of(
                ("loss", p.Measured.Height), ("start", p.Measured.Start), ("end", p.Measured.End),
                ("learned", Json.Components(p.Learned))))));

    /// <summary>What is known where the optimizer follows no flow: where training starts and where it can end, and no times.</summary>
    private static Findings WithoutTimes(RegressionStudy study, Prediction prediction)
    {
        string name = Word(study.Experiment.EffectiveOptimizer);
        return OfFixedPoints(
            study, $"{name} follows no gradient flow",
            [
                ("nothing learned", "nothingLearned", prediction.Moments.ZeroLoss),
                ("everything learned", "everythingLearned", prediction.Plateaus[^1].Height),
            ],
            [
                .. RegressionFindings.AboutSoftmax(study), .. AboutMoments(study),
                $"The staircase of the gradient flow does not apply to {name}, and there are no times: the size of its steps is η whatever "
                + "that of the gradient, so that weak components grow as fast as strong ones. What holds for every optimizer is where the "
                + "loss starts from small weights, and the loss of the best in-context weights. --optimizer flow, gd or momentum have the "
                + "staircase.",
            ]);
    }

    /// <summary>Where training can stand still, and nothing of when.</summary>
    private static Findings OfFixedPoints(
        RegressionStudy study, string? noTimes, (string Name, string Key, double? Loss)[] rows, IReadOnlyList<string> sentences)
    {
        var json = Json.Of(("experiment", study.Settings), ("prediction", null), ("noTimes", noTimes));
        foreach ((_, string key, double? loss) in rows)
            json[key] = Json.Number(loss);
        return new([Lab.Table.Of("", ["fixed point", "loss"], rows, row => [row.Name, Number(row.Loss, 6)])], sentences, json)
        {
            Quantities = [.. rows.Select(row => new Quantity($"loss with {row.Name}", null, row.Loss))],
        };
    }

    /// <summary>What the moments of a mixture tell: where training starts, and how far in-context and all weights can come.</summary>
    private static Findings OfMixture(RegressionStudy study, QuadraticLoss data)
    {
        return OfFixedPoints(
            study, study.NoTheory,
            [
                ("nothing learned", "nothingLearned", data.TargetSquare),
                ("best in-context weights, other blocks zero", "bestInContext", Least(inContext: true)),
                ("best of all weights, D + 1 heads or more", "bestOfAll", Least(inContext: false)),
            ],
            [$"There are no times and no plateaus between: {study.NoTheory}. Heights are exact, from the moments of these sequences."]);

        double? Least(bool inContext)
        {
            try
            {
                return MergedFixedPoints.MinimumLoss(data, inContext);
            }
            catch (ArgumentException)
            {
                return null; // fewer independent sequences than features
            }
        }
    }

    /// <summary>
    /// What a model that has learned what a plateau says does in context: the closest algorithm to the predicted map over all sequences
    /// of the task; on those of a file, which are of no task, as it is measured of trained weights.
    /// </summary>
    private static string[] AlgorithmsOf(RegressionStudy study, Prediction prediction)
    {
        IEnumerable<double[]> maps = prediction.Plateaus.Select(plateau => prediction.Moments.MapOf(plateau.Learned));
        IEnumerable<Algorithm> closest = study.Examples is Sample
            ? maps.Select(map => Algorithm.Expected(map, study.Task))
            : Examined([.. maps], study);
        return [.. closest.Select(algorithm => algorithm.Name)];
    }

    private static IReadOnlyList<Algorithm> Examined(double[][] maps, RegressionStudy study)
    {
        int D = study.Task.InputDimension;
        double each = (study.Examples.ContextLength + 1.0) * D * (D + 1);
        int count = (int)Min(Clamp(ExampleOperations / each, FewestExamples, MostExamples), study.Examples.Count);
        var examples = new SequenceRange(study.Examples, 0, count);
        var statistics = new TokenStatistics(examples, study.Task.OutputScale, varyContext: false);
        double[][] predictions = [.. maps.Select(_ => new double[count])];
        double[] g = new double[AttentionMap.StatisticLength(D)], query = new double[D], target = new double[1];
        for (int i = 0; i < count; i++)
        {
            statistics.Read(i, g, query, target);
            for (int k = 0; k < maps.Length; k++)
                predictions[k][i] = AttentionMap.Predict(maps[k], g, query);
        }

        return Algorithm.Examine(predictions, examples, study.Task.Basis);
    }
}
