namespace Staircase.Tests;

public class RandomBasisTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(40)]
    public void A_basis_is_orthogonal(int D)
    {
        const double rounding = 1e-13; // √D products of numbers below 1
        double[,] E = RandomBasis.Draw(D, 3);
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                double dot = Enumerable.Range(0, D).Sum(k => E[k, i] * E[k, j]);
                Expect.Relative($"e_{i}·e_{j}", i == j ? 1 : 0, dot, rounding, scale: 1);
            }
        }
    }

    /// <summary>
    /// Haar measure: entries have mean 0, variance 1/D, and E[(det E)] = 0; without the signs of R a diagonal would lean to one side.
    /// </summary>
    [Fact]
    public void Bases_are_spread_evenly()
    {
        const int D = 3, count = 20_000;
        double[][,] bases = [.. Enumerable.Range(0, count).Select(seed => RandomBasis.Draw(D, (ulong)seed))];
        for (int i = 0; i < D; i++)
        {
            for (int j = 0; j < D; j++)
            {
                Statistics.CheckMean($"E[{i},{j}]", 0, bases.Select(E => E[i, j]), errors: 4);
                Statistics.CheckMean($"E[{i},{j}]²", 1.0 / D, bases.Select(E => E[i, j] * E[i, j]), errors: 4);

                // A coordinate of a uniform point on the sphere in three dimensions is uniform (Archimedes).
                Statistics.CheckDistribution($"E[{i},{j}]", [.. bases.Select(E => E[i, j])], x => (x + 1) / 2);
            }
        }
    }
}
