namespace Staircase.Tests;

public sealed class SequencePrefixTests
{
    [Fact]
    public void A_prefix_asks_for_the_label_of_its_last_token_and_hides_it()
    {
        const int D = 2, N = 3;
        var sequences = new TokenArray([1, 2, 10, 3, 4, 20, 5, 6, 30, 7, 8, 0], [40], N + 1, D);
        var tokens = new double[(N + 1) * (D + 1)];

        Assert.Equal(20, new SequencePrefix(sequences, 1).Read(0, tokens));
        Assert.Equal([1, 2, 10, 3, 4, 0], tokens[..6]);
        Assert.Equal(30, new SequencePrefix(sequences, 2).Read(0, tokens));
        Assert.Equal([1, 2, 10, 3, 4, 20, 5, 6, 0], tokens[..9]);
        Assert.Equal(40, new SequencePrefix(sequences, 3).Read(0, tokens));
        Assert.Equal([1, 2, 10, 3, 4, 20, 5, 6, 30, 7, 8, 0], tokens);
        Assert.Throws<ArgumentException>(() => new SequencePrefix(sequences, 4));
        Assert.Throws<ArgumentException>(() => new SequencePrefix(sequences, 0));
    }

    [Fact]
    public void Statistics_of_all_prefixes_are_those_of_each()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 5) with { OutputScale = OutputScale.Tokens };
        Sample sample = task.Sample(4, 9);
        var all = new TokenStatistics(sample, task.OutputScale, varyContext: true);
        int length = AttentionMap.StatisticLength(3);
        double[] g = new double[5 * length], x = new double[15], y = new double[5];
        double[] g1 = new double[length], x1 = new double[3], y1 = new double[1];
        all.Read(2, g, x, y);
        for (int n = 1; n <= 5; n++)
        {
            new TokenStatistics(new SequencePrefix(sample, n), task.OutputScale, varyContext: false).Read(2, g1, x1, y1);
            Assert.Equal(g1, g[((n - 1) * length)..(n * length)]);
            Assert.Equal(x1, x[((n - 1) * 3)..(n * 3)]);
            Assert.Equal(y1[0], y[n - 1]);
        }
    }
}
