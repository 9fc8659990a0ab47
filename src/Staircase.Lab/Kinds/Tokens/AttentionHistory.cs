using System.Globalization;
using Staircase.Transformers;
using static Staircase.Lab.NumberText;

namespace Staircase.Lab;

/// <summary>A training on sequences of tokens with everything that is measured of it: for a comparison, a report and a figure.</summary>
/// <param name="Study">What was trained.</param>
/// <param name="Points">What was recorded.</param>
/// <param name="Checkpoints">The weights that were kept.</param>
internal sealed record AttentionHistory(AttentionStudy Study, IReadOnlyList<TrajectoryPoint> Points, IReadOnlyList<(long Step, float[] Weights)> Checkpoints)
{
    /// <summary>Checkpoints that the slider shows, and tokens of the attention it shows.</summary>
    private const int ShownCheckpoints = 20, ShownTokens = 32;

    /// <summary>Checkpoints whose loss by position is drawn.</summary>
    private const int DrawnPositions = 6;

    /// <summary>Tokens of a sampled continuation, and of the passage before it.</summary>
    private const int Drawn = 200, Before = 32;

    private readonly Lazy<IReadOnlyList<IReadOnlyList<HeadMeasures>>> _heads = new(() => MeasureHeads(Study, Checkpoints));

    /// <summary>The recorded steps.</summary>
    public double[] Steps { get; } = [.. Points.Select(p => (double)p.Step)];

    /// <summary>The validation loss at each.</summary>
    public double[] Losses { get; } = [.. Points.Select(p => p.Loss)];

    /// <summary>The in-context score at each.</summary>
    public double[] Scores => Column("score");

    /// <summary>When in-context learning emerges; null if it does not.</summary>
    public Emergence? Emergence => Emergence.Of(Steps, Scores, BaselineScore(^2), BaselineScore(^1));

    /// <summary>The mean loss of a predictor on the validation sequences.</summary>
    public double BaselineLoss(Index baseline) => Study.Measures.Baselines[baseline].Average();

    /// <summary>Its in-context score.</summary>
    public double BaselineScore(Index baseline) => Study.Measures.Score(Study.Measures.Baselines[baseline]);

    /// <summary>A recorded column.</summary>
    public double[] Column(string name)
    {
        int column = Study.Columns.ToList().IndexOf(name);
        return [.. Points.Select(p => p.Strengths[column])];
    }

    /// <summary>The mean, or the largest, over the heads of a layer.</summary>
    public double[] Heads(string name, int layer, bool largest = false)
    {
        double[][] heads = [.. Enumerable.Range(0, Study.Shape.Heads).Select(h => Column($"{name}_{layer}_{h}"))];
        return [.. Enumerable.Range(0, Steps.Length).Select(i => largest ? heads.Max(head => head[i]) : heads.Average(head => head[i]))];
    }

    /// <summary>The measures whose lead over the score is looked at.</summary>
    public IEnumerable<(string Name, double[] Values)> Measures()
    {
        yield return ("validation loss", Losses);
        yield return ($"distance to {Study.Task.Baselines[^1]}", Column($"distance_{Study.Task.Baselines[^1]}"));
        for (int layer = 0; layer < Study.Shape.Layers; layer++)
        {
            string of = $", layer {layer}";
            yield return ("previous-token score, best head" + of, Heads("previous", layer, largest: true));
            yield return ("prefix-matching score, best head" + of, Heads("prefix", layer, largest: true));
            yield return ("attention entropy, mean of heads" + of, Heads("entropy", layer));
            yield return ("similarity of heads" + of, Column($"similarity_{layer}"));
            foreach ((string name, string column) in ((string, string)[])[("effective rank", "rank"), ("marginalized effective rank", "marginalized"), ("norm", "norm")])
            {
                yield return ($"QK {name}, mean of heads{of}", Heads($"qk_{column}", layer));
                yield return ($"OV {name}, mean of heads{of}", Heads($"ov_{column}", layer));
            }
        }
    }

    /// <summary>By how many steps each measure runs ahead of the score; null where it does not move with it.</summary>
    public IReadOnlyList<(string Name, double? Lead)> Leads()
    {
        Emergence? emergence = Emergence;
        double[] scores = Scores;
        return [.. Measures().Select(m => (m.Name, emergence?.Lead(Steps, scores, m.Values)))];
    }

    /// <summary>Reads a run.</summary>
    /// <exception cref="InputException">A file is missing or broken.</exception>
    public static AttentionHistory Read(AttentionStudy study, RunFolder folder)
    {
        IReadOnlyList<TrajectoryPoint> points = MetricsTable.Read(folder, study.Columns.Count);
        if (points.Count == 0)
            throw new InputException($"{folder.MetricsPath}: nothing was recorded yet.");
        return new(study, points, [.. folder.CheckpointSteps().Select(step => (step, NetworkCheckpoint.Read(folder.CheckpointPath(step), study.Model.Layout).Weights))]);
    }

    /// <summary>Trains for a figure, in a folder that is gone afterwards.</summary>
    public static AttentionHistory Train(AttentionExperiment experiment, IProgress<TrainingProgress>? progress, CancellationToken cancellation)
    {
        AttentionStudy study = AttentionStudy.Prepare(experiment);
        using var space = new TemporaryRun();
        study.Train(space.Folder, null, progress, cancellation);
        cancellation.ThrowIfCancellationRequested();
        return Read(study, space.Folder);
    }

    /// <summary>The comparison for people and machines.</summary>
    public Findings Findings()
    {
        TrajectoryPoint last = Points[^1];
        var losses = new Table("", ["", "loss", "in-context score", "KL to the model"],
            [
                .. Study.Task.Baselines.Select((name, b) => (IReadOnlyList<string>)[name, Number(BaselineLoss(b)), Number(BaselineScore(b)), Number(Column($"distance_{name}")[^1])]),
                [$"model at step {Whole(last.Step)}", Number(last.Loss), Number(Scores[^1]), ""],
            ]);
        string? continuation = Continuation();
        Emergence? emergence = Emergence;
        return new(
            emergence is null ? [losses] : [losses, LeadTable([this])],
            [
                emergence is null
                    ? $"In-context learning beyond what {Study.Task.Baselines[^2]} knows has not emerged: the score has gained less than half of the way to {Study.Task.Baselines[^1]}."
                    : $"In-context learning emerges between steps {Whole(emergence.Start)} and {Whole(emergence.End)} (10 to 90 % of the score's way from {Study.Task.Baselines[^2]} to its end), half at {Whole(emergence.Half)}.",
                .. continuation is null ? Array.Empty<string>() : ["The model continues a passage of the validation text:", continuation],
            ],
            new
            {
                Experiment = Study.Settings,
                last.Step,
                ValidationLoss = last.Loss,
                Score = Scores[^1],
                Predictors = Study.Task.Baselines.Select((name, b) => new { Name = name, Loss = BaselineLoss(b), Score = BaselineScore(b), Distance = Column($"distance_{name}")[^1] }),
                Emergence = emergence is null ? null : new { emergence.Start, emergence.Half, emergence.End },
                Leads = Leads().Select(lead => new { Measure = lead.Name, lead.Lead }),
                Continuation = continuation,
            });
    }

    /// <summary>How far each measure runs ahead of the score, over several seeds.</summary>
    public static Table LeadTable(IReadOnlyList<AttentionHistory> seeds)
    {
        IReadOnlyList<(string Name, double? Lead)>[] leads = [.. seeds.Select(seed => seed.Leads())];
        return new("Steps by which the slope of each measure runs ahead of the in-context score's; negative: behind; —: it does not move with it",
            seeds.Count == 1 ? ["measure", "lead"] : ["measure", "lead, mean of seeds", "standard deviation", "seeds"],
            [
                .. leads[0].Select((measure, i) =>
                {
                    double[] found = [.. leads.Select(seed => seed[i].Lead).OfType<double>()];
                    string mean = found.Length == 0 ? "—" : Number(found.Average());
                    string deviation = found.Length < 2 ? "—" : Number(Math.Sqrt(found.Sum(x => (x - found.Average()) * (x - found.Average())) / (found.Length - 1)));
                    return seeds.Count == 1 ? (IReadOnlyList<string>)[measure.Name, mean] : [measure.Name, mean, deviation, $"{found.Length} of {seeds.Count}"];
                }),
            ]);
    }

    /// <summary>The run as a part of a report.</summary>
    public ReportSection Section(string name, RunRecord record)
    {
        Findings findings = Findings();
        return new()
        {
            Id = "run",
            Title = name,
            Lead = $"{Study.Description} " + (record.Status == RunStatus.Finished
                ? $"Trained {Whole(record.Step)} steps in {Number(record.WallSeconds)} s with version {record.Version}."
                : $"This run is {record.Status.ToString().ToLowerInvariant()} at step {Whole(record.Step)}."),
            Command = $"staircase report {name}",
            Plots = Plots(),
            Weights = Maps() is { } maps ? [maps] : [],
            Tables = findings.Tables,
            Settings = record.Experiment,
            Notes = findings.Sentences,
        };
    }

    /// <summary>Every measure over the steps, on one logarithmic axis.</summary>
    public IReadOnlyList<Plot> Plots(string prefix = "")
    {
        double[] ends = [Math.Min(1, Steps[^1]), Steps[^1]], kept = [.. Checkpoints.Select(c => (double)c.Step)];
        string window = Emergence is { } e ? $" In-context learning emerges between steps {Whole(e.Start)} and {Whole(e.End)}, 10 to 90 % of the score's way." : "";
        var plots = new List<Plot>
        {
            PlotOf("loss", "Validation loss", "cross-entropy (nats)", "Dashed: the predictors that are known exactly, on the same sequences." + window, [Curve("model", Losses, 0), .. Constant(b => BaselineLoss(b))]),
            PlotOf("score", "In-context score", "late minus early loss (nats)", "Negative where context helps." + window, [Curve("model", Scores, 0), .. Constant(b => BaselineScore(b))]),
            PlotOf("distance", "Distance to each predictor", "KL(predictor ‖ model) (nats)", "", [.. Study.Task.Baselines.Select((name, b) => Curve(name, Column($"distance_{name}"), b + 1))]),
            ByPosition(prefix),
            PlotOf("previous", "Previous-token score", "attention to the token before", "One curve a head.", PerHead("previous")),
            PlotOf("prefix", "Prefix-matching score", "attention to what followed this token", "Dotted: attention that is the same to all tokens seen.",
                [.. PerHead("prefix"), new Series("even attention", SeriesRole.Guide, ends, [Study.Measures.EvenPrefix, Study.Measures.EvenPrefix])]),
            PlotOf("entropy", "Attention entropy", "mean over queries (nats)", "", PerHead("entropy")),
            PlotOf("similarity", "Similarity of heads", "mean cosine of attention maps", "", [.. Enumerable.Range(0, Study.Shape.Layers).Where(_ => Study.Shape.Heads > 1).Select(l => Curve($"layer {l}", Column($"similarity_{l}"), l))]),
            PlotOf("qk-rank", "Effective rank of QK", "effective rank", "", PerHead("qk_rank")),
            PlotOf("ov-rank", "Effective rank of OV", "effective rank", "", PerHead("ov_rank")),
            PlotOf("marginalized", "Marginalized effective rank", "normalized effective rank", "Without the largest singular value of the moment; mean of the heads of a layer, QK solid, OV dashed.", PerLayer("marginalized")),
            PlotOf("norm", "Norm of the circuits", "‖M‖_F", "Mean of the heads of a layer, QK solid, OV dashed.", PerLayer("norm")),
        };
        if (Checkpoints.Count > 2)
        {
            plots.Add(PlotOf("subspace", "Subspace distance to the end", "share outside", "How much of the last checkpoint's circuit lies outside of what this one spans, mean of the heads of a layer: rows of QK (solid), columns of OV (dashed).",
            [
                .. Enumerable.Range(0, Study.Shape.Layers).SelectMany(l => new Series[]
                {
                    new($"QK, layer {l}", SeriesRole.Measured, kept, [.. _heads.Value.Select(heads => OfLayer(heads, l).Average(h => h.QK.SubspaceDistance))], l),
                    new($"OV, layer {l}", SeriesRole.Predicted, kept, [.. _heads.Value.Select(heads => OfLayer(heads, l).Average(h => h.OV.SubspaceDistance))], l),
                }),
            ]));
        }

        return [.. plots.Where(plot => plot.Series.Count > 0)];

        Plot PlotOf(string id, string title, string label, string caption, IReadOnlyList<Series> series) => new()
        {
            Id = prefix + id,
            Title = title,
            Caption = caption,
            X = new("step", IsLogarithmic: true),
            Y = new(label),
            Series = series,
        };

        Series Curve(string name, double[] values, int colour) => new(name, SeriesRole.Measured, Steps, values, colour);

        IEnumerable<Series> Constant(Func<Index, double> of) =>
            Study.Task.Baselines.Select((name, b) => new Series(name, SeriesRole.Predicted, ends, [of(b), of(b)], b + 1));

        Series[] PerHead(string name) => [.. Enumerable.Range(0, Study.Shape.Layers).SelectMany(l => Enumerable.Range(0, Study.Shape.Heads).Select(h =>
            Curve($"layer {l}, head {h}", Column($"{name}_{l}_{h}"), l * Study.Shape.Heads + h)))];

        Series[] PerLayer(string name) => [.. Enumerable.Range(0, Study.Shape.Layers).SelectMany(l => new Series[]
        {
            Curve($"QK, layer {l}", Heads($"qk_{name}", l), l),
            new($"OV, layer {l}", SeriesRole.Predicted, Steps, Heads($"ov_{name}", l), l),
        })];

        IEnumerable<HeadMeasures> OfLayer(IReadOnlyList<HeadMeasures> heads, int layer) => heads.Skip(layer * Study.Shape.Heads).Take(Study.Shape.Heads);
    }

    /// <summary>The attention of every head in one sequence, with a slider over checkpoints.</summary>
    public WeightMaps? Maps(string prefix = "")
    {
        if (Checkpoints.Count == 0)
            return null;
        (long Step, float[] Weights)[] shown = [.. Spread(ShownCheckpoints)];
        double[][][] maps = [.. shown.Select(c => Study.Measures.FirstMaps(c.Weights, ShownTokens))];
        string[] tokens = [.. Study.Measures.FirstTokens(ShownTokens).Select((token, t) => $"{t + 1}: {Label(token)}")];
        var losses = Points.ToDictionary(p => p.Step, p => p.Loss);
        return new()
        {
            Id = prefix + "attention",
            Title = "Attention of every head",
            Caption = $"The first {tokens.Length} tokens of a sequence that the model has not seen; a row a query, a column a key.",
            Frames = [.. shown.Select(c => new WeightFrame(c.Step, null, losses.GetValueOrDefault(c.Step, double.NaN), null))],
            Maps = [.. Enumerable.Range(0, maps[0].Length).Select(m => new WeightMap($"layer {m / Study.Shape.Heads}, head {m % Study.Shape.Heads}", tokens, tokens, [.. maps.SelectMany(frame => frame[m])]))],
        };
    }

    private Plot ByPosition(string prefix)
    {
        double[] positions = [.. Enumerable.Range(1, Study.Shape.ContextLength).Select(p => (double)p)];
        return new()
        {
            Id = prefix + "position",
            Title = "Loss by position",
            Caption = "Of the token after so many; dashed: the predictors.",
            X = new("tokens seen", IsLogarithmic: true),
            Y = new("cross-entropy (nats)"),
            Series =
            [
                .. Spread(DrawnPositions).Select((c, i) => new Series($"step {Whole(c.Step)}", SeriesRole.Measured, positions, Study.Measures.LossByPosition(c.Weights), i)),
                .. Study.Task.Baselines.Select((name, b) => new Series(name, SeriesRole.Predicted, positions, Study.Measures.Baselines[b], DrawnPositions + b)),
            ],
        };
    }

    private IEnumerable<(long Step, float[] Weights)> Spread(int most) =>
        Checkpoints.Count <= most ? Checkpoints : Enumerable.Range(0, most).Select(i => Checkpoints[(int)((long)i * (Checkpoints.Count - 1) / (most - 1))]);

    private string Label(int token) => Study.Task is TextTask text ? text.Tokenizer.Decode([token]) : token.ToString(CultureInfo.InvariantCulture);

    /// <summary>A passage of the validation text, and what the model says next; null without a text.</summary>
    private string? Continuation()
    {
        if (Study.Task is not TextTask text || Checkpoints.Count == 0)
            return null;
        int[] start = new int[Math.Min(Before, Study.Shape.ContextLength)];
        text.Read(DataSplit.Validation, 0, start);
        return text.Tokenizer.Decode(start) + "|" + text.Tokenizer.Decode(Study.Continue(Checkpoints[^1].Weights, start, Drawn).AsSpan(start.Length));
    }

    private static IReadOnlyList<HeadMeasures>[] MeasureHeads(AttentionStudy study, IReadOnlyList<(long Step, float[] Weights)> checkpoints)
    {
        HeadCircuits[][] circuits = [.. checkpoints.Select(c => Enumerable.Range(0, study.Shape.Layers).SelectMany(l => HeadCircuits.Of(study.Model.Layout, l, c.Weights)).ToArray())];
        return [.. circuits.Select((heads, c) => (IReadOnlyList<HeadMeasures>)[.. heads.Select((head, h) => head.Measure(c > 0 ? circuits[c - 1][h] : null, circuits[^1][h]))])];
    }
}
