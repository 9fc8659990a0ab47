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
                $"{path} holds weights of {found.ToString().ToLowerInvariant()} attention, but ‹attention› is "
                + $"{wanted.ToString().ToLowerInvariant()}.");
        }

        return found switch
        {
            AttentionKind.Merged => ReadMerged(file, inputDimension),
            AttentionKind.Separate => ReadSeparate(file, inputDimension),
            _ => ReadCubic(file, inputDimension),
        };
    }

    /// <summary>The arrays that <see cref="Read"/> reads back.</summary>
    internal static IEnumerable<TensorToWrite> Arrays(AttentionModel model, ReadOnlySpan<double> weights) => model switch
    {
        SeparateAttention separate => ArraysOf(separate, weights.ToArray()),
        MergedAttention merged => ArraysOf(merged, weights.ToArray()),
        _ =>
        [
            TensorToWrite.Create("output", [model.Heads], model.Layout.Slice(weights, "output").ToArray()),
            TensorToWrite.Create(
                "hidden", [model.Heads, model.InputDimension, model.InputDimension], model.Layout.Slice(weights, "hidden").ToArray()),
        ],
    };

    private static TensorToWrite[] ArraysOf(MergedAttention model, double[] weights)
    {
        int H = model.Heads, W = model.InputDimension + 1;
        double[] value = new double[H * W * W], keyQuery = new double[H * W * W];
        Exchange(model, weights, value, keyQuery, read: false);
        return [TensorToWrite.Create("value", [H, W, W], value), TensorToWrite.Create("key_query", [H, W, W], keyQuery)];
    }

    private static TensorToWrite[] ArraysOf(SeparateAttention model, double[] weights)
    {
        int H = model.Heads, R = model.Rank, W = model.InputDimension + 1;
        double[] value = new double[H * W * W], key = new double[H * R * W], query = new double[H * R * W];
        Exchange(model, weights, value, key, query, read: false);
        return
        [
            TensorToWrite.Create("value", [H, W, W], value),
            TensorToWrite.Create("key", [H, R, W], key),
            TensorToWrite.Create("query", [H, R, W], query),
        ];
    }

    private static (AttentionModel Model, double[] Weights) ReadMerged(ArrayFile file, int D)
    {
        int W = D + 1;
        Tensor value = file.Read("value", "[H, D+1, D+1]", null, W, W);
        int H = (int)value.Shape[0];
        Tensor keyQuery = file.Read("key_query", "[H, D+1, D+1]", H, W, W);
        var model = new MergedAttention(D, H);
        var weights = new double[model.Layout.Count];
        Exchange(model, weights, value.Values, keyQuery.Values, read: true);
        return (model, weights);
    }

    private static (AttentionModel Model, double[] Weights) ReadSeparate(ArrayFile file, int D)
    {
        int W = D + 1;
        Tensor value = file.Read("value", "[H, D+1, D+1]", null, W, W);
        int H = (int)value.Shape[0];
        Tensor key = file.Read("key", "[H, R, D+1]", H, null, W);
        int R = (int)key.Shape[1];
        if (R > D)
        {
            throw new InputException(
                $"{file.Path}: array 'key' has shape [{string.Join(", ", key.Shape)}], but the rank R = {R} may not exceed the dimension "
                + $"D = {D}.");
        }

        Tensor query = file.Read("query", "[H, R, D+1]", H, R, W);
        var model = new SeparateAttention(D, H, R);
        var weights = new double[model.Layout.Count];
        Exchange(model, weights, value.Values, key.Values, query.Values, read: true);
        return (model, weights);
    }

    private static (AttentionModel Model, double[] Weights) ReadCubic(ArrayFile file, int D)
    {
        Tensor hidden = file.Read("hidden", "[H, D, D]", null, D, D);
        int H = (int)hidden.Shape[0];
        double[] output = file.Read("output", "[H]", H).Values;
        return (new CubicFeatureNetwork(D, H), [.. output, .. hidden.Values]);
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
