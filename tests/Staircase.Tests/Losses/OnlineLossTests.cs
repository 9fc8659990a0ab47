namespace Staircase.Tests;

public class OnlineLossTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(70)] // more than one block of the parallel sum
    public void Each_step_takes_its_own_sequences(int batchSize)
    {
        const int D = 3;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), 5) with { LabelNoise = 0.1 };
        var source = new BartlettStatistics(task, long.MaxValue, 1);
        var loss = new OnlineLoss(source, batchSize);
        double[] map = CentralDifferences.RandomMap(AttentionMap.Length(D), 2), gradient = new double[map.Length];
        var seen = new List<double>();
        foreach (long step in (long[])[0, 1, 2, 1L << 40, 1])
        {
            loss.Draw(step);
            double actual = loss.Evaluate(map, gradient);
            double expected = 0;
            for (int i = 0; i < batchSize; i++)
            {
                double[] statistic = new double[AttentionMap.StatisticLength(D)], query = new double[D], target = new double[1];
                source.Read(step * batchSize + i, statistic, query, target);
                double error = AttentionMap.Predict(map, statistic, query) - target[0];
                expected += error * error / batchSize;
            }

            Expect.Relative($"loss of step {step}", expected, actual, 1e-13); // rounding of sums of 70
            Assert.True(
                step != 1 || seen.Count < 4 || seen[1] == actual,
                $"step 1 drawn again: expected {seen.ElementAtOrDefault(1):R}, actual {actual:R}");
            seen.Add(actual);
        }

        Assert.Equal(4, seen.Distinct().Count());
        CentralDifferences.Check("loss of a step", loss, map);
    }

    [Fact]
    public void A_batch_has_at_least_one_sequence()
    {
        var source = new BartlettStatistics(RegressionTask.Create(Spectrum.Linear(2), 5), 10, 1);

        Assert.Equal(
            "A batch needs at least one sequence, not 0.", Assert.Throws<ArgumentException>(() => new OnlineLoss(source, 0)).Message);
    }
}
