namespace Staircase.Tests;

public class DiscreteBayesTests
{
    private const double Rounding = 1e-12;

    /// <summary>By hand: D = 1, one pair (1, 2), σ² = ½, tasks 1 and 3: both miss by 1, so the mean 2 answers.</summary>
    [Fact]
    public void Two_tasks_that_miss_alike_are_averaged() =>
        Expect.Relative("ŷ", 2 * 0.7, new DiscreteBayesPredictor([[1.0], [3.0]], 0.5).Predict([1, 2, 0.7, 0], 1), Rounding);

    /// <summary>The posterior written out, by likelihoods that do not underflow.</summary>
    [Fact]
    public void The_posterior_is_that_of_the_likelihoods()
    {
        double[] tokens = PredictorTests.Sequence(2, 4, seed: 2);
        double[][] tasks = [[0.5, -1], [1, 1], [-0.3, 0.8]];
        double[] likelihoods = [.. tasks.Select(w => Math.Exp(-tokens.Chunk(3).SkipLast(1)
            .Sum(t => Math.Pow(t[2] - w[0] * t[0] - w[1] * t[1], 2)) / 1.4))];
        double expected = tasks.Zip(likelihoods, (w, p) => p * (w[0] * tokens[12] + w[1] * tokens[13])).Sum() / likelihoods.Sum();
        Expect.Relative("ŷ", expected, new DiscreteBayesPredictor(tasks, 0.7).Predict(tokens, 2), Rounding);
    }

    [Fact]
    public void A_task_far_likelier_than_others_answers_alone_without_overflow() => Expect.Relative(
        "ŷ", 5, new DiscreteBayesPredictor([[1000.0], [5.0]], 1e-6).Predict([1, 5, 1, 0], 1), Rounding);

    /// <summary>Sequences of a finite set: their mean squared loss is that of Gaussian tasks with the same second moment.</summary>
    [Fact]
    public void Linear_attention_sees_the_second_moment_of_the_set()
    {
        const int D = 2, N = 5, count = 200_000;
        double[][] tasks = FiniteTaskSet.Draw(D, 4, seed: 3);
        RegressionTask task = RegressionTask.Create(Spectrum.Of(1.2, 0.7), N) with { LabelNoise = 0.2 };
        double[] map = [0.5, 0.1, -0.2, 0.8];
        double exact = (task with { TaskCovariance = FiniteTaskSet.SecondMoment(tasks) }).PopulationLoss().Evaluate(map, new double[4]);
        Sample sample = (task with { TaskVectors = tasks }).Sample(count, 8);
        double measured = SequenceLoss.From(new TokenStatistics(sample, task.OutputScale, false)).Evaluate(map, new double[4]);
        Expect.Relative("loss", exact, measured, 0.015); // some five standard errors
        Assert.Throws<InvalidOperationException>(() => (task with { TaskVectors = tasks }).PopulationLoss());
    }

    [Fact]
    public void Sets_that_make_no_sense_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new DiscreteBayesPredictor([], 1));
        Assert.Throws<ArgumentException>(() => new DiscreteBayesPredictor([[1.0]], 0));
        Assert.Throws<ArgumentException>(() => FiniteTaskSet.Draw(2, 3, 1));
    }
}
