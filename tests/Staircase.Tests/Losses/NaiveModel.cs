namespace Staircase.Tests;

/// <summary>
/// A model as the papers write it, evaluated and differentiated token by token in plain loops: no moments, no maps,
/// nothing of the library but its inputs.
/// </summary>
internal abstract class NaiveModel
{
    /// <summary>Every layer, published shape, and its gradient.</summary>
    protected List<(double[] Weights, double[] Gradient)> Layers { get; } = [];

    /// <summary>ŷ for a context (rows (x, y)) followed by the query (x_q, 0).</summary>
    public abstract double Predict(double[][] tokens, double scale);

    /// <summary>Adds dŷ · ∂ŷ/∂W to the gradient of every layer.</summary>
    protected abstract void Backward(double[][] tokens, double scale, double dPrediction);

    /// <summary>
    /// The mean of (ŷ − y)², over sequences and, where lengths vary, over prefixes, each asked for the label of its last token, which is
    /// hidden from it; leaves its gradient in the layers.
    /// </summary>
    public double Loss(NaiveData data, OutputScale outputScale, bool varyContext)
    {
        foreach ((double[] _, double[] gradient) in Layers)
            Array.Clear(gradient);
        int N = data.ContextLength, shortest = varyContext ? 1 : N;
        double count = data.Sequences.Length * (double)(N - shortest + 1);
        double loss = 0;
        for (int i = 0; i < data.Sequences.Length; i++)
        {
            for (int n = shortest; n <= N; n++)
            {
                double[] asked = [.. data.Sequences[i][n]];
                double target = n == N ? data.Targets[i] : asked[^1];
                asked[^1] = 0;
                double[][] tokens = [.. data.Sequences[i][..n], asked];
                double scale = outputScale switch { OutputScale.Context => 1.0 / n, OutputScale.Tokens => 1.0 / (n + 1), _ => 1.0 };
                double error = Predict(tokens, scale) - target;
                loss += error * error / count;
                Backward(tokens, scale, 2 * error / count);
            }
        }

        return loss;
    }

    /// <summary>W ← W − η ∂L/∂W.</summary>
    public void Step(double learningRate)
    {
        foreach ((double[] weights, double[] gradient) in Layers)
        {
            for (int i = 0; i < weights.Length; i++)
                weights[i] -= learningRate * gradient[i];
        }
    }

    protected double[] Layer(int size)
    {
        Layers.Add((new double[size], new double[size]));
        return Layers[^1].Weights;
    }
}
