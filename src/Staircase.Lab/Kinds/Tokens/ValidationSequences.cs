using System.Buffers;

namespace Staircase.Lab;

/// <summary>Sequences that are not trained on, with the losses of models and of the task's predictors on them.</summary>
internal sealed class ValidationSequences
{
    private const int Tokens = 1 << 15; // about how many tokens are measured, so that long contexts take no longer than the published one

    private const int FewestSequences = 16, MostSequences = 256;

    private readonly ITokenTask _task;
    private readonly TokenBatch[] _chunks;
    private readonly int _n, _k;
    private readonly float[] _logProbabilities;

    /// <param name="task">What sequences are made of.</param>
    /// <param name="length">Tokens of a sequence.</param>
    public ValidationSequences(ITokenTask task, int length)
    {
        (_task, _n, _k) = (task, length, task.Vocabulary);
        int sequences = Clamp(Tokens / _n, FewestSequences, MostSequences);
        int chunk = Clamp(AttentionProbes.Held / (_n * _k), 1, sequences);
        _chunks = [.. Range(0, (sequences + chunk - 1) / chunk).Select(c => Load(c * (long)chunk))];
        _logProbabilities = new float[chunk * _n * _k];

        TokenBatch Load(long first)
        {
            var batch = new TokenBatch(chunk, _n);
            batch.Load(task, DataSplit.Validation, first);
            return batch;
        }
    }

    private double Count => _chunks.Length * _chunks[0].Sequences;

    /// <summary>Of each predictor of the task its loss at each position, and the mean entropy of what it says.</summary>
    public IReadOnlyList<(double[] Losses, double Entropy)> Predictors()
    {
        int row = _n + 1, count = _task.Baselines.Count;
        double[] sums = Sum(count * row, (chunk, s, part) =>
        {
            for (int b = 0; b < count; b++)
            {
                Span<double> losses = part.AsSpan(b * row, row);
                ReadOnlySpan<double> predictor = Predict(b, chunk, s, out double[] rented);
                for (int t = 0; t < _n; t++)
                    losses[t] = -Log(predictor[t * _k + chunk.Targets.Span[s * _n + t]]);
                foreach (double p in predictor)
                    losses[_n] -= p > 0 ? p * Log(p) : 0;
                ArrayPool<double>.Shared.Return(rented);
            }
        });
        return [.. sums.Chunk(row).Select(b => (b[.._n].Select(loss => loss / Count).ToArray(), b[_n] / Count / _n))];
    }

    /// <summary>A model's mean loss at each position and, of each predictor asked for, the mean of −Σ p ln q over all tokens.</summary>
    /// <param name="predictors">How many predictors p, from the first, the model's q is laid beside.</param>
    public (double[] Losses, double[] CrossEntropies) Measure(TokenTransformer<float> model, ReadOnlySpan<float> weights, int predictors)
    {
        var sums = new double[_n + predictors];
        foreach (TokenBatch chunk in _chunks)
        {
            model.Predict(weights, _n, chunk.Tokens, _logProbabilities);
            Add(chunk, sums, (chunk, s, part) =>
            {
                ReadOnlySpan<float> q = _logProbabilities.AsSpan(s * _n * _k, _n * _k);
                for (int t = 0; t < _n; t++)
                    part[t] = -q[t * _k + chunk.Targets.Span[s * _n + t]];
                for (int b = 0; b < predictors; b++)
                {
                    ReadOnlySpan<double> predictor = Predict(b, chunk, s, out double[] rented);
                    double cross = 0;
                    for (int i = 0; i < q.Length; i++)
                        cross -= predictor[i] * q[i];
                    part[_n + b] = cross;
                    ArrayPool<double>.Shared.Return(rented);
                }
            });
        }

        return ([.. sums[.._n].Select(loss => loss / Count)], [.. sums[_n..].Select(cross => cross / Count / _n)]);
    }

    private ReadOnlySpan<double> Predict(int predictor, TokenBatch chunk, int sequence, out double[] rented)
    {
        rented = ArrayPool<double>.Shared.Rent(_n * _k);
        Span<double> probabilities = rented.AsSpan(0, _n * _k);
        _task.Predict(predictor, chunk.Tokens.Span.Slice(sequence * _n, _n), probabilities);
        return probabilities;
    }

    private double[] Sum(int count, Action<TokenBatch, int, double[]> add)
    {
        var sums = new double[count];
        foreach (TokenBatch chunk in _chunks)
            Add(chunk, sums, add);
        return sums;
    }

    /// <summary>Sequences shared among threads, and what they add summed in order: the same bits on any number of cores.</summary>
    private static void Add(TokenBatch chunk, double[] sums, Action<TokenBatch, int, double[]> add)
    {
        var parts = new double[chunk.Sequences][];
        ThreadTeam.Shared.Run(parts.Length, s => add(chunk, s, parts[s] = new double[sums.Length]));
        foreach (double[] part in parts)
        {
            for (int i = 0; i < sums.Length; i++)
                sums[i] += part[i];
        }
    }
}
