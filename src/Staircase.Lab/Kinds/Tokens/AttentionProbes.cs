namespace Staircase.Lab;

/// <summary>Sequences on which the attention of a model is looked at.</summary>
internal sealed class AttentionProbes
{
    public const int Held = 1 << 22; // numbers of predictions or of attention that are held at once

    private const int MostSequences = 16;

    private readonly TokenBatch _probes;
    private readonly int _layers, _heads;
    private readonly float[] _attention, _logProbabilities;

    /// <param name="shape">The model's sizes.</param>
    /// <param name="source">Where sequences come from.</param>
    public AttentionProbes(TransformerShape shape, ITokenSource source)
    {
        (_layers, _heads) = (shape.Layers, shape.Heads);
        int n = shape.ContextLength, maps = Maps * n * n;
        _probes = new(Clamp(Held / maps, 1, MostSequences), n);
        _probes.Load(source, DataSplit.Validation, 0);
        (_attention, _logProbabilities) = (new float[_probes.Sequences * maps], new float[_probes.Tokens.Length * shape.Vocabulary]);
    }

    /// <summary>The prefix-matching score of attention that is the same to all tokens seen.</summary>
    public double EvenPrefix => ScoresOf((_, i, _) => 1.0 / (i + 1)).Prefix;

    private int Length => _probes.Length;

    private int Maps => _layers * _heads;

    /// <summary>
    /// What every head attends to, layer by layer, and how alike the heads of each layer are; NaN where there is one head.
    /// </summary>
    public (AttentionScores[] Heads, double[] Similarities) Measure(TokenTransformer<float> model, ReadOnlySpan<float> weights)
    {
        model.Predict(weights, Length, _probes.Tokens, _logProbabilities, _attention);
        var scores = new AttentionScores[Maps];
        ThreadTeam.Shared.Run(Maps, head => scores[head] = ScoresOf((sequence, i, j) => Attention(sequence, head, i, j)));
        var similar = new double[_layers * _probes.Sequences];
        if (_heads == 1)
            Array.Fill(similar, double.NaN);
        else
            ThreadTeam.Shared.Run(similar.Length, i => similar[i] = Similarity(i % _probes.Sequences, i / _probes.Sequences));
        return (scores, [.. similar.Chunk(_probes.Sequences).Select(layer => layer.Average())]);
    }

    /// <summary>
    /// The attention of every head in the first probe, its first tokens alone: [heads of all layers, size, size], to four digits.
    /// </summary>
    public double[] FirstMaps(TokenTransformer<float> model, ReadOnlySpan<float> weights, int size)
    {
        var attention = new float[Maps * size * size];
        model.Predict(weights, size, _probes.Tokens[..size], new float[size * model.Shape.Vocabulary], attention);
        return [.. attention.Select(x => Round(x, 4))];
    }

    /// <summary>The first tokens of that probe.</summary>
    public int[] FirstTokens(int size) => _probes.Tokens[..size].ToArray();

    private double Attention(int sequence, int head, int i, int j) => _attention[((sequence * Maps + head) * Length + i) * Length + j];

    private double Similarity(int sequence, int layer)
    {
        return AttentionMaps.MeanCosine([.. Range(layer * _heads, _heads).Select(Map)]);

        double[,] Map(int head)
        {
            var map = new double[Length, Length];
            for (int i = 0; i < Length; i++)
            {
                for (int j = 0; j <= i; j++)
                    map[i, j] = Attention(sequence, head, i, j);
            }

            return map;
        }
    }

    private AttentionScores ScoresOf(Func<int, int, int, double> attention)
    {
        int n = Length, matching = 0;
        double prefix = 0, previous = 0, entropy = 0;
        for (int s = 0; s < _probes.Sequences; s++)
        {
            ReadOnlySpan<int> x = _probes.Tokens.Span.Slice(s * n, n);
            for (int i = 0; i < n; i++)
            {
                bool matches = false;
                for (int j = 0; j <= i; j++)
                {
                    double p = attention(s, i, j);
                    entropy -= p > 0 ? p * Log(p) : 0;
                    if (j > 0 && x[j - 1] == x[i])
                        (matches, prefix) = (true, prefix + p);
                }

                matching += matches ? 1 : 0;
                previous += i > 0 ? attention(s, i, i - 1) : 0;
            }
        }

        return new(
            matching == 0 ? double.NaN : prefix / matching, n < 2 ? double.NaN : previous / _probes.Sequences / (n - 1),
            entropy / _probes.Sequences / n);
    }
}

/// <summary>What a head attends to.</summary>
/// <param name="Prefix">Attention to tokens whose predecessor is the asking token, a mean over the queries that have such a key.</param>
/// <param name="Previous">Attention to the token before, a mean over the queries that have one.</param>
/// <param name="Entropy">Of the attention of a query, a mean over all of them (nats).</param>
internal readonly record struct AttentionScores(double Prefix, double Previous, double Entropy);
