namespace Staircase.Lab;

/// <summary>A run of a regression experiment beside its theory: plateaus, algorithms, plots and checks.</summary>
internal sealed class RegressionFindings : RunView<RegressionFindings, RegressionStudy>
{
    private const double HeightTolerance = 0.02, EndTolerance = 0.05;

    private const double Alone = 0.9; // a head with that share of a component, or more, holds it alone

    private const int ExaminedSequences = 1000; // enough sequences to tell one regression from another

    private readonly Lazy<Comparison?> _comparison;

    public RegressionFindings(Run run)
        : base(run)
    {
        Training = WithCheckpoints(run, Study.Model.Layout);
        _comparison = new(
            () => Study.Prediction is { } prediction && Training.Count >= 2 ? Comparison.Of(prediction, Training, Examine) : null);
    }

    /// <summary>What was recorded, with all weights that were kept.</summary>
    public Trajectory Training { get; }

    /// <summary>Theory laid over the training; null where there is no theory, or nothing to lay it over.</summary>
    public Comparison? Comparison => _comparison.Value;

    /// <summary>The plateaus of the measured loss.</summary>
    public IReadOnlyList<MeasuredPlateau> Plateaus => Comparison is { } comparison ? [.. comparison.Plateaus.Select(p => p.Measured)]
        : Training.Count >= 2 ? PhaseDetector.Plateaus(Training.Positions, Training.Losses)
        : [];

    /// <summary>Which algorithm given weights run in context, on sequences that were not trained on.</summary>
    public Algorithm Examine(double[] weights) => Examine(weights, ExaminedSequences);

    /// <summary>The same on so many sequences.</summary>
    public Algorithm Examine(double[] weights, int sequences) =>
        Algorithm.Examine(Study.Predictions(weights, (int)Min(sequences, Study.Examples.Count)), Study.Examples, Study.Task.Basis);

    /// <summary>A component that was learned before a plateau, and the heads that hold it.</summary>
    /// <param name="Component">From 0.</param>
    /// <param name="Head">That holds most of it on the plateau, measured from the weights; null where no weights were kept.</param>
    /// <param name="PredictedHead">That theory says will learn it; null where it does not say.</param>
    internal sealed record LearnedComponent(int Component, int? Head, double? Share, int? PredictedHead);

    /// <summary>Which components were learned in the drop before a plateau, and by which heads; none for merged attention.</summary>
    internal IReadOnlyList<LearnedComponent> LearnedBefore(int plateau)
    {
        if (Comparison is not { } comparison || plateau == 0 || Study.Model is not SeparateAttention model)
            return [];
        double[][]? strengths = Training.CheckpointOn(comparison.Plateaus[plateau].Measured) is { } checkpoint
            ? HeadStrengths.Of(model, checkpoint.Weights, Study.Modes.Eigenvectors)
            : null;
        return
        [
            .. comparison.Plateaus[plateau].Learned.Except(comparison.Plateaus[plateau - 1].Learned).Select(d =>
            {
                (int Head, double Share)? holder = strengths is null ? null : HeadStrengths.Holder(strengths, d);
                return new LearnedComponent(
                    d, holder?.Head, holder?.Share, Study.Prediction!.Drops.FirstOrDefault(drop => drop.Modes.Contains(d))?.Head);
            }),
        ];
    }

    /// <summary>When each component first reaches half of its full strength.</summary>
    public double[] HalfWay() => Training.HalfWay(Study.Moments!);

    public override Findings Findings => field ??= Found();

    public override IReadOnlyList<string> Explanation => RegressionExplanation.Of(this);

    public override Plot LossPlot(bool useTime) => RegressionPlots.Loss(this, useTime);

    public override IReadOnlyList<Plot> Plots
    {
        get
        {
            RequireCourse();
            return [RegressionPlots.Loss(this), RegressionPlots.Strengths(this)];
        }
    }

    public override WeightMaps? Maps => RegressionWeights.Of(this);

    private Findings Found()
    {
        RequireCourse();
        if (Comparison is not { } comparison)
        {
            return new(
                [Table.Of("", ["plateau", "loss", "from", "to"], Plateaus, (plateau, i) =>
                    [$"{i + 1}", Number(plateau.Height, 6), Position(plateau.Start), Position(plateau.End)])],
                [.. AboutSoftmax(Study), .. AboutTheory(Study)],
                Json.Of(("noTheory", Study.NoTheory), ("plateaus", Json.List(Plateaus, Json.Of))));
        }

        return new(
            [TableOf(comparison, LearnedBefore)],
            [
                .. AboutSoftmax(Study), .. RegressionPrediction.AboutMoments(Study), .. AboutTheory(Study), .. AboutOptimizer(Study),
                .. Sentences(comparison),
            ],
            JsonOf(comparison, LearnedBefore))
        {
            Quantities = RegressionQuantities.Of(Study.Prediction!, comparison, Study.FollowsFlow),
            Summary = Summary,
        };
    }

    /// <remarks>None without theory; no algorithm is looked for.</remarks>
    public override IReadOnlyDictionary<string, double?> Summary
    {
        get
        {
            RequireCourse();
            Dictionary<string, double?> numbers = [];
            if (Comparison is not { } comparison)
                return numbers;
            numbers["plateaus"] = comparison.Plateaus.Count;
            numbers["largestHeightError"] = Largest(comparison.Plateaus.Select(p => p.HeightError));
            numbers["largestEndError"] = Largest(comparison.Plateaus.Where(p => p.NearTie is null)
                .Select(p => p.EndError(p == comparison.Plateaus[^1])));
            numbers["largestDeviation"] = Largest([comparison.LargestDeviation]);
            return numbers;

            static double? Largest(IEnumerable<double?> errors) =>
                errors.Where(e => e is { } x && double.IsFinite(x)).Select(e => e is { } x ? Abs(x) : e).Max();
        }
    }

    /// <summary>Theory over a curve, for the terminal and as JSON.</summary>
    public static Findings Of(Comparison comparison)
    {
        return new([TableOf(comparison, Nobody)], [.. Sentences(comparison)], JsonOf(comparison, Nobody));

        static IReadOnlyList<LearnedComponent> Nobody(int plateau) => []; // a curve has no heads
    }

    private protected override IReadOnlyList<Check> Checks =>
        Comparison is null || Study.Experiment.Softmax ? [] : [.. ChecksOf(Comparison)];

    private protected override IReadOnlyList<Table> Tables => Comparison is null ? [] : [Algorithms(Comparison, LearnedBefore)];

    private protected override IReadOnlyList<string> Notes =>
    [
        .. AboutSoftmax(Study), .. AboutTheory(Study), .. Comparison is null ? [] : AboutOptimizer(Study).Concat(Sentences(Comparison)),
    ];

    private void RequireCourse() =>
        Require(Training.Count >= 2, $"{Run.Name}: {Training.Count} points were recorded; a comparison needs at least two.");

    /// <summary>What the theory beside a softmax is, where there is one.</summary>
    internal static IEnumerable<string> AboutSoftmax(RegressionStudy study) => study.Experiment.Softmax
        ? ["Attention goes through a softmax: the theory beside it is that of linear attention with the same weights that divides by the "
            + "number of tokens, what a softmax of small scores comes down to."]
        : [];

    private static IEnumerable<string> AboutOptimizer(RegressionStudy study) => study.FollowsFlow
        ? study.DelayConstant is null ? [] : [FlowIntervals]
        : ["Theory's times are those of the gradient flow, which this optimizer does not follow: only heights are laid over it."];

    /// <summary>What intervals do not have in them where training takes steps.</summary>
    internal const string FlowIntervals =
        "Theory's times have the delay of steps; intervals are those of the flow: how steps move later drops beyond it is not in them.";

    private static IEnumerable<string> AboutTheory(RegressionStudy study) =>
        study.NoTheory is { } reason ? [$"No theory beside it: {reason}."] : study.Prediction is { } known ? AboutEnd(known) : [];

    /// <summary>Where a prediction ends before the training does.</summary>
    internal static IEnumerable<string> AboutEnd(Prediction prediction) => prediction.GivenUp is { } reason
        ? [$"The prediction is a part: after its last drop it was given up ({reason}), and what comes then is not known."]
        : [];

    private static Trajectory WithCheckpoints(Run run, ParameterLayout layout)
    {
        Trajectory rows = run.Trajectory;
        Checkpoint[] kept =
        [
            .. run.CheckpointSteps().Where(step => rows.Steps[rows.RowOf(step)] == step).Select(step =>
            {
                int row = rows.RowOf(step);
                return new Checkpoint(step, rows.Times?[row], rows.Losses[row], run.Weights<double>(step, layout));
            }),
        ];
        return rows.With(kept);
    }

    private static Table TableOf(Comparison comparison, Func<int, IReadOnlyList<LearnedComponent>> learned)
    {
        bool isTime = comparison.UnitIsTime;
        return Table.Of(
            "",
            [
                "plateau", "learned", "by head", "theory", "loss", "theory", "error", isTime ? "ends at time" : "ends at step", "theory",
                "error", "95 % interval", "closest algorithm in context", "relative MSE", "doubt",
            ],
            comparison.Plateaus,
            (plateau, i) =>
            {
                bool isLast = i == comparison.Plateaus.Count - 1, hasTime = isTime && !isLast;
                return
                [
                    $"{i + 1}", Components(plateau.Learned), .. Heads(learned(i)),
                    Number(plateau.Measured.Height, 6), Number(plateau.Predicted?.Height, 6), Signed(plateau.HeightError),
                    isLast ? "—" : Position(plateau.Measured.End), hasTime ? Position(plateau.Drop?.Time) : "—",
                    isTime ? Signed(plateau.EndError(isLast)) : "—", hasTime ? Interval(plateau.Drop) : "—",
                    plateau.Algorithm?.Name ?? "—", Error(plateau.Algorithm), isLast ? "" : plateau.NearTie ?? "",
                ];
            });
    }

    /// <summary>When a drop is predicted, about 19 times of 20; a dash where theory has no interval.</summary>
    internal static string Interval(PredictedDrop? drop) =>
        drop is { Doubt: > 0 } ? $"{Position(drop.Low)} to {Position(drop.High)}" : "—";

    /// <summary>
    /// Who learned what, as "3 → 1": as it was measured, with its share where the head does not hold it alone, and as it was predicted.
    /// </summary>
    private static string[] Heads(IReadOnlyList<LearnedComponent> learned)
    {
        return [Text(one => one.Head, one => one.Share), Text(one => one.PredictedHead, _ => null)];

        string Text(Func<LearnedComponent, int?> head, Func<LearnedComponent, double?> share) => string.Join(
            ", ", learned.Select(one => head(one) is { } h ? $"{h + 1} → {one.Component + 1}{Part(share(one))}" : "—"));

        static string Part(double? share) => share < Alone ? $" ({Percent(share, digits: 2)})" : "";
    }

    private static string Error(Algorithm? algorithm) => Number(algorithm?.RelativeErrors[algorithm.Components], 3);

    private static IEnumerable<string> Sentences(Comparison comparison)
    {
        if (comparison.LargestDeviation is { } deviation && double.IsFinite(deviation))
            yield return $"The curve predicted from the initial weights alone: largest |ΔL| = {Percent(deviation)} of the initial loss.";
        foreach (PredictedPlateau missed in comparison.Missed)
        {
            yield return $"Predicted but not seen as a plateau of its own: components {Components(missed.Learned)} learned, loss "
                + $"{Number(missed.Height, 5)}, time {Position(missed.Start)} to {Position(missed.End)}.";
        }
    }

    private static JsonObject JsonOf(Comparison comparison, Func<int, IReadOnlyList<LearnedComponent>> learned) => Json.Of(
        ("unit", comparison.UnitIsTime ? "time" : "step"),
        ("plateaus", Json.List(comparison.Plateaus, (plateau, i) => Json.Of(
            ("index", i + 1), ("learned", Json.Components(plateau.Learned)),
            ("heads", Json.List(learned(i), one => Json.Of(
                ("component", one.Component + 1), ("head", one.Head + 1), ("share", one.Share), ("predictedHead", one.PredictedHead + 1)))),
            ("measured", Json.Of(plateau.Measured)), ("predicted", plateau.Predicted is { } p ? PlateauJson(p) : null),
            ("heightError", plateau.HeightError), ("endError", plateau.EndError(i == comparison.Plateaus.Count - 1)),
            ("low", plateau.Drop?.Low), ("high", plateau.Drop?.High), ("doubt", plateau.Drop?.Doubt), ("nearTie", plateau.NearTie),
            ("algorithm", plateau.Algorithm is not { } a ? null : Json.Of(
                ("name", a.Name), ("components", a.Components), ("relativeErrors", a.RelativeErrors)))))),
        ("missed", Json.List(comparison.Missed, PlateauJson)), ("largestDeviation", comparison.LargestDeviation));

    /// <summary>A predicted plateau as JSON.</summary>
    internal static JsonObject PlateauJson(PredictedPlateau plateau) => Json.Of(
        ("loss", plateau.Height), ("start", plateau.Start), ("end", plateau.End), ("learned", Json.Components(plateau.Learned)));

    private static IEnumerable<Check> ChecksOf(Comparison comparison)
    {
        for (int i = 0; i < comparison.Plateaus.Count; i++)
        {
            ComparedPlateau plateau = comparison.Plateaus[i];
            if (plateau.Predicted is not { } predicted)
                continue;
            yield return Check.Relative(
                $"height of plateau {i + 1}", Zhang("Eq. 19"), plateau.Measured.Height, predicted.Height, HeightTolerance);
            if (comparison.UnitIsTime && i < comparison.Plateaus.Count - 1 && plateau.Drop is { } drop)
            {
                yield return Check.Relative(
                    $"end of plateau {i + 1}", "the initial weights alone", plateau.Measured.End, drop.Time, EndTolerance)
                    with
                { Reason = plateau.NearTie };
            }
        }
    }

    private static Table Algorithms(Comparison comparison, Func<int, IReadOnlyList<LearnedComponent>> learned) => Table.Of(
        "What the model does on each plateau, on sequences it was not trained on",
        [
            "plateau", "components learned", "head → component, measured", "predicted", "predicted end", "95 % interval",
            "closest algorithm in context", "relative MSE to it", "doubt",
        ],
        comparison.Plateaus,
        (plateau, i) =>
        [
            $"{i + 1}", plateau.Learned.Count == 0 ? "none" : string.Join(' ', plateau.Learned.Select(d => d + 1)), .. Heads(learned(i)),
            .. comparison.UnitIsTime ? [Position(plateau.Drop?.Time), Interval(plateau.Drop)] : (string[])["—", "—"],
            plateau.Algorithm?.Name ?? "no checkpoint on it", Error(plateau.Algorithm), plateau.NearTie ?? "",
        ]);
}
