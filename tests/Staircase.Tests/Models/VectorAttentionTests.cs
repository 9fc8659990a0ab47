namespace Staircase.Tests;

/// <summary>The linear transformer of vector-valued tasks against f(Z) = Z + Wᴾ (ZZᵀ/N) W^Q Z written out.</summary>
public class VectorAttentionTests
{
    private const double Rounding = 1e-12;

    [Theory]
    [InlineData(1, 1, true)]
    [InlineData(3, 5, true)]
    [InlineData(3, 2, false)]
    [InlineData(9, 4, true)]
    public void Output_error_and_gradient_are_those_of_the_whole_transformer(int D, int N, bool querySees)
    {
        Spectrum spectrum = Spectrum.Linear(D).WithTrace(D);
        var task = new VectorRegressionTask(spectrum, N, TaskSet.Gaussian(D, 1, 1)) { QueryAttendsToItself = querySees };
        VectorWeights weights = VectorWeights.Random(D, 0.7, 2, allBlocks: true);
        var random = new RandomStream(3, RandomPurpose.Probe);
        double[][] X = VectorCases.Inputs(task, ref random);
        double[] tokens = [.. Enumerable.Range(0, D).SelectMany(i => X[..N].Select(x => x[i]))];
        double[,] W = VectorCases.Matrix(task.Tasks[0]);
        foreach (bool reduced in (bool[])[false, true])
        {
            if (reduced)
            {
                weights.ValueInput.Clear();
                weights.KeyQueryLabel.Clear();
            }

            var transformer = new NaiveVectorTransformer(weights, elsewhere: 17);
            double[] expected = new double[4 * D * D], actual = new double[reduced ? 2 * D * D : 4 * D * D];
            double loss = transformer.Gradient(W, X, querySees, expected);
            Array.Fill(actual, 1); // it adds
            var attention = new VectorAttention(task, N);
            Span<double> moving = reduced ? weights.InContext : weights.All;
            Expect.Relative("loss", loss, attention.Accumulate(moving, task.Tasks[0], tokens, X[^1], actual), Rounding);
            Expect.Relative("gradient", expected[..actual.Length].Select(g => g + 1).ToArray(), actual, Rounding);
        }
    }

    /// <summary>Only p₁ sees the query attend to itself.</summary>
    [Fact]
    public void The_query_s_own_term_reaches_the_output_through_p1_only()
    {
        const int D = 2, N = 4;
        var task = new VectorRegressionTask(Spectrum.Linear(D), N, TaskSet.Gaussian(D, 1, 1));
        VectorWeights weights = VectorWeights.Random(D, 0.7, 2, allBlocks: true);
        var random = new RandomStream(3, RandomPurpose.Probe);
        double[][] X = VectorCases.Inputs(task, ref random);
        double[,] W = VectorCases.Matrix(task.Tasks[0]);
        var transformer = new NaiveVectorTransformer(weights, 0);
        Assert.NotEqual(transformer.Predict(W, X, true), transformer.Predict(W, X, false));
        weights.ValueInput.Clear();
        transformer = new NaiveVectorTransformer(weights, 0);
        Expect.Relative("output", transformer.Predict(W, X, true), transformer.Predict(W, X, false), Rounding);
    }
}
