using System.Buffers;
using Staircase.Transformers;

namespace Staircase.Lab;

/// <summary>What is measured of a model on validation sequences while it learns in context.</summary>
/// <remarks>
/// The in-context score is the mean loss of the last tokens up to the late one minus that of the first tokens from the early one on, each over a twentieth of the context (Olsson et al. 2022 take one
/// token each, of longer contexts): negative where context helps. Distances are means over tokens of KL(predictor ‖ model). Prefix matching is the attention to tokens whose predecessor is the
/// asking token, the previous-token score that to the token before, each a mean over the queries that have such a key (Olsson et al. 2022, App. A); of a text they are measured on repeated random tokens.
/// </remarks>
internal sealed class InContextMeasures
{
    /// <summary>Sequences whose loss is measured, and whose attention.</summary>
    private const int LossSequences = 256, AttentionSequences = 16;

    /// <summary>About how many tokens are measured, so that long contexts take no longer than the published one.</summary>
    private const int LossTokens = 1 << 15;

    /// <summary>Numbers of predictions or of attention that are held at once.</summary>
    private const int Held = 1 << 22;

    private readonly TokenTransformer<float> _model;
    private readonly TokenBatch[] _chunks;
    private readonly double[][] _baselines;
    private readonly double[] _entropies;
    private readonly TokenBatch _probes;
    private readonly int _early, _late, _window;
    private readonly int[] _positions;
    private readonly float[] _logProbabilities, _attention;

    /// <param name="model">The model. It is not thread-safe.</param>
    /// <param name="task">Its task.</param>
    /// <param name="probes">Where attention is measured.</param>
    /// <param name="early">The early token, from 1.</param>
    /// <param name="late">The late token.</param>
    public InContextMeasures(TokenTransformer<float> model, ITokenTask task, ITokenSource probes, int early, int late)
    {
        (_model, Task, _early, _late) = (model, task, early - 1, late);
        TransformerShape shape = model.Shape;
        int n = shape.ContextLength, k = shape.Vocabulary;
        _window = Math.Max(1, n / 20);
        int sequences = Math.Clamp(LossTokens / n, AttentionSequences, LossSequences), chunk = Math.Clamp(Held / (n * k), 1, sequences);
        _chunks = new TokenBatch[(sequences + chunk - 1) / chunk];
        for (int c = 0; c < _chunks.Length; c++)
        {
            _chunks[c] = new(chunk, n);
            _chunks[c].Load(task, DataSplit.Validation, (long)c * chunk);
        }

        _logProbabilities = new float[chunk * n * k];
        int maps = shape.Layers * shape.Heads * n * n;
        _probes = new(Math.Clamp(Held / maps, 1, AttentionSequences), n);
        _probes.Load(probes, DataSplit.Validation, 0);
        _attention = new float[_probes.Sequences * maps];
        (_baselines, _entropies) = Baseline();
        _positions = [.. ((int[])[1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]).Where(p => p < n), n];
        EvenPrefix = Heads((_, _, i, _) => 1.0 / (i + 1), 1)[0].Prefix;
        Columns = [.. Names()];
    }

    /// <summary>The task.</summary>
    public ITokenTask Task { get; }

    /// <summary>The columns after the loss.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The prefix-matching score of attention that is the same to all tokens seen.</summary>
    public double EvenPrefix { get; }

    /// <summary>The loss of each predictor of the task at each position, on the same sequences.</summary>
    public IReadOnlyList<double[]> Baselines => _baselines;

    /// <summary>The in-context score of losses by position.</summary>
    public double Score(double[] losses) => losses[Math.Max(0, _late - _window).._late].Average() - losses[_early..Math.Min(losses.Length, _early + _window)].Average();

    /// <summary>The loss, and a number for each column.</summary>
    public double[] Measure(ReadOnlySpan<float> weights)
    {
        TransformerShape shape = _model.Shape;
        (double[] losses, double[] distances) = Losses(weights, distances: true);
        _model.Predict(weights, _probes.Length, _probes.Tokens, new float[_probes.Tokens.Length * shape.Vocabulary], _attention);
        int n = _probes.Length, maps = shape.Layers * shape.Heads;
        HeadScores[] heads = Heads((sequence, head, i, j) => _attention[((sequence * maps + head) * n + i) * n + j], maps);
        double[] similarities = Similarities(n);
        var row = new List<double> { losses.Average(), Score(losses) };
        row.AddRange(_positions.Select(p => losses[p - 1]));
        row.AddRange(distances);
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            IReadOnlyList<HeadCircuits> circuits = HeadCircuits.Of(_model.Layout, layer, weights);
            for (int h = 0; h < shape.Heads; h++)
            {
                HeadScores head = heads[layer * shape.Heads + h];
                HeadCircuits circuit = circuits[h];
                row.AddRange([head.Prefix, head.Previous, head.Entropy]);
                row.AddRange([EffectiveRank.Of(circuit.QK.SingularValues), HeadCircuits.Marginalized(circuit.QK), circuit.QK.FrobeniusNorm]);
                row.AddRange([EffectiveRank.Of(circuit.OV.SingularValues), HeadCircuits.Marginalized(circuit.OV), circuit.OV.FrobeniusNorm]);
            }

            row.Add(similarities[layer]);
        }

        return [.. row];
    }

    /// <summary>The mean loss at each position.</summary>
    public double[] LossByPosition(ReadOnlySpan<float> weights) => Losses(weights, distances: false).Losses;

    /// <summary>The attention of every head in the first probe, its first tokens alone: [layer · heads + head] of [size, size].</summary>
    public double[][] FirstMaps(ReadOnlySpan<float> weights, int size)
    {
        int n = Math.Min(size, _probes.Length), maps = _model.Shape.Layers * _model.Shape.Heads;
        var attention = new float[maps * n * n];
        _model.Predict(weights, n, _probes.Tokens[..n], new float[n * _model.Shape.Vocabulary], attention);
        return [.. Enumerable.Range(0, maps).Select(m => attention.AsSpan(m * n * n, n * n).ToArray().Select(x => Math.Round(x, 4)).ToArray())];
    }

    /// <summary>The first tokens of that probe.</summary>
    public int[] FirstTokens(int size) => _probes.Tokens[..Math.Min(size, _probes.Length)].ToArray();

    private IEnumerable<string> Names()
    {
        TransformerShape shape = _model.Shape;
        yield return "score";
        foreach (int p in _positions)
            yield return $"loss_at_{p}";
        foreach (string baseline in Task.Baselines)
            yield return $"distance_{baseline}";
        for (int layer = 0; layer < shape.Layers; layer++)
        {
            for (int head = 0; head < shape.Heads; head++)
            {
                foreach (string name in (string[])["prefix", "previous", "entropy", "qk_rank", "qk_marginalized", "qk_norm", "ov_rank", "ov_marginalized", "ov_norm"])
                    yield return $"{name}_{layer}_{head}";
            }

            yield return $"similarity_{layer}";
        }
    }

    /// <summary>Mean losses by position and, where they are wanted, distances from the predictors.</summary>
    private (double[] Losses, double[] Distances) Losses(ReadOnlySpan<float> weights, bool distances)
    {
        int n = _model.Shape.ContextLength, k = _model.Shape.Vocabulary, baselines = distances ? Task.Baselines.Count : 0;
        var sums = new double[n + baselines];
        foreach (TokenBatch chunk in _chunks)
        {
            _model.Predict(weights, n, chunk.Tokens, _logProbabilities);
            AddUp(chunk.Sequences, sums, (s, part) =>
            {
                ReadOnlySpan<float> q = _logProbabilities.AsSpan(s * n * k, n * k);
                ReadOnlySpan<int> targets = chunk.Targets.Span.Slice(s * n, n);
                for (int t = 0; t < n; t++)
                    part[t] = -q[t * k + targets[t]];
                double[] predictor = ArrayPool<double>.Shared.Rent(n * k);
                for (int b = 0; b < baselines; b++)
                {
                    Task.Predict(b, chunk.Tokens.Span.Slice(s * n, n), predictor.AsSpan(0, n * k));
                    double cross = 0;
                    for (int i = 0; i < q.Length; i++)
                        cross -= predictor[i] * q[i];
                    part[n + b] = cross;
                }

                ArrayPool<double>.Shared.Return(predictor);
            });
        }

        double count = _chunks.Length * _chunks[0].Sequences;
        return ([.. sums[..n].Select(loss => loss / count)], [.. sums[n..].Select((cross, b) => cross / count / n - _entropies[b])]);
    }

    /// <summary>The loss of each predictor at each position, and its mean entropy.</summary>
    private (double[][] Losses, double[] Entropies) Baseline()
    {
        int n = _model.Shape.ContextLength, k = _model.Shape.Vocabulary, count = Task.Baselines.Count, row = n + 1;
        var sums = new double[count * row];
        foreach (TokenBatch chunk in _chunks)
        {
            AddUp(chunk.Sequences, sums, (s, part) =>
            {
                double[] predictor = ArrayPool<double>.Shared.Rent(n * k);
                for (int b = 0; b < count; b++)
                {
                    Task.Predict(b, chunk.Tokens.Span.Slice(s * n, n), predictor.AsSpan(0, n * k));
                    for (int t = 0; t < n; t++)
                        part[b * row + t] = -Math.Log(predictor[t * k + chunk.Targets.Span[s * n + t]]);
                    for (int i = 0; i < n * k; i++)
                        part[b * row + n] -= predictor[i] > 0 ? predictor[i] * Math.Log(predictor[i]) : 0;
                }

                ArrayPool<double>.Shared.Return(predictor);
            });
        }

        double sequences = _chunks.Length * _chunks[0].Sequences;
        return ([.. sums.Chunk(row).Select(b => b[..n].Select(loss => loss / sequences).ToArray())], [.. sums.Chunk(row).Select(b => b[n] / sequences / n)]);
    }

    /// <summary>Sequences shared among threads, and what they add summed in order: the same bits on any number of cores.</summary>
    private static void AddUp(int sequences, double[] sums, Action<int, double[]> add)
    {
        var parts = new double[sequences][];
        Parallel.For(0, sequences, s => add(s, parts[s] = new double[sums.Length]));
        foreach (double[] part in parts)
        {
            for (int i = 0; i < sums.Length; i++)
                sums[i] += part[i];
        }
    }

    /// <summary>How alike the heads of each layer are, a mean over the probes; NaN where there is one head.</summary>
    private double[] Similarities(int n)
    {
        int layers = _model.Shape.Layers, heads = _model.Shape.Heads;
        var similar = new double[layers * _probes.Sequences];
        if (heads > 1)
            Parallel.For(0, similar.Length, i => similar[i] = AttentionMaps.MeanCosine([.. Enumerable.Range(0, heads).Select(h => Map(i % _probes.Sequences, i / _probes.Sequences * heads + h, n))]));
        return [.. similar.Chunk(_probes.Sequences).Select(layer => heads > 1 ? layer.Average() : double.NaN)];
    }

    private double[,] Map(int sequence, int head, int n)
    {
        var map = new double[n, n];
        int maps = _model.Shape.Layers * _model.Shape.Heads;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                map[i, j] = _attention[((sequence * maps + head) * n + i) * n + j];
        }

        return map;
    }

    private HeadScores[] Heads(Func<int, int, int, int, double> attention, int heads)
    {
        int n = _probes.Length;
        var scores = new HeadScores[heads];
        Parallel.For(0, heads, head => scores[head] = Score(head));
        return scores;

        HeadScores Score(int head)
        {
            double prefix = 0, previous = 0, entropy = 0;
            int matching = 0;
            for (int s = 0; s < _probes.Sequences; s++)
            {
                ReadOnlySpan<int> x = _probes.Tokens.Span.Slice(s * n, n);
                for (int i = 0; i < n; i++)
                {
                    bool matches = false;
                    for (int j = 0; j <= i; j++)
                    {
                        double p = attention(s, head, i, j);
                        entropy -= p > 0 ? p * Math.Log(p) : 0;
                        if (j > 0 && x[j - 1] == x[i])
                            (matches, prefix) = (true, prefix + p);
                    }

                    matching += matches ? 1 : 0;
                    previous += i > 0 ? attention(s, head, i, i - 1) : 0;
                }
            }

            return new(matching == 0 ? double.NaN : prefix / matching, n < 2 ? double.NaN : previous / _probes.Sequences / (n - 1), entropy / _probes.Sequences / n);
        }
    }

    /// <summary>What a head attends to.</summary>
    private readonly record struct HeadScores(double Prefix, double Previous, double Entropy);
}
