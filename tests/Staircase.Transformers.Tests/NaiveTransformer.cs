namespace Staircase.Transformers.Tests;

/// <summary>The transformer written down from its definition, one number after another, in double precision.</summary>
internal sealed class NaiveTransformer(TransformerShape shape, ParameterLayout layout, double[] weights)
{
    /// <summary>−ln p(target), averaged over all tokens.</summary>
    public double Loss(int length, int[] tokens, int[] targets)
    {
        return tokens.Chunk(length).Zip(targets.Chunk(length), LossOf).Sum() / tokens.Length;

        double LossOf(int[] sequence, int[] next) => LogProbabilities(sequence).Zip(next, (row, target) => -row[target]).Sum();
    }

    /// <summary>ln p of every next token, a row a position.</summary>
    public double[][] LogProbabilities(int[] tokens)
    {
        int d = shape.ModelDimension, n = tokens.Length;
        double Position(int t, int c) => shape.Positions == PositionKind.Absolute ? At("pos_embed.W_pos", t, c) : 0;
        double[][] x = [.. tokens.Select((token, t) => Row(d, c => At("embed.W_E", token, c) + Position(t, c)))];
        for (int l = 0; l < shape.Layers; l++)
        {
            string block = $"blocks.{l}.", attention = block + "attn.";
            double[][] input = [.. x.Select(row => Norm(block + "ln1", row))];
            for (int h = 0; h < shape.Heads; h++)
            {
                double[][] q = Project(attention + "W_Q", h, input), k = Project(attention + "W_K", h, input);
                double[][] v = Project(attention + "W_V", h, input);
                int width = shape.HeadDimension, head = h;
                bool isRelative = shape.Positions == PositionKind.Relative;
                double Key(int j, int offset, int c) => k[j][c] + (isRelative ? At(attention + "W_rel", head, offset, c) : 0);
                double Score(int i, int j) => Enumerable.Range(0, width).Sum(c => q[i][c] * Key(j, i - j, c)) / Math.Sqrt(width);
                for (int i = 0; i < n; i++)
                {
                    double[] e = [.. Enumerable.Range(0, i + 1).Select(j => Math.Exp(Score(i, j)))];
                    double[] read = Row(shape.HeadDimension, c => Enumerable.Range(0, i + 1).Sum(j => e[j] * v[j][c]) / e.Sum());
                    x[i] = Row(d, c => x[i][c] + read.Select((r, a) => r * At(attention + "W_O", h, a, c)).Sum());
                }
            }

            if (shape.MlpDimension == 0)
                continue;
            for (int i = 0; i < n; i++)
            {
                double[] normal = Norm(block + "ln2", x[i]);
                double[] hidden = Row(
                    shape.MlpDimension,
                    c => Gelu(At(block + "mlp.b_in", c) + normal.Select((value, a) => value * At(block + "mlp.W_in", a, c)).Sum()));
                x[i] = Row(
                    d,
                    c => x[i][c] + At(block + "mlp.b_out", c) + hidden.Select((value, a) => value * At(block + "mlp.W_out", a, c)).Sum());
            }
        }

        return
        [
            .. x.Select(row => Norm("ln_final", row)).Select(
                row => Row(shape.Vocabulary, s => row.Select((value, a) => value * At("unembed.W_U", a, s)).Sum()))
                .Select(logits => Row(shape.Vocabulary, s => logits[s] - Math.Log(logits.Sum(Math.Exp)))),
        ];
    }

    private static double[] Row(int length, Func<int, double> value) => [.. Enumerable.Range(0, length).Select(value)];

    private static double Gelu(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private double[][] Project(string name, int head, double[][] input) =>
        [.. input.Select(row => Row(shape.HeadDimension, c => row.Select((value, a) => value * At(name, head, a, c)).Sum()))];

    private double[] Norm(string name, double[] row)
    {
        if (!shape.LayerNorm)
            return row;
        double mean = row.Average(), deviation = Math.Sqrt(row.Average(value => (value - mean) * (value - mean)) + 1e-5);
        return [.. row.Select((value, c) => At(name + ".w", c) * (value - mean) / deviation + At(name + ".b", c))];
    }

    private double At(string name, params int[] index)
    {
        ParameterBlock block = layout[name];
        return weights[block.Offset + index.Zip(block.Shape).Aggregate(0, (at, pair) => at * pair.Second + pair.First)];
    }
}
