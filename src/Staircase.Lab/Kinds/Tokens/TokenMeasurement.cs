namespace Staircase.Lab;

/// <summary>What is measured of a model on validation sequences while it learns in context.</summary>
/// <remarks>
/// The in-context score is the mean loss of the last tokens up to the late one minus that of the first tokens from the early one on, each
/// over a twentieth of the context (Olsson et al. 2022 take one token each, of longer contexts): negative where context helps. Distances
/// are means over tokens of KL(predictor ‖ model). Prefix matching is the attention to tokens whose predecessor is the asking token, the
/// previous-token score that to the token before, each a mean over the queries that have such a key (Olsson et al. 2022, App. A); of a text
/// they are measured on repeated random tokens.
/// </remarks>
internal sealed class TokenMeasurement : IMeasurement<float>
{
    /// <summary>A transition is where the score moved by more than this part of the best predictor's over the last few rows.</summary>
    private const double Change = 0.1;

    private const int ChangeRows = 3;

    private readonly TokenStudy _study;
    private readonly MeasureList<Found> _measures;
    private readonly Lazy<ValidationSequences> _validation;
    private readonly Lazy<AttentionProbes> _probes;
    private readonly Lazy<KnownPredictor[]> _predictors;

    /// <param name="study">What is trained.</param>
    public TokenMeasurement(TokenStudy study)
    {
        _study = study;
        _measures = List();
        _validation = new(() => new(study.Task, study.Shape.ContextLength));
        _probes = new(() => new(
            study.Shape, study.Task is TextTask text ? new RepeatedTask(text.Vocabulary, study.Experiment.DataSeed!.Value) : study.Task));
        _predictors = new(() =>
        [
            .. study.Task.Baselines.Zip(_validation.Value.Predictors(), (name, found) =>
                new KnownPredictor(name, found.Losses, found.Entropy, Score(found.Losses))),
        ]);
    }

    private sealed record Found(
        double[] Losses, double[] Distances, AttentionScores[] Attention, double[] Similarities, HeadCircuits[] Circuits);

    public IReadOnlyList<Column> Columns => _measures.Columns;

    /// <summary>The predictors of the task, the simplest first.</summary>
    public IReadOnlyList<KnownPredictor> Predictors => _predictors.Value;

    /// <summary>Where attention is looked at.</summary>
    public AttentionProbes Probes => _probes.Value;

    public void Measure(ReadOnlySpan<float> weights, Func<double> loss, Span<double> row)
    {
        TokenTransformer<float> model = _study.Model;
        (double[] losses, double[] crossEntropies) = _validation.Value.Measure(model, weights, Predictors.Count);
        double[] distances = [.. crossEntropies.Zip(Predictors, (cross, predictor) => cross - predictor.Entropy)];
        (AttentionScores[] attention, double[] similarities) = Probes.Measure(model, weights);
        _measures.Read(new(losses, distances, attention, similarities, HeadCircuits.Of(model.Layout, model.Shape.Layers, weights)), row);
    }

    public bool IsChanging(Trajectory soFar) => soFar.Count > ChangeRows
        && Abs(soFar["score"][^1] - soFar["score"][^(1 + ChangeRows)]) > Change * Abs(Predictors[^1].Score);

    /// <summary>The mean loss at each position.</summary>
    public double[] LossByPosition(ReadOnlySpan<float> weights) => _validation.Value.Measure(_study.Model, weights, predictors: 0).Losses;

    /// <summary>The in-context score of losses by position.</summary>
    private double Score(double[] losses)
    {
        int window = Max(1, losses.Length / 20), early = _study.Experiment.Early!.Value - 1, late = _study.Experiment.Late!.Value;
        return losses[Max(0, late - window)..late].Average() - losses[early..Math.Min(losses.Length, early + window)].Average();
    }

    private MeasureList<Found> List()
    {
        var list = new MeasureList<Found>
        {
            { "loss", ColumnKind.Loss, "nats", "cross-entropy of the next token on validation sequences", found => found.Losses.Average() },
            { "score", ColumnKind.Score, "nats", "in-context score: late minus early loss", found => Score(found.Losses) },
        };
        int n = _study.Shape.ContextLength;
        foreach (int p in (int[])[.. ((int[])[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]).Where(p => p < n), n])
            list.Add($"loss_at_{p}", ColumnKind.Loss, "nats", $"the same of the token after {p}", found => found.Losses[p - 1]);
        foreach ((int b, string name) in _study.Task.Baselines.Index())
            list.Add($"distance_{name}", ColumnKind.Distance, "nats", $"KL({name} predictor ‖ model)", found => found.Distances[b]);
        foreach (int layer in Range(0, _study.Shape.Layers))
        {
            foreach (int head in Range(0, _study.Shape.Heads))
                AddHead(list, layer * _study.Shape.Heads + head, $"{layer}_{head}", $"layer {layer}, head {head}");
            list.Add(
                $"similarity_{layer}", ColumnKind.Score, "", $"mean cosine of the attention maps of layer {layer}",
                found => found.Similarities[layer]);
        }

        return list;
    }

    private static void AddHead(MeasureList<Found> list, int head, string suffix, string of)
    {
        list.Add($"prefix_{suffix}", ColumnKind.Score, "", $"prefix-matching score of {of}", found => found.Attention[head].Prefix);
        list.Add($"previous_{suffix}", ColumnKind.Score, "", $"previous-token score of {of}", found => found.Attention[head].Previous);
        list.Add($"entropy_{suffix}", ColumnKind.Entropy, "nats", $"attention entropy of {of}", found => found.Attention[head].Entropy);
        AddCircuit("qk", heads => heads.QK);
        AddCircuit("ov", heads => heads.OV);

        void AddCircuit(string circuit, Func<HeadCircuits, FactoredMatrix> choose)
        {
            foreach ((string name, ColumnKind kind, string meaning, Func<FactoredMatrix, double> measure) in HeadMeasures.OfCircuit)
            {
                list.Add(
                    $"{circuit}_{name}_{suffix}", kind, "", $"{meaning} of {circuit.ToUpperInvariant()} of {of}",
                    found => measure(choose(found.Circuits[head])));
            }
        }
    }
}
