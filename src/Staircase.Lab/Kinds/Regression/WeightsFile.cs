namespace Staircase.Lab;

/// <summary>
/// Initial weights in an npz file: <c>value</c> [H, D+1, D+1] and either <c>key_query</c> [H, D+1, D+1] or <c>key</c>, <c>query</c> [H, R,
/// D+1]; for the cubic-feature network <c>output</c> [H] and <c>hidden</c> [H, D, D].
/// </summary>
/// <remarks>
/// The score of token n for the query is xₙᵀ KQ x_q, KQ = keyᵀ query, and ŷ = Σ_h (V_h X · scores)_{D+1} × scale. Entries that never reach
/// ŷ_q (all but the last row of V, the last column of KQ) have zero gradient and are dropped on reading and zero on writing.
/// </remarks>
public static class WeightsFile
{
    /// <summary>Reads a model and its weights.</summary>
    /// <param name="inputDimension">D of the data.</param>
    /// <param name="kind">The parametrization asked for; null takes that of the file.</param>
    /// <exception cref="InputException">The file cannot be read, or does not fit.</exception>
    public static (AttentionModel Model, double[] Weights) Read(string path, int inputDimension, AttentionKind? kind)
    {
        using var file = new ArrayFile(path, "weights");
        AttentionKind found = file.Has("key_query") ? AttentionKind.Merged
            : file.Has("key") || file.Has("query") ? AttentionKind.Separate
            : file.Has("hidden") ? AttentionKind.Cubic
            : throw new InputException(
                $"{path} holds no weights: expected the arrays value and key_query (merged), value, key and query (separate), or output "
                + "and hidden (cubic).");
        if (kind is { } wanted && wanted != found)
        {
            throw new InputException(
                $"{path} holds weights of {Word(found)} attention, but ‹attention› is {Word(wanted)}.");
        }

        (int D, int W) = (inputDimension, inputDimension + 1);
        if (found == AttentionKind.Cubic)
        {
            Tensor hidden = file.Read("hidden", "[H, D, D]", null, D, D);
            int units = (int)hidden.Shape[0];
            return Filled(new CubicFeatureNetwork(D, units), file.Read("output", "[H]", units), hidden);
        }

        Tensor value = file.Read("value", "[H, D+1, D+1]", null, W, W);
        int H = (int)value.Shape[0];
        if (found == AttentionKind.Merged)
            return Filled(new MergedAttention(D, H), value, file.Read("key_query", "[H, D+1, D+1]", H, W, W));
        Tensor key = file.Read("key", "[H, R, D+1]", H, null, W);
        int R = (int)key.Shape[1];
        Require(
            R <= D,
            $"{path}: array 'key' has shape [{string.Join(", ", key.Shape)}], but the rank R = {R} may not exceed the dimension D = {D}.");
        return Filled(new SeparateAttention(D, H, R), value, key, file.Read("query", "[H, R, D+1]", H, R, W));
    }

    /// <summary>The arrays that <see cref="Read"/> reads back.</summary>
    internal static IEnumerable<TensorToWrite> Arrays(AttentionModel model, ReadOnlySpan<double> weights)
    {
        (int H, int D, int W) = (model.Heads, model.InputDimension, model.InputDimension + 1);
        (string Name, long[] Shape)[] layers = model switch
        {
            SeparateAttention { Rank: var R } => [("value", [H, W, W]), ("key", [H, R, W]), ("query", [H, R, W])],
            MergedAttention => [("value", [H, W, W]), ("key_query", [H, W, W])],
            _ => [("output", [H]), ("hidden", [H, D, D])],
        };
        double[][] values = [.. layers.Select(layer => new double[layer.Shape.Aggregate((product, size) => product * size)])];
        Exchange(model, weights.ToArray(), values, read: false);
        return layers.Zip(values, (layer, numbers) => TensorToWrite.Create(layer.Name, layer.Shape, numbers));
    }

    private static (AttentionModel Model, double[] Weights) Filled(AttentionModel model, params Tensor[] layers)
    {
        var weights = new double[model.Layout.Count];
        Exchange(model, weights, [.. layers.Select(layer => layer.Values)], read: true);
        return (model, weights);
    }

    private static void Exchange(AttentionModel model, double[] weights, double[][] layers, bool read)
    {
        if (model is SeparateAttention separate)
        {
            Exchange(separate, weights, layers[0], layers[1], layers[2], read);
        }
        else if (model is MergedAttention merged)
        {
            Exchange(merged, weights, layers[0], layers[1], read);
        }
        else
        {
            Exchange(layers[0], model.Layout.Slice(weights.AsSpan(), "output"), read);
            Exchange(layers[1], model.Layout.Slice(weights.AsSpan(), "hidden"), read);
        }
    }

    /// <summary>Which row of the published layers is which part of a head: reads weights off layers, or writes them there.</summary>
    private static void Exchange(MergedAttention model, double[] weights, double[] value, double[] keyQuery, bool read)
    {
        int D = model.InputDimension, W = D + 1;
        MatrixSpan V = new(value, W), KQ = new(keyQuery, W);
        for (int h = 0; h < model.Heads; h++)
        {
            MergedHead head = model.Head(weights, h);
            Exchange(V[h * W + D], head.ValueInput, ref head.Value, read);
            for (int b = 0; b < D; b++)
                Exchange(KQ[h * W + b], head.KeyQuery[b], read);
            Exchange(KQ[h * W + D], head.KeyQueryLabel, read);
        }
    }

    private static void Exchange(SeparateAttention model, double[] weights, double[] value, double[] key, double[] query, bool read)
    {
        int D = model.InputDimension, R = model.Rank, W = D + 1;
        MatrixSpan V = new(value, W), K = new(key, W), Q = new(query, W);
        for (int h = 0; h < model.Heads; h++)
        {
            SeparateHead head = model.Head(weights, h);
            Exchange(V[h * W + D], head.ValueInput, ref head.Value, read);
            for (int r = 0; r < R; r++)
            {
                Exchange(K[h * R + r], head.Key[r], ref head.KeyLabel[r], read);
                Exchange(Q[h * R + r], head.Query[r], read);
            }
        }
    }

    /// <summary>A row of a published layer: its input entries, then its label entry.</summary>
    private static void Exchange(Span<double> row, Span<double> inputs, ref double label, bool read)
    {
        Exchange(row, inputs, read);
        (row[^1], label) = read ? (row[^1], row[^1]) : (label, label);
    }

    private static void Exchange(Span<double> row, Span<double> inputs, bool read)
    {
        if (read)
            row[..inputs.Length].CopyTo(inputs);
        else
            inputs.CopyTo(row);
    }
}
