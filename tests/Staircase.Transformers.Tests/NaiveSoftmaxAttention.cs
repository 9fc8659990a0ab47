namespace Staircase.Transformers.Tests;

/// <summary>Softmax attention as the paper writes it: whole matrices per head, every token, no shift, nothing left out.</summary>
internal static class NaiveSoftmaxAttention
{
    /// <summary>The mean squared error over a data set.</summary>
    public static double Loss(
        AttentionModel model, ReadOnlySpan<double> weights, ISequenceSource sequences, double temperature, bool seesQuery)
    {
        double sum = 0;
        var tokens = new double[(sequences.ContextLength + 1) * (sequences.InputDimension + 1)];
        for (long i = 0; i < sequences.Count; i++)
        {
            double target = sequences.Read(i, tokens);
            double error = Predict(model, weights, tokens, temperature, seesQuery) - target;
            sum += error * error;
        }

        return sum / sequences.Count;
    }

    /// <summary>Entry D + 1 of Σ_h V_h X softmax(Xᵀ KQ_h x_q / ρ).</summary>
    public static double Predict(
        AttentionModel model, ReadOnlySpan<double> weights, double[] tokens, double temperature, bool seesQuery = true)
    {
        int D = model.InputDimension, W = D + 1, T = tokens.Length / W, seen = seesQuery ? T : T - 1;
        double prediction = 0;
        for (int h = 0; h < model.Heads; h++)
        {
            (double[,] V, double[,] KQ) = Head(model, weights, h);
            var p = new double[seen];
            for (int t = 0; t < seen; t++)
            {
                double score = 0;
                for (int b = 0; b < W; b++)
                {
                    for (int c = 0; c < W; c++)
                        score += tokens[t * W + b] * KQ[b, c] * tokens[(T - 1) * W + c];
                }

                p[t] = Math.Exp(score / temperature);
            }

            double normalizer = p.Sum();
            for (int t = 0; t < seen; t++)
            {
                for (int b = 0; b < W; b++)
                    prediction += V[D, b] * tokens[t * W + b] * p[t] / normalizer;
            }
        }

        return prediction;
    }

    private static (double[,] V, double[,] KQ) Head(AttentionModel model, ReadOnlySpan<double> w, int h)
    {
        int D = model.InputDimension, W = D + 1;
        double[,] V = new double[W, W], KQ = new double[W, W];
        ParameterLayout layout = model.Layout;
        V[D, D] = w[layout["value"].Offset + h];
        for (int b = 0; b < D; b++)
            V[D, b] = w[layout["value_input"].Offset + h * D + b];
        if (model is SeparateAttention separate)
        {
            int R = separate.Rank;
            for (int r = 0; r < R; r++)
            {
                for (int b = 0; b < W; b++)
                {
                    double key = b < D ? w[layout["key"].Offset + (h * R + r) * D + b] : w[layout["key_label"].Offset + h * R + r];
                    for (int c = 0; c < D; c++)
                        KQ[b, c] += key * w[layout["query"].Offset + (h * R + r) * D + c];
                }
            }

            return (V, KQ);
        }

        for (int c = 0; c < D; c++)
        {
            for (int b = 0; b < D; b++)
                KQ[b, c] = w[layout["key_query"].Offset + (h * D + b) * D + c];
            KQ[D, c] = w[layout["key_query_label"].Offset + h * D + c];
        }

        return (V, KQ);
    }
}
