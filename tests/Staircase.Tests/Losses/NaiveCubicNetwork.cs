namespace Staircase.Tests;

/// <summary>The network w₂ᵀ W₁ z on z = vec(β x_qᵀ), β = s Σ y_n x_n over the context (Zhang et al. 2025, Eq. 4, 6, 7).</summary>
internal sealed class NaiveCubicNetwork : NaiveModel
{
    private readonly int _D;
    private readonly int _hidden;

    public NaiveCubicNetwork(CubicFeatureNetwork model, ReadOnlySpan<double> weights)
    {
        _D = model.InputDimension;
        _hidden = model.Heads;
        weights[.._hidden].CopyTo(Layer(_hidden));
        weights[_hidden..].CopyTo(Layer(_hidden * _D * _D));
    }

    public double[] ToWeights() => [.. Layers[0].Weights, .. Layers[1].Weights];

    public override double Predict(double[][] tokens, double scale)
    {
        double[] z = Features(tokens, scale);
        double prediction = 0;
        for (int h = 0; h < _hidden; h++)
            prediction += Layers[0].Weights[h] * Hidden(h, z);
        return prediction;
    }

    protected override void Backward(double[][] tokens, double scale, double dPrediction)
    {
        double[] z = Features(tokens, scale);
        for (int h = 0; h < _hidden; h++)
        {
            Layers[0].Gradient[h] += dPrediction * Hidden(h, z);
            for (int i = 0; i < z.Length; i++)
                Layers[1].Gradient[h * z.Length + i] += dPrediction * Layers[0].Weights[h] * z[i];
        }
    }

    private double Hidden(int h, double[] z)
    {
        double sum = 0;
        for (int i = 0; i < z.Length; i++)
            sum += Layers[1].Weights[h * z.Length + i] * z[i];
        return sum;
    }

    private double[] Features(double[][] tokens, double scale)
    {
        var z = new double[_D * _D];
        foreach (double[] token in tokens[..^1])
        {
            for (int b = 0; b < _D; b++)
            {
                for (int c = 0; c < _D; c++)
                    z[b * _D + c] += scale * token[_D] * token[b] * tokens[^1][c];
            }
        }

        return z;
    }
}
