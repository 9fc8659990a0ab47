namespace Staircase.Transformers.Tests;

/// <summary>
/// The model as it is written in the paper: all three tokens attend causally, head by head, and the logits of the last position are read.
/// Slow, and shares no code with the real one.
/// </summary>
internal static class NaiveModularTransformer
{
    public static double[] Logits(ModularShape shape, double[] weights, int a, int b)
    {
        ParameterLayout layout = shape.Layout();
        int d = shape.ModelDimension, h = shape.HeadDimension;
        int[] tokens = [a, b, shape.Operands];
        double[][] x = [.. tokens.Select((token, p) => Add(Row("embed.W_E", token, d), Row("pos_embed.W_pos", p, d)))];
        double[] residual = [.. x[2]];
        for (int head = 0; head < shape.Heads; head++)
        {
            double[] query = Bias(Apply("blocks.0.attn.W_Q", head, x[2], d, h), "blocks.0.attn.b_Q", head);
            double Score(double[] token) => query.Zip(Apply("blocks.0.attn.W_K", head, token, d, h), (q, k) => q * k).Sum() / Math.Sqrt(h);
            double[] scores = [.. x.Select(Score)];
            double[] pattern = [.. scores.Select(s => Math.Exp(s) / scores.Sum(Math.Exp))];
            var mixed = new double[h];
            for (int p = 0; p < 3; p++)
            {
                double[] value = Bias(Apply("blocks.0.attn.W_V", head, x[p], d, h), "blocks.0.attn.b_V", head);
                for (int i = 0; i < h; i++)
                    mixed[i] += pattern[p] * value[i];
            }

            residual = Add(residual, Apply("blocks.0.attn.W_O", head, mixed, h, d));
        }

        residual = Bias(residual, "blocks.0.attn.b_O", 0);
        double[] before = Bias(Apply("blocks.0.mlp.W_in", 0, residual, d, shape.MlpDimension), "blocks.0.mlp.b_in", 0);
        double[] hidden = [.. before.Select(z => Math.Max(0, z))];
        residual = Bias(Add(residual, Apply("blocks.0.mlp.W_out", 0, hidden, shape.MlpDimension, d)), "blocks.0.mlp.b_out", 0);
        return Bias(Apply("unembed.W_U", 0, residual, d, shape.Classes), "unembed.b_U", 0);

        double[] Row(string name, int row, int length) =>
            weights[(layout[name].Offset + row * length)..(layout[name].Offset + (row + 1) * length)];

        double[] Apply(string name, int matrix, double[] input, int rows, int columns)
        {
            var output = new double[columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                    output[j] += input[i] * weights[layout[name].Offset + matrix * rows * columns + i * columns + j];
            }

            return output;
        }

        double[] Bias(double[] values, string name, int row) => layout.Blocks.Any(block => block.Name == name)
            ? Add(values, Row(name, row, values.Length))
            : values;

        static double[] Add(double[] u, double[] v) => [.. u.Zip(v, (p, q) => p + q)];
    }

    /// <summary>The mean cross-entropy.</summary>
    public static double Loss(ModularShape shape, double[] weights, PairSet pairs) => Enumerable.Range(0, pairs.Count).Average(i =>
    {
        double[] logits = Logits(shape, weights, pairs.First[i], pairs.Second[i]);
        return Math.Log(logits.Sum(Math.Exp)) - logits[pairs.Targets[i]];
    });
}
