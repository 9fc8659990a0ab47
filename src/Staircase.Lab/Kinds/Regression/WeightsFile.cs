using Staircase.Checkpoints;

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
    /// <param name="path">The file.</param>
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
                $"{path} holds no weights: expected the arrays value and key_query (merged), value, key and query (separate), or output and hidden (cubic).");
        if (kind is { } wanted && wanted != found)
        {
            throw new InputException(
                $"{path} holds weights of {found.ToString().ToLowerInvariant()} attention, but ‹attention› is {wanted.ToString().ToLowerInvariant()}.");
        }

        return found switch
        {
            AttentionKind.Merged => ReadMerged(file, inputDimension),
            AttentionKind.Separate => ReadSeparate(file, inputDimension),
            _ => ReadCubic(file, inputDimension),
        };
    }

    /// <summary>The arrays that <see cref="Read"/> reads back.</summary>
    internal static IEnumerable<TensorToWrite> Arrays(AttentionModel model, ReadOnlySpan<double> weights)
    {
        int D = model.InputDimension, H = model.Heads, W = D + 1;
        double[] w = weights.ToArray();
        if (model is CubicFeatureNetwork)
        {
            return
            [
                TensorToWrite.Create("output", [H], model.Layout.Slice(w.AsSpan(), "output").ToArray()),
                TensorToWrite.Create("hidden", [H, D, D], model.Layout.Slice(w.AsSpan(), "hidden").ToArray()),
            ];
        }

        double At(string name, int index) => w[model.Layout[name].Offset + index];
        double[] value = Fill(H * W * W, i => (i / W % W, i % W) switch
        {
            (int row, _) when row < D => 0,
            (_, int column) when column < D => At("value_input", i / (W * W) * D + column),
            _ => At("value", i / (W * W)),
        });
        if (model is not SeparateAttention separate)
        {
            double[] keyQuery = Fill(H * W * W, i => (i / W % W, i % W) switch
            {
                (_, int column) when column == D => 0,
                (int row, int column) when row < D => At("key_query", (i / (W * W) * D + row) * D + column),
                (_, int column) => At("key_query_label", i / (W * W) * D + column),
            });
            return [TensorToWrite.Create("value", [H, W, W], value), TensorToWrite.Create("key_query", [H, W, W], keyQuery)];
        }

        int R = separate.Rank;
        return
        [
            TensorToWrite.Create("value", [H, W, W], value),
            TensorToWrite.Create("key", [H, R, W], Fill(H * R * W, i => i % W < D ? At("key", i / W * D + i % W) : At("key_label", i / W))),
            TensorToWrite.Create("query", [H, R, W], Fill(H * R * W, i => i % W < D ? At("query", i / W * D + i % W) : 0)),
        ];
    }

    private static double[] Fill(int length, Func<int, double> entry)
    {
        var values = new double[length];
        for (int i = 0; i < length; i++)
            values[i] = entry(i);
        return values;
    }

    private static (AttentionModel Model, double[] Weights) ReadMerged(ArrayFile file, int D)
    {
        int W = D + 1;
        Tensor value = file.Read("value", "[H, D+1, D+1]", null, W, W);
        int H = (int)value.Shape[0];
        double[] keyQuery = file.Read("key_query", "[H, D+1, D+1]", H, W, W).Values;
        var model = new MergedAttention(D, H);
        double[] weights = Values(model, value.Values);
        Span<double> U = model.Layout.Slice(weights.AsSpan(), "key_query"), u = model.Layout.Slice(weights.AsSpan(), "key_query_label");
        for (int h = 0; h < H; h++)
        {
            for (int c = 0; c < D; c++)
            {
                for (int b = 0; b < D; b++)
                    U[(h * D + b) * D + c] = keyQuery[(h * W + b) * W + c];
                u[h * D + c] = keyQuery[(h * W + D) * W + c];
            }
        }

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
                $"{file.Path}: array 'key' has shape [{string.Join(", ", key.Shape)}], but the rank R = {R} may not exceed the dimension D = {D}.");
        }

        double[] query = file.Read("query", "[H, R, D+1]", H, R, W).Values;
        var model = new SeparateAttention(D, H, R);
        double[] weights = Values(model, value.Values);
        Span<double> k = model.Layout.Slice(weights.AsSpan(), "key"), q = model.Layout.Slice(weights.AsSpan(), "query");
        Span<double> label = model.Layout.Slice(weights.AsSpan(), "key_label");
        for (int pair = 0; pair < H * R; pair++)
        {
            key.Values.AsSpan(pair * W, D).CopyTo(k[(pair * D)..]);
            query.AsSpan(pair * W, D).CopyTo(q[(pair * D)..]);
            label[pair] = key.Values[pair * W + D];
        }

        return (model, weights);
    }

    private static (AttentionModel Model, double[] Weights) ReadCubic(ArrayFile file, int D)
    {
        Tensor hidden = file.Read("hidden", "[H, D, D]", null, D, D);
        int H = (int)hidden.Shape[0];
        double[] output = file.Read("output", "[H]", H).Values;
        var model = new CubicFeatureNetwork(D, H);
        return (model, [.. output, .. hidden.Values]);
    }

    /// <summary>A weight vector with the last rows of V in place.</summary>
    private static double[] Values(AttentionModel model, double[] value)
    {
        int D = model.InputDimension, W = D + 1;
        var weights = new double[model.Layout.Count];
        Span<double> v = model.Layout.Slice(weights.AsSpan(), "value"), V = model.Layout.Slice(weights.AsSpan(), "value_input");
        for (int h = 0; h < model.Heads; h++)
        {
            ReadOnlySpan<double> lastRow = value.AsSpan((h * W + D) * W, W);
            v[h] = lastRow[D];
            lastRow[..D].CopyTo(V[(h * D)..]);
        }

        return weights;
    }
}
