using Staircase.Kernels;

namespace Staircase.Transformers;

/// <summary>
/// The heads of an attention as the kernels want them, whatever its parametrization: V [H, D+1], the last rows of the value matrices, and
/// KQ [H, D+1, D], the first columns of the key–query matrices.
/// </summary>
/// <remarks>No other entry reaches the query's output: it is read off row D + 1, and x_q has the label entry 0.</remarks>
internal static class SoftmaxHeads
{
    /// <summary>Refuses a model that is not a sum of heads.</summary>
    /// <exception cref="ArgumentException">The model has no keys and queries.</exception>
    public static void Require(AttentionModel model)
    {
        if (model is not (MergedAttention or SeparateAttention))
            throw new ArgumentException($"Softmax attention needs keys and queries, merged or separate; {model.GetType().Name} has none.");
    }

    /// <summary>V and KQ of a weight vector.</summary>
    public static void Gather(AttentionModel model, ReadOnlySpan<double> weights, Span<double> value, Span<double> keyQuery)
    {
        ParameterLayout layout = model.Layout;
        int D = model.InputDimension, W = D + 1, R = (model as SeparateAttention)?.Rank ?? 0;
        ReadOnlySpan<double> v = layout.Slice(weights, "value"), V = layout.Slice(weights, "value_input");
        for (int h = 0; h < model.Heads; h++)
        {
            V.Slice(h * D, D).CopyTo(value[(h * W)..]);
            value[h * W + D] = v[h];
            Span<double> input = keyQuery.Slice(h * W * D, D * D), label = keyQuery.Slice(h * W * D + D * D, D);
            if (R == 0)
            {
                layout.Slice(weights, "key_query").Slice(h * D * D, D * D).CopyTo(input);
                layout.Slice(weights, "key_query_label").Slice(h * D, D).CopyTo(label);
                continue;
            }

            ReadOnlySpan<double> K = layout.Slice(weights, "key").Slice(h * R * D, R * D);
            ReadOnlySpan<double> Q = layout.Slice(weights, "query").Slice(h * R * D, R * D);
            MatrixProduct.Of(1, K.AsMatrix(R, D).Transposed, Q.AsMatrix(R, D), input);
            MatrixProduct.Of(1, layout.Slice(weights, "key_label").Slice(h * R, R).AsMatrix(1, R), Q.AsMatrix(R, D), label);
        }
    }

    /// <summary>The gradient with respect to the weights from those with respect to V and KQ.</summary>
    public static void PullBack(
        AttentionModel model, ReadOnlySpan<double> weights, ReadOnlySpan<double> dValue, ReadOnlySpan<double> dKeyQuery,
        Span<double> gradient)
    {
        ParameterLayout layout = model.Layout;
        int D = model.InputDimension, W = D + 1, R = (model as SeparateAttention)?.Rank ?? 0;
        Span<double> dv = layout.Slice(gradient, "value"), dV = layout.Slice(gradient, "value_input");
        for (int h = 0; h < model.Heads; h++)
        {
            dValue.Slice(h * W, D).CopyTo(dV[(h * D)..]);
            dv[h] = dValue[h * W + D];
            ReadOnlySpan<double> input = dKeyQuery.Slice(h * W * D, D * D), label = dKeyQuery.Slice(h * W * D + D * D, D);
            if (R == 0)
            {
                input.CopyTo(layout.Slice(gradient, "key_query")[(h * D * D)..]);
                label.CopyTo(layout.Slice(gradient, "key_query_label")[(h * D)..]);
                continue;
            }

            // KQ = Kᵀ Q with the label column of K as one more row of Kᵀ.
            int pairs = h * R * D;
            ReadOnlySpan<double> K = layout.Slice(weights, "key").Slice(pairs, R * D);
            ReadOnlySpan<double> Q = layout.Slice(weights, "query").Slice(pairs, R * D);
            Span<double> dQ = layout.Slice(gradient, "query").Slice(pairs, R * D);
            MatrixProduct.Of(1, Q.AsMatrix(R, D), input.AsMatrix(D, D).Transposed, layout.Slice(gradient, "key").Slice(pairs, R * D));
            MatrixProduct.Of(1, Q.AsMatrix(R, D), label.AsMatrix(D, 1), layout.Slice(gradient, "key_label").Slice(h * R, R));
            MatrixProduct.Of(1, K.AsMatrix(R, D), input.AsMatrix(D, D), dQ);
            MatrixProduct.Of(1, layout.Slice(weights, "key_label").Slice(h * R, R).AsMatrix(R, 1), label.AsMatrix(1, D), dQ, keep: 1);
        }
    }
}
