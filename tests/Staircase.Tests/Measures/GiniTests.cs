namespace Staircase.Tests.Measures;

public class GiniTests
{
    [Fact]
    public void Is_the_mean_difference_of_all_pairs_over_twice_the_mean()
    {
        var random = new RandomStream(3, RandomPurpose.Probe);
        foreach (int n in (int[])[1, 2, 7, 50])
        {
            double[] x = [.. Enumerable.Range(0, n).Select(_ => Math.Abs(random.NextNormal()))];
            double expected = x.Sum(a => x.Sum(b => Math.Abs(a - b))) / (2 * n * x.Sum());
            Assert.Equal(expected, Gini.Of(x), 12);
        }
    }

    [Fact]
    public void Is_zero_for_equals_and_nearly_one_where_one_has_everything()
    {
        Assert.Equal(0, Gini.Of([2, 2, 2, 2]), 15);
        Assert.Equal(0.75, Gini.Of([0, 0, 5, 0]), 15);
        Assert.True(double.IsNaN(Gini.Of([0, 0])));
    }

    [Theory]
    [InlineData(new double[0])]
    [InlineData(new[] { 1, -1.0 })]
    [InlineData(new[] { 1, double.NaN })]
    public void Numbers_that_are_no_shares_are_refused(double[] values) => Assert.Throws<ArgumentException>(() => Gini.Of(values));
}
