using MathNet.Numerics;

namespace Staircase.Tests.Theory;

public class DirichletPredictionTests
{
    /// <summary>
    /// One after another the predictions of a sequence multiply to its probability under the Dirichlet–multinomial distribution, whatever
    /// the order.
    /// </summary>
    [Theory]
    [InlineData(0.3)]
    [InlineData(1)]
    [InlineData(4)]
    public void Predictions_multiply_to_the_marginal_likelihood(double α)
    {
        int[] states = [2, 0, 2, 2, 1, 0, 2, 1, 2, 2];
        const int k = 3;
        var counts = new int[k];
        double logarithm = 0;
        for (int t = 0; t < states.Length; t++)
        {
            Assert.Equal(1, Enumerable.Range(0, k).Sum(s => DirichletPrediction.Probability(counts[s], t, k, α)), 12);
            logarithm += Math.Log(DirichletPrediction.Probability(counts[states[t]], t, k, α));
            counts[states[t]]++;
        }

        double expected = SpecialFunctions.GammaLn(k * α) - SpecialFunctions.GammaLn(states.Length + k * α) + counts.Sum(
            n => SpecialFunctions.GammaLn(n + α) - SpecialFunctions.GammaLn(α));
        Assert.Equal(expected, logarithm, 9);
    }
}
