namespace Staircase.Lab;

/// <summary>A run of a regression experiment beside its theory: plateaus, algorithms, plots and checks.</summary>
public sealed class RegressionFindings : RunView
{
    private const double HeightTolerance = 0.02, EndTolerance = 0.05;

    private const int ExaminedSequences = 1000; // enough sequences to tell one regression from another

    private readonly Lazy<Comparison?> _comparison;

    internal RegressionFindings(Run run)
        : base(run)
    {
        Study = (RegressionStudy)run.Study;
        Training = WithCheckpoints(run, Study.Model.Layout);
        _comparison = new(
            () => Study.Prediction is { } prediction && Training.Count >= 2 ? Comparison.Of(prediction, Training, Examine) : null);
    }

    /// <summary>What was trained.</summary>
    public RegressionStudy Study { get; }

    /// <summary>What was recorded, with all weights that were kept.</summary>
    public Trajectory Training { get; }

    /// <summary>Theory laid over the training; null where there is no theory, or nothing to lay it over.</summary>
    public Comparison? Comparison => _comparison.Value;

    /// <summary>The plateaus of the measured loss.</summary>
    public IReadOnlyList<MeasuredPlateau> Plateaus => Comparison is { } comparison ? [.. comparison.Plateaus.Select(p => p.Measured)]
        : Training.Count >= 2 ? PhaseDetector.Plateaus(Training.Positions, Training.Losses)
        : [];

    /// <summary>The findings of a run, made once.</summary>
    public static RegressionFindings Of(Run run) => (RegressionFindings)run.View;

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

    /// <inheritdoc/>
    public override Findings Findings => field ??= Found();

    /// <inheritdoc/>
    public override IReadOnlyList<string> Explanation => RegressionExplanation.Of(this);

    /// <inheritdoc/>
    public override Plot LossPlot(bool useTime) => RegressionPlots.Loss(this, useTime);

    /// <inheritdoc/>
    public override IReadOnlyList<Plot> Plots
    {
        get
        {
            RequireCourse();
            return [RegressionPlots.Loss(this), RegressionPlots.Strengths(this)];
        }
    }

    /// <inheritdoc/>
    public override WeightMaps? Maps => RegressionWeights.Of(this);

    private Findings Found()
    {
        RequireCourse();
        if (Comparison is not { } comparison)
        {
            return new(
                [Table.Of("", ["plateau", "loss", "from", "to"], Plateaus.Select((plateau, i) => (plateau, i)), p =>
                    [$"{p.i + 1}", Number(p.plateau.Height, 6), Position(p.plateau.Start), Position(p.plateau.End)])],
                [.. AboutSoftmax(Study), .. AboutTheory(Study)],
                new()
                {
                    ["noTheory"] = Study.NoTheory,
                    ["plateaus"] = Json.List(Plateaus, MeasuredJson),
                });
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

    /// <inheritdoc/>
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
        string unit = comparison.UnitIsTime ? "time" : "step";
        return Table.Of(
            "",
            [
                "plateau", "learned", "by head", "theory", "loss", "theory", "error", $"ends at {unit}", "theory", "error",
                "95 % interval", "closest algorithm in context", "relative MSE", "doubt",
            ],
            comparison.Plateaus.Select((plateau, i) => (Plateau: plateau, Index: i, IsLast: i == comparison.Plateaus.Count - 1)),
            row =>
            [
                $"{row.Index + 1}", Components(row.Plateau.Learned),
                Heads(learned(row.Index), one => one.Head), Heads(learned(row.Index), one => one.PredictedHead),
                Number(row.Plateau.Measured.Height, 6), Number(row.Plateau.Predicted?.Height, 6), Signed(row.Plateau.HeightError),
                row.IsLast ? "—" : Position(row.Plateau.Measured.End),
                row.IsLast || !comparison.UnitIsTime ? "—" : Position(row.Plateau.Drop?.Time),
                comparison.UnitIsTime ? Signed(row.Plateau.EndError(row.IsLast)) : "—",
                row.IsLast || !comparison.UnitIsTime ? "—" : Interval(row.Plateau.Drop),
                row.Plateau.Algorithm?.Name ?? "—", Number(row.Plateau.Algorithm?.RelativeErrors[row.Plateau.Algorithm.Components], 3),
                row.IsLast ? "" : row.Plateau.NearTie ?? "",
            ]);
    }

    /// <summary>When a drop is predicted, about 19 times of 20; a dash where theory has no interval.</summary>
    internal static string Interval(PredictedDrop? drop) =>
        drop is { Doubt: > 0 } ? $"{Position(drop.Low)} to {Position(drop.High)}" : "—";

    /// <summary>Who learned what, as "3 → 1".</summary>
    private static string Heads(IReadOnlyList<LearnedComponent> learned, Func<LearnedComponent, int?> head) =>
        string.Join(", ", learned.Select(one => head(one) is { } h ? $"{h + 1} → {one.Component + 1}" : "—"));

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

    private static JsonObject JsonOf(Comparison comparison, Func<int, IReadOnlyList<LearnedComponent>> learned) => new()
    {
        ["unit"] = comparison.UnitIsTime ? "time" : "step",
        ["plateaus"] = Json.List(comparison.Plateaus.Select((plateau, i) => (Plateau: plateau, Index: i)), row => new JsonObject
        {
            ["index"] = row.Index + 1,
            ["learned"] = Json.Integers(row.Plateau.Learned.Select(d => d + 1)),
            ["heads"] = Json.List(learned(row.Index), one => new JsonObject
            {
                ["component"] = one.Component + 1,
                ["head"] = one.Head + 1,
                ["share"] = Json.Number(one.Share),
                ["predictedHead"] = one.PredictedHead + 1,
            }),
            ["measured"] = MeasuredJson(row.Plateau.Measured),
            ["predicted"] = row.Plateau.Predicted is { } p ? PlateauJson(p) : null,
            ["heightError"] = Json.Number(row.Plateau.HeightError),
            ["endError"] = Json.Number(row.Plateau.EndError(row.Index == comparison.Plateaus.Count - 1)),
            ["low"] = Json.Number(row.Plateau.Drop?.Low),
            ["high"] = Json.Number(row.Plateau.Drop?.High),
            ["doubt"] = Json.Number(row.Plateau.Drop?.Doubt),
            ["nearTie"] = row.Plateau.NearTie,
            ["algorithm"] = row.Plateau.Algorithm is not { } a ? null : new JsonObject
            {
                ["name"] = a.Name,
                ["components"] = a.Components,
                ["relativeErrors"] = Json.Numbers(a.RelativeErrors),
            },
        }),
        ["missed"] = Json.List(comparison.Missed, PlateauJson),
        ["largestDeviation"] = Json.Number(comparison.LargestDeviation),
    };

    private static JsonObject MeasuredJson(MeasuredPlateau plateau) => new()
    {
        ["loss"] = Json.Number(plateau.Height),
        ["start"] = Json.Number(plateau.Start),
        ["end"] = Json.Number(plateau.End),
        ["duration"] = Json.Number(plateau.Duration),
    };

    private static JsonObject PlateauJson(PredictedPlateau plateau) => new()
    {
        ["loss"] = Json.Number(plateau.Height),
        ["start"] = Json.Number(plateau.Start),
        ["end"] = Json.Number(plateau.End),
        ["learned"] = Json.Integers(plateau.Learned.Select(d => d + 1)),
    };

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
        comparison.Plateaus.Select((plateau, i) => (Plateau: plateau, Index: i)),
        row =>
        [
            $"{row.Index + 1}", row.Plateau.Learned.Count == 0 ? "none" : string.Join(' ', row.Plateau.Learned.Select(d => d + 1)),
            Heads(learned(row.Index), one => one.Head), Heads(learned(row.Index), one => one.PredictedHead),
            comparison.UnitIsTime ? Position(row.Plateau.Drop?.Time) : "—",
            comparison.UnitIsTime ? Interval(row.Plateau.Drop) : "—",
            row.Plateau.Algorithm?.Name ?? "no checkpoint on it",
            Number(row.Plateau.Algorithm?.RelativeErrors[row.Plateau.Algorithm.Components], 3), row.Plateau.NearTie ?? "",
        ]);
}
