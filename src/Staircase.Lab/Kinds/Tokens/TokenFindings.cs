namespace Staircase.Lab;

/// <summary>A training on sequences of tokens with everything that is measured of it: for a comparison, a report and a figure.</summary>
internal sealed class TokenFindings : RunView<TokenFindings, TokenStudy>
{
    /// <summary>Checkpoints that the slider shows, and tokens of the attention it shows.</summary>
    private const int ShownCheckpoints = 20, ShownTokens = 32;

    private const int DrawnPositions = 6; // checkpoints whose loss by position is drawn
    private const int HueOfPredictors = 9; // behind the places of steps, the hues that predictors have in all plots

    /// <summary>Tokens of a sampled continuation, and of the passage before it.</summary>
    private const int Drawn = 200, Before = 32;

    private static readonly (string Name, string Column)[] OfCircuits =
        [("effective rank", "rank"), ("marginalized effective rank", "marginalized"), ("norm", "norm")];

    private readonly IReadOnlyList<long> _checkpoints;

    public TokenFindings(Run run)
        : base(run)
    {
        _checkpoints = run.CheckpointSteps();
        Steps = run.Positions(useTime: false);
        Emergence = Emergence.Of(Steps, this["score"], Simple.Score, Best.Score);
    }

    /// <summary>The recorded steps.</summary>
    public double[] Steps { get; }

    /// <summary>When in-context learning emerges; null if it does not.</summary>
    public Emergence? Emergence { get; }

    /// <summary>The best predictor of the task.</summary>
    public KnownPredictor Best => Study.Measures.Predictors[^1];

    /// <summary>The one before it.</summary>
    public KnownPredictor Simple => Study.Measures.Predictors[^2];

    public override Findings Findings => field ??= new(
        Emergence is null ? [Losses()] : [Losses(), LeadTable(this)], [.. Sentences()], Data())
    {
        Summary = new Dictionary<string, double?>
        {
            ["validationLoss"] = this["loss"][^1],
            ["score"] = this["score"][^1],
            ["emergedAt"] = Emergence?.Half,
        },
    };

    public override IReadOnlyList<string> Explanation => [.. TokenExplanation.Of(this)];

    public override IReadOnlyList<Plot> Plots => PlotsOf("");

    public override WeightMaps? Maps => MapsOf("");

    private int Layers => Study.Shape.Layers;

    private int Heads => Study.Shape.Heads;

    private int FirstTokens => Min(ShownTokens, Study.Shape.ContextLength);

    /// <summary>A recorded measure.</summary>
    public IReadOnlyList<double> this[string column] => Run.Trajectory[column];

    /// <summary>How far each measure runs ahead of the score, over several seeds.</summary>
    public static Table LeadTable(params IReadOnlyList<TokenFindings> seeds)
    {
        IReadOnlyList<(string Name, double? Lead)>[] leads = [.. seeds.Select(seed => seed.Leads())];
        return Table.Of(
            "Steps by which the slope of each measure runs ahead of the in-context score's; negative: behind; —: it does not move with it",
            seeds.Count == 1 ? ["measure", "lead"] : ["measure", "lead, mean of seeds", "standard deviation", "seeds"],
            leads[0].Select((measure, i) => (measure.Name, Found: leads.Select(seed => seed[i].Lead).OfType<double>().ToArray())),
            measure => seeds.Count == 1 ? [measure.Name, Mean(measure.Found)]
                : [measure.Name, Mean(measure.Found), Deviation(measure.Found), $"{measure.Found.Length} of {seeds.Count}"]);

        static string Mean(double[] found) => found.Length == 0 ? "—" : Number(found.Average());

        static string Deviation(double[] found) => found.Length < 2 ? "—"
            : Number(Sqrt(found.Sum(x => (x - found.Average()) * (x - found.Average())) / (found.Length - 1)));
    }

    /// <summary>Every measure over the steps, on one logarithmic axis.</summary>
    /// <param name="prefix">Stands before the plots' names.</param>
    public IReadOnlyList<Plot> PlotsOf(string prefix)
    {
        IReadOnlyList<KnownPredictor> predictors = Study.Measures.Predictors;
        double even = Study.Measures.Probes.EvenPrefix;
        string window = Emergence is { } e
            ? $" In-context learning emerges between steps {Whole(e.Start)} and {Whole(e.End)}, 10 to 90 % of the score's way."
            : "";
        return NotEmpty(
            OverSteps("loss", "Validation loss", "cross-entropy (nats)",
                "Dashed: the predictors that are known exactly, on the same sequences." + window,
                [Curve("model", "loss", 0), .. Levels(predictor => predictor.Loss)]),
            OverSteps("score", "In-context score", "late minus early loss (nats)", "Negative where context helps." + window,
                [Curve("model", "score", 0), .. Levels(predictor => predictor.Score)]),
            OverSteps("distance", "Distance to each predictor", "KL(predictor ‖ model) (nats)", "",
                predictors.Select((predictor, b) => Curve(predictor.Name, $"distance_{predictor.Name}", b + 1))),
            ByPosition(prefix),
            OverSteps("previous", "Previous-token score", "attention to the token before", "One curve a head.", PerHead("previous")),
            OverSteps("prefix", "Prefix-matching score", "attention to what followed this token",
                "Dotted: attention that is the same to all tokens seen.",
                [.. PerHead("prefix"), Series.Guide("even attention", Ends, [even, even])]),
            OverSteps("entropy", "Attention entropy", "mean over queries (nats)", "", PerHead("entropy")),
            OverSteps("similarity", "Similarity of heads", "mean cosine of attention maps", "",
                Range(0, Heads > 1 ? Layers : 0).Select(l => Curve($"layer {l}", $"similarity_{l}", l))),
            OverSteps("qk-rank", "Effective rank of QK", "effective rank", "", PerHead("qk_rank")),
            OverSteps("ov-rank", "Effective rank of OV", "effective rank", "", PerHead("ov_rank")),
            OverSteps("marginalized", "Marginalized effective rank", "normalized effective rank",
                "Without the largest singular value of the moment; mean of the heads of a layer, QK solid, OV dashed.",
                PerLayer(Steps, (circuit, l) => OfHeads($"{circuit}_marginalized", l))),
            OverSteps("norm", "Norm of the circuits", "‖M‖_F", "Mean of the heads of a layer, QK solid, OV dashed.",
                PerLayer(Steps, (circuit, l) => OfHeads($"{circuit}_norm", l))),
            OverSteps("subspace", "Subspace distance to the end", "share outside",
                "How much of the last checkpoint's circuit lies outside of what this one spans, mean of the heads of a layer: "
                + "rows of QK (solid), columns of OV (dashed).",
                Distances()));

        Plot OverSteps(string id, string title, string label, string caption, IEnumerable<Series> series) =>
            Lab.RunView.OverSteps(prefix + id, title, label, caption, series);

        IEnumerable<Series> Levels(Func<KnownPredictor, double> of) =>
            predictors.Select((predictor, b) => Series.Predicted(predictor.Name, Ends, [of(predictor), of(predictor)], b + 1));
    }

    /// <summary>The attention of every head in one sequence, with a slider over checkpoints.</summary>
    /// <param name="prefix">Stands before the name.</param>
    public WeightMaps? MapsOf(string prefix)
    {
        if (_checkpoints.Count == 0)
            return null;
        IReadOnlyList<long> shown = Shown.Spread(_checkpoints, ShownCheckpoints);
        int size = FirstTokens, length = size * size;
        double[][] maps = [.. shown.Select(step => Kept(
            "token-attention-1", step, (weights, kept) => kept.With("maps", Study.Measures.Probes.FirstMaps(Study.Model, weights, size)))
            .Read<double>("maps"))];
        string[] tokens = [.. Study.Measures.Probes.FirstTokens(size).Select((token, t) => $"{t + 1}: {Label(token)}")];
        return new()
        {
            Id = prefix + "attention",
            Title = "Attention of every head",
            Caption = $"The first {size} tokens of a sequence that the model has not seen; a row a query, a column a key.",
            Frames = [.. shown.Select(Run.Trajectory.Frame)],
            Maps =
            [
                .. Range(0, Layers * Heads).Select(m => new WeightMap(
                    HeadName(m), tokens, tokens, [.. maps.SelectMany(frame => frame[(m * length)..((m + 1) * length)])], IsShare: true)),
            ],
        };
    }

    private double[] Ends => [Min(1, Steps[^1]), Steps[^1]];

    private Series Curve(string name, string column, int colour) => Series.Measured(name, Steps, this[column], colour);

    private string HeadName(int head) => $"layer {head / Heads}, head {head % Heads}";

    private IEnumerable<Series> PerHead(string name) => Range(0, Layers * Heads).Select(m =>
        Curve(HeadName(m), $"{name}_{m / Heads}_{m % Heads}", m) with { Family = "heads, from the first layer to the last" });

    private IEnumerable<Series> PerLayer(double[] steps, Func<string, int, double[]> of)
    {
        for (int l = 0; l < Layers; l++)
        {
            yield return Series.Measured($"QK, layer {l}", steps, of("qk", l), l) with { Family = "QK, a curve a layer" };
            yield return Series.Predicted($"OV, layer {l}", steps, of("ov", l), l) with { Family = "OV, a curve a layer" };
        }
    }

    /// <summary>The mean, or the largest, over the heads of a layer.</summary>
    private double[] OfHeads(string name, int layer, bool largest = false)
    {
        IReadOnlyList<double>[] heads = [.. Range(0, Heads).Select(h => this[$"{name}_{layer}_{h}"])];
        return [.. Range(0, Steps.Length).Select(i => largest ? heads.Max(head => head[i]) : heads.Average(head => head[i]))];
    }

    /// <summary>The measures whose lead over the score is looked at.</summary>
    private IEnumerable<(string Name, IReadOnlyList<double> Values)> Measures()
    {
        yield return ("validation loss", this["loss"]);
        yield return ($"distance to {Best.Name}", this[$"distance_{Best.Name}"]);
        for (int layer = 0; layer < Layers; layer++)
        {
            string of = $", layer {layer}";
            yield return ("previous-token score, best head" + of, OfHeads("previous", layer, largest: true));
            yield return ("prefix-matching score, best head" + of, OfHeads("prefix", layer, largest: true));
            yield return ("attention entropy, mean of heads" + of, OfHeads("entropy", layer));
            yield return ("similarity of heads" + of, this[$"similarity_{layer}"]);
            foreach ((string name, string column) in OfCircuits)
            {
                yield return ($"QK {name}, mean of heads{of}", OfHeads($"qk_{column}", layer));
                yield return ($"OV {name}, mean of heads{of}", OfHeads($"ov_{column}", layer));
            }
        }
    }

    /// <summary>By how many steps each measure runs ahead of the score; null where it does not move with it.</summary>
    private IReadOnlyList<(string Name, double? Lead)> Leads() =>
        [.. Measures().Select(measure => (measure.Name, Emergence?.Lead(Steps, this["score"], measure.Values)))];

    /// <summary>What was measured of one checkpoint.</summary>
    private Snapshot Kept(string what, long step, Func<float[], Snapshot, Snapshot> measure) =>
        Run.Measured(what, [step], () => measure(Run.Weights<float>(step, Study.Model.Layout), new(step, null)));

    private IEnumerable<Series> Distances()
    {
        if (_checkpoints.Count < 3)
            return [];
        var last = new Lazy<HeadCircuits[]>(() => Circuits(_checkpoints.Count - 1));
        Snapshot[] kept = Run.Measured(
            "token-distances-1", _checkpoints.Count, i => [_checkpoints[i], _checkpoints[^1]],
            () => i => new Snapshot(_checkpoints[i], null).WithDistances(Circuits(i), last.Value));
        return PerLayer([.. _checkpoints.Select(step => (double)step)], (circuit, layer) =>
            [.. kept.Select(measured => measured.Read<double>($"{circuit}_distance").AsSpan(layer * Heads, Heads).ToArray().Average())]);

        HeadCircuits[] Circuits(int i) =>
            HeadCircuits.Of(Study.Model.Layout, Layers, Run.Weights<float>(_checkpoints[i], Study.Model.Layout));
    }

    private Plot ByPosition(string prefix)
    {
        double[] positions = [.. Range(1, Study.Shape.ContextLength).Select(p => (double)p)];
        return Plot.Of(
            prefix + "position", "Loss by position", Axis.Logarithmic("tokens seen"), "cross-entropy (nats)",
            "Of the token after so many; dashed: the predictors.",
            [
                .. Shown.Spread(_checkpoints, DrawnPositions)
                    .Select((step, i) => Series.Measured($"step {Whole(step)}", positions, LossByPosition(step), i) with
                    {
                        Family = "the model, step by step",
                    }),
                .. Study.Measures.Predictors
                    .Select((predictor, b) => Series.Predicted(predictor.Name, positions, predictor.Losses, HueOfPredictors + b)),
            ]);

        double[] LossByPosition(long step) => Kept(
            "token-positions-1", step, (weights, kept) => kept.With("loss", Study.Measures.LossByPosition(weights))).Read<double>("loss");
    }

    private string Label(int token) =>
        Study.Task is TextTask text ? text.Tokenizer.Decode([token]) : token.ToString(InvariantCulture);

    private Table Losses() => new("", ["", "loss", "in-context score", "KL to the model"],
    [
        .. Study.Measures.Predictors.Select(predictor => (IReadOnlyList<string>)
            [predictor.Name, Number(predictor.Loss), Number(predictor.Score), Number(this[$"distance_{predictor.Name}"][^1])]),
        [$"model at step {Whole(Steps[^1])}", Number(this["loss"][^1]), Number(this["score"][^1]), ""],
    ]);

    private IEnumerable<string> Sentences()
    {
        yield return Emergence is { } e
            ? $"In-context learning emerges between steps {Whole(e.Start)} and {Whole(e.End)} (10 to 90 % of the score's way from "
                + $"{Simple.Name} to its end), half at {Whole(e.Half)}."
            : $"In-context learning beyond what {Simple.Name} knows has not emerged: the score has gained less than half of the way to "
                + $"{Best.Name}.";
        if (Continuation() is not { } continuation)
            yield break;
        yield return "The model continues a passage of the validation text:";
        yield return continuation;
    }

    /// <summary>A passage of the validation text, and what the model says next; null without a text.</summary>
    private string? Continuation()
    {
        if (Study.Task is not TextTask text || _checkpoints.Count == 0)
            return null;
        int[] start = new int[Min(Before, Study.Shape.ContextLength)];
        text.Read(DataSplit.Validation, 0, start);
        Snapshot kept = Kept("token-continuation-1", _checkpoints[^1], (weights, kept) =>
            kept.With("tokens", [.. Study.Continue(weights, start, Drawn).Skip(start.Length).Select(token => (double)token)]));
        int[] drawn = [.. kept.Read<double>("tokens").Select(token => (int)token)];
        return $"{text.Tokenizer.Decode(start)}|{text.Tokenizer.Decode(drawn)}";
    }

    private JsonObject Data() => Json.Of(
        ("experiment", Study.Settings), ("step", Run.Trajectory.Steps[^1]), ("validationLoss", this["loss"][^1]),
        ("score", this["score"][^1]),
        ("predictors", Json.List(Study.Measures.Predictors, predictor =>
        {
            JsonObject data = predictor.Data();
            data["distance"] = Json.Number(this[$"distance_{predictor.Name}"][^1]);
            return data;
        })),
        ("emergence", Emergence is not { } e ? null : Json.Of(("start", e.Start), ("half", e.Half), ("end", e.End))),
        ("leads", Json.List(Leads(), lead => Json.Of(("measure", lead.Name), ("lead", lead.Lead)))),
        ("continuation", Continuation()));
}
