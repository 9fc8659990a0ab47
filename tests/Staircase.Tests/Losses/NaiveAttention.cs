namespace Staircase.Tests;

/// <summary>
/// Linear attention with the published layers, all entries of them: ŷ = s Σ_h (V_h X Xᵀ KQ_h x_q)_{D+1}, with KQ_h = K_hᵀ Q_h
/// where keys and queries are separate (Zhang et al. 2025, Eq. M and S). X includes the query's column, whose label entry is 0.
/// </summary>
internal sealed class NaiveAttention : NaiveModel
{
    private readonly int _width; // D + 1
    private readonly int _rank;  // R, or 0 for merged
    private readonly List<Head> _heads = [];

    private NaiveAttention(int D, int H, int rank)
    {
        _width = D + 1;
        _rank = rank;
        for (int h = 0; h < H; h++)
        {
            int first = Layers.Count;
            Layer(_width * _width);
            Layer(_width * (rank == 0 ? _width : rank));
            if (rank > 0)
                Layer(_width * rank);
            _heads.Add(new(Layers[first], Layers[first + 1], rank > 0 ? Layers[first + 2] : default));
        }
    }

    /// <summary>Published layers with the given parameters; the entries that are no parameters get random numbers.</summary>
    public static NaiveAttention Of(AttentionModel model, ReadOnlySpan<double> weights, int seed)
    {
        int D = model.InputDimension, width = D + 1, R = model is SeparateAttention separate ? separate.Rank : 0;
        var naive = new NaiveAttention(D, model.Heads, R);
        var random = new System.Random(seed);
        foreach ((double[] layer, double[] _) in naive.Layers)
        {
            for (int i = 0; i < layer.Length; i++)
                layer[i] = random.NextDouble() - 0.5;
        }

        foreach ((string block, int[] index, int h, int layer, int entry) in Correspondence(D, model.Heads, R))
            naive.LayerOf(h, layer)[entry] = weights[Position(model.Layout[block], index)];
        return naive;
    }

    /// <summary>The library's weight vector of these layers.</summary>
    public double[] ToWeights(AttentionModel model)
    {
        var weights = new double[model.Layout.Count];
        foreach ((string block, int[] index, int h, int layer, int entry) in Correspondence(_width - 1, _heads.Count, _rank))
            weights[Position(model.Layout[block], index)] = LayerOf(h, layer)[entry];
        return weights;
    }

    /// <summary>
    /// The entries of the published layers that are no parameters of the library: all that is not in <see cref="Correspondence"/>.
    /// </summary>
    public double[] OtherEntries()
    {
        var used = Correspondence(_width - 1, _heads.Count, _rank).Select(row => (row.Head, row.Layer, row.Entry)).ToHashSet();
        return [.. from h in Enumerable.Range(0, _heads.Count)
                   from layer in Enumerable.Range(0, _rank > 0 ? 3 : 2)
                   from entry in Enumerable.Range(0, LayerOf(h, layer).Length)
                   where !used.Contains((h, layer, entry))
                   select LayerOf(h, layer)[entry]];
    }

    public override double Predict(double[][] tokens, double scale)
    {
        double prediction = 0;
        foreach (Head head in _heads)
        {
            double[] o = Attend(tokens, KeyQuery(head, tokens[^1], out _));
            for (int b = 0; b < _width; b++)
                prediction += scale * head.Value.Weights[(_width - 1) * _width + b] * o[b];
        }

        return prediction;
    }

    protected override void Backward(double[][] tokens, double scale, double dPrediction)
    {
        double[] query = tokens[^1];
        foreach (Head head in _heads)
        {
            double[] o = Attend(tokens, KeyQuery(head, query, out double[] q));

            // Output column of the query, of which only the label entry is read.
            var dOutput = new double[_width];
            dOutput[_width - 1] = scale * dPrediction;
            var dO = new double[_width];
            for (int a = 0; a < _width; a++)
            {
                for (int b = 0; b < _width; b++)
                {
                    head.Value.Gradient[a * _width + b] += dOutput[a] * o[b];
                    dO[b] += head.Value.Weights[a * _width + b] * dOutput[a];
                }
            }

            double[] dA = Attend(tokens, dO); // o = Σ x_n (x_nᵀ a) is symmetric in a and o
            if (_rank == 0)
            {
                for (int b = 0; b < _width; b++)
                {
                    for (int c = 0; c < _width; c++)
                        head.Key.Gradient[b * _width + c] += dA[b] * query[c];
                }

                continue;
            }

            for (int r = 0; r < _rank; r++)
            {
                double dq = 0;
                for (int b = 0; b < _width; b++)
                {
                    head.Key.Gradient[r * _width + b] += q[r] * dA[b];
                    dq += head.Key.Weights[r * _width + b] * dA[b];
                }

                for (int c = 0; c < _width; c++)
                    head.Query.Gradient[r * _width + c] += dq * query[c];
            }
        }
    }

    /// <summary>KQ x_q; for separate layers q = Q x_q first, then Kᵀ q.</summary>
    private double[] KeyQuery(Head head, double[] query, out double[] q)
    {
        var a = new double[_width];
        q = new double[_rank];
        if (_rank == 0)
        {
            for (int b = 0; b < _width; b++)
            {
                for (int c = 0; c < _width; c++)
                    a[b] += head.Key.Weights[b * _width + c] * query[c];
            }

            return a;
        }

        for (int r = 0; r < _rank; r++)
        {
            for (int c = 0; c < _width; c++)
                q[r] += head.Query.Weights[r * _width + c] * query[c];
            for (int b = 0; b < _width; b++)
                a[b] += head.Key.Weights[r * _width + b] * q[r];
        }

        return a;
    }

    /// <summary>X Xᵀ a, token by token.</summary>
    private double[] Attend(double[][] tokens, double[] a)
    {
        var o = new double[_width];
        foreach (double[] x in tokens)
        {
            double score = 0;
            for (int b = 0; b < _width; b++)
                score += x[b] * a[b];
            for (int b = 0; b < _width; b++)
                o[b] += score * x[b];
        }

        return o;
    }

    private double[] LayerOf(int h, int layer) => layer switch
    {
        0 => _heads[h].Value.Weights,
        1 => _heads[h].Key.Weights,
        _ => _heads[h].Query.Weights,
    };

    private static int Position(ParameterBlock block, int[] index)
    {
        int position = 0;
        for (int axis = 0; axis < index.Length; axis++)
            position = position * block.Shape[axis] + index[axis];
        return block.Offset + position;
    }

    /// <summary>Which entry of which published layer (0 V, 1 KQ or K, 2 Q) each parameter is.</summary>
    private static IEnumerable<(string Block, int[] Index, int Head, int Layer, int Entry)> Correspondence(int D, int H, int R)
    {
        int width = D + 1;
        for (int h = 0; h < H; h++)
        {
            yield return ("value", [h], h, 0, D * width + D);
            for (int b = 0; b < D; b++)
                yield return ("value_input", [h, b], h, 0, D * width + b);
            for (int c = 0; c < D && R == 0; c++)
            {
                for (int b = 0; b < D; b++)
                    yield return ("key_query", [h, b, c], h, 1, b * width + c);
                yield return ("key_query_label", [h, c], h, 1, D * width + c);
            }

            for (int r = 0; r < R; r++)
            {
                for (int b = 0; b < D; b++)
                {
                    yield return ("key", [h, r, b], h, 1, r * width + b);
                    yield return ("query", [h, r, b], h, 2, r * width + b);
                }

                yield return ("key_label", [h, r], h, 1, r * width + D);
            }
        }
    }

    private sealed record Head(
        (double[] Weights, double[] Gradient) Value, (double[] Weights, double[] Gradient) Key,
        (double[] Weights, double[] Gradient) Query);
}
