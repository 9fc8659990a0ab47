namespace Staircase;

/// <summary>An algorithm that answers a query from its context alone: what a trained model is compared with.</summary>
public interface IInContextPredictor
{
    /// <summary>The prediction ŷ_q.</summary>
    /// <param name="tokens">
    /// (N+1)×(D+1) numbers row by row, as <see cref="ISequenceSource.Read"/> gives them: xₙ then yₙ, last the query, whose label entry is
    /// not looked at.
    /// </param>
    /// <param name="inputDimension">D.</param>
    double Predict(ReadOnlySpan<double> tokens, int inputDimension);
}

/// <summary>Predictors on sequences.</summary>
public static class InContextPredictors
{
    private const int BlockSequences = 64;

    /// <summary>ŷ_q on the first sequences of a source, on all cores.</summary>
    /// <param name="predictor">What predicts.</param>
    public static double[] Predictions(this IInContextPredictor predictor, ISequenceSource sequences, int count)
    {
        int D = sequences.InputDimension, size = (sequences.ContextLength + 1) * (D + 1);
        double[] predictions = new double[count];
        Parallel.For(0, (count + BlockSequences - 1) / BlockSequences, ThreadTeam.Limit, block =>
        {
            double[] tokens = new double[size];
            for (int i = block * BlockSequences; i < Min(count, (block + 1) * BlockSequences); i++)
            {
                sequences.Read(i, tokens);
                predictions[i] = predictor.Predict(tokens, D);
            }
        });
        return predictions;
    }

    /// <summary>The mean of (a − b)², with its standard error.</summary>
    public static (double Mean, double StandardError) MeanSquare(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0, squares = 0;
        for (int i = 0; i < a.Length; i++)
        {
            double square = (a[i] - b[i]) * (a[i] - b[i]);
            sum += square;
            squares += square * square;
        }

        double mean = sum / a.Length;
        return (mean, Sqrt(Max(0, squares / a.Length - mean * mean) / Max(1, a.Length - 1)));
    }
}
