namespace Staircase.Tests;

public class TokenArrayTests
{
    [Fact]
    public void A_sample_written_out_is_the_sample()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(2), 3) with { LabelNoise = 0.2 };
        Sample sample = task.Sample(20, 1);
        NaiveData data = NaiveData.Of(sample);
        var array = new TokenArray(
            [.. data.Sequences.SelectMany(s => s).SelectMany(t => t)], data.Targets, tokenCount: 4, inputDimension: 2);

        NaiveData again = NaiveData.Of(array);

        Assert.Equal(3, array.ContextLength);
        Expect.SameBits("targets", data.Targets, again.Targets);
        for (int i = 0; i < 20; i++)
            Expect.SameBits($"sequence {i}", [.. data.Sequences[i].SelectMany(t => t)], [.. again.Sequences[i].SelectMany(t => t)]);
    }

    [Fact]
    public void Arrays_that_do_not_fit_are_refused_with_the_numbers_named()
    {
        double[] tokens = [1, 2, 3, 4, 5, 0];

        Assert.Equal("Sequences need at least one pair and one input dimension; found 1 tokens of input dimension 2.",
            Assert.Throws<ArgumentException>(() => new TokenArray(tokens, [1], 1, 2)).Message);
        Assert.Equal(
            "2 targets need 12 token numbers, found 6.",
            Assert.Throws<ArgumentException>(() => new TokenArray(tokens, [1, 2], 2, 2)).Message);
        tokens[^1] = 7;
        Assert.Equal("The query's label entry must be 0 (its label is the target), but sequence 0 has 7.",
            Assert.Throws<ArgumentException>(() => new TokenArray(tokens, [1], 2, 2)).Message);
    }
}
