namespace Staircase.Tests;

/// <summary>Online training on vector-valued tasks: what it follows, and that it is repeatable.</summary>
public class VectorDescentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static readonly VectorRegressionTask Short = new(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 200, 1));

    /// <summary>S = (2, 1, ½), N = 10: 50,000 updates of 4 contexts, eight times; each mode's distance from both theories over the second half of training.</summary>
    [Fact]
    public void It_follows_the_exact_flow_and_not_the_closed_form()
    {
        const double agrees = 4.5, disagrees = 10; // standard errors of eight trainings; exceeded by chance in 1 of 360 for t with 7 degrees of freedom, and the seeds are fixed
        const double rate = 0.2;
        const int epochs = 250, trainings = 8;
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        double[] times = VectorCases.Times(epochs, 1);
        IReadOnlyList<VectorPoint> exact = FiniteContextFlow.Solve(Short, start, rate, times), closed = new ModeDynamics(Short, start, rate).Course(times);
        double[][] fromExact = new double[trainings][], fromClosed = new double[trainings][];
        Parallel.For(0, trainings, k =>
        {
            var training = new VectorDescent(Short, start, new() { EpochRate = rate, BatchSize = 4 }, (ulong)k);
            double[] a = fromExact[k] = new double[3], b = fromClosed[k] = new double[3];
            training.Run(epochs, at =>
            {
                double[] strengths = at.Weights.Strengths();
                for (int i = 0; i < 3 && at.Epoch > epochs / 2; i++)
                {
                    a[i] += (strengths[i] - exact[(int)at.Epoch].Strengths[i]) / (epochs / 2);
                    b[i] += (strengths[i] - closed[(int)at.Epoch].Strengths[i]) / (epochs / 2);
                }

                return true;
            }, Token);
        });
        for (int i = 0; i < 3; i++)
        {
            (double mean, double error) = Statistics.Mean(fromExact.Select(row => row[i]));
            (double far, double farError) = Statistics.Mean(fromClosed.Select(row => row[i]));
            TestContext.Current.TestOutputHelper?.WriteLine($"mode {i + 1}: {mean:F5} ± {error:F5} from the exact flow, {far:F5} from the closed form");
            Expect.WithinErrors($"mode {i + 1} minus the exact flow", 0, mean, error, agrees);
            Assert.True(Math.Abs(far) > disagrees * farError, $"mode {i + 1} is {Math.Abs(far) / farError:F1} standard errors from the closed form");
        }
    }

    /// <summary>All blocks, on tasks with their negatives: p₁ and q₂ stay at the level of noise, and p₂ and q₁ where the reduced flow has them.</summary>
    [Fact]
    public void All_blocks_follow_the_reduced_flow_for_symmetric_tasks()
    {
        const double noise = 0.05; // of strengths and blocks at η = 5e-4, measured 0.02
        var task = new VectorRegressionTask(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 200, 1).WithNegatives());
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        var training = new VectorDescent(task, start, new() { EpochRate = 0.2, BatchSize = 5, AllBlocks = true }, 3);
        Assert.True(training.Run(150, null, Token), "it was not stopped");
        double[] exact = FiniteContextFlow.Solve(task, start, 0.2, [150])[0].Strengths, strengths = training.Weights.Strengths();
        for (int i = 0; i < 3; i++)
            Assert.InRange(strengths[i], exact[i] - noise, exact[i] + noise);
        foreach (double weight in (double[])[.. training.Weights.ValueInput, .. training.Weights.KeyQueryLabel])
            Assert.InRange(weight, -noise, noise);
        Assert.False(training.Weights.IsReduced, "all blocks are trained");
    }

    /// <summary>Seeded alike, p₁q₂ grows as p₂q₁ does where tasks are diagonal, and lags behind where their entries are independent: zero is a saddle for p₁ and q₂.</summary>
    [Fact]
    public void On_diagonal_tasks_the_other_blocks_grow_as_fast()
    {
        (double diagonal, double other) = Grow(TaskSet.Diagonal(3, 200, 1).WithNegatives());
        Assert.InRange(diagonal, 0.03, 0.3); // on its way from 1e-4
        Assert.InRange(other / diagonal, 0.8, 1.25); // noise of the updates; their expected growth is the same
        (diagonal, other) = Grow(TaskSet.Gaussian(3, 200, 1).WithNegatives());
        Assert.InRange(diagonal, 0.03, 0.3);
        Assert.InRange(other / diagonal, 0, 0.5);

        static (double InContext, double Other) Grow(TaskSet tasks)
        {
            VectorWeights start = VectorWeights.Aligned(3, 0.01);
            start.Value.CopyTo(start.ValueInput);
            start.KeyQuery.CopyTo(start.KeyQueryLabel);
            var training = new VectorDescent(new(Spectrum.Of(2, 1.5, 1), 100, tasks), start, new() { EpochRate = 0.02, BatchSize = 5, AllBlocks = true }, 3);
            training.Run(1000, at => at.Weights.Strengths()[0] < 0.05, Token);
            return (training.Weights.Strengths()[0], training.Weights.ValueInput[0] * training.Weights.KeyQueryLabel[0]);
        }
    }

    /// <summary>One update is minus η times the batch's mean gradient by the transformer written out on the same tokens.</summary>
    [Fact]
    public void An_update_is_the_gradient_of_its_tokens()
    {
        const double rounding = 1e-12;
        const int N = 4, B = 3;
        var task = new VectorRegressionTask(Spectrum.Of(2, 1), N, TaskSet.Gaussian(2, 1, 1));
        VectorWeights start = VectorWeights.Random(2, 0.5, 2, allBlocks: true);
        var training = new VectorDescent(task, start, new() { EpochRate = 0.1, BatchSize = B, AllBlocks = true, Tokens = true }, 9);
        Assert.True(training.DrawsTokens, "tokens were asked for");
        training.RunEpoch(Token);

        double[] expected = start.All.ToArray(), gradient = new double[16], context = new double[2 * N], query = new double[2];
        var source = new ContextSource(task.Spectrum, N, true);
        var transformer = new NaiveVectorTransformer(start, 3);
        var random = new RandomStream(9, RandomPurpose.Inputs, 0);
        double loss = 0;
        for (int b = 0; b < B; b++)
        {
            source.Draw(ref random, context, query);
            double[][] X = [.. Enumerable.Range(0, N).Select(n => new[] { context[n], context[N + n] }), query];
            loss += transformer.Gradient(VectorCases.Matrix(task.Tasks[0]), X, true, gradient) / B;
            for (int i = 0; i < 16; i++)
                expected[i] -= 0.1 * gradient[i] / B;
        }

        Expect.Relative("weights", expected, training.Weights.All, rounding);
        Expect.Relative("loss of the epoch", loss, training.EpochLoss, rounding);
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_also_when_continued_or_cancelled()
    {
        VectorDescentOptions options = new() { EpochRate = 0.3, BatchSize = 2 };
        VectorWeights start = VectorWeights.Random(3, 0.1, 4);
        var whole = new VectorDescent(Short, start, options, 5);
        whole.Run(6, null, Token);

        var first = new VectorDescent(Short, start, options, 5);
        Assert.False(first.Run(6, training => training.Epoch < 3, Token), "the observer stopped it");
        Assert.Equal(3, first.Epoch);
        var second = new VectorDescent(Short, first.Weights, options, 5, first.Updates);
        using var cancelled = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => second.Run(6, training =>
        {
            cancelled.Cancel();
            return true;
        }, cancelled.Token));
        Assert.Equal(4, second.Epoch);
        second.Run(6, null, Token);
        Expect.SameBits("weights", whole.Weights.All, second.Weights.All);
        Expect.SameBits("loss", [whole.EpochLoss], [second.EpochLoss]);

        var other = new VectorDescent(Short, start, options, 6);
        other.Run(6, null, Token);
        Assert.NotEqual(whole.Weights.All.ToArray(), other.Weights.All.ToArray());
        var ordered = new VectorDescent(Short, start, options with { Shuffle = false }, 5);
        ordered.Run(6, null, Token);
        Assert.NotEqual(whole.Weights.All.ToArray(), ordered.Weights.All.ToArray());
    }

    [Fact]
    public void Nothing_is_allocated_an_update()
    {
        var training = new VectorDescent(Short, VectorWeights.Aligned(3, 0.1), new() { EpochRate = 0.1, BatchSize = 2 }, 1);
        training.RunEpoch(Token); // compiles
        long before = GC.GetAllocatedBytesForCurrentThread();
        training.RunEpoch(Token);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_point_has_the_exact_loss_of_reduced_weights()
    {
        var training = new VectorDescent(Short, VectorWeights.Aligned(3, 0.1), new() { EpochRate = 0.1 }, 1);
        Expect.Relative("loss at the start", FiniteContextFlow.Solve(Short, VectorWeights.Aligned(3, 0.1), 1, [0])[0].Loss, training.Point().Loss, 1e-12);
        Assert.Equal(0, training.Point().Time);
        Assert.False(training.DrawsTokens, "N > D");
    }

    [Fact]
    public void Divergence_and_misuse_are_named()
    {
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        var training = new VectorDescent(Short, start, new() { EpochRate = 1e4 }, 1);
        Assert.Throws<DivergedException>(() => training.Run(50, null, Token));
        Assert.Throws<ArgumentException>(() => new VectorDescent(Short, start, new() { EpochRate = 0 }, 1));
        Assert.Throws<ArgumentException>(() => new VectorDescent(Short, start, new() { EpochRate = 1, BatchSize = 0 }, 1));
        Assert.Throws<ArgumentException>(() => new VectorDescent(Short, VectorWeights.Aligned(2, 0.1), new() { EpochRate = 1 }, 1));
        Assert.Contains("train all blocks instead",
            Assert.Throws<ArgumentException>(() => new VectorDescent(Short, VectorWeights.Random(3, 0.1, 1, allBlocks: true), new() { EpochRate = 1 }, 1)).Message, StringComparison.Ordinal);
        Assert.Contains("must be zero", Assert.Throws<ArgumentException>(() => MatrixFlow.Solve(Short, VectorWeights.Random(3, 0.1, 1, allBlocks: true), 1, [1])).Message, StringComparison.Ordinal);
        Assert.Contains("ascend", Assert.Throws<ArgumentException>(() => MatrixFlow.Solve(Short, start, 1, [2, 1])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_half_time_is_interpolated_between_points()
    {
        VectorPoint[] course = [new(0, 1, [0.1], [1]), new(2, 1, [0.3], [1]), new(4, 1, [0.8], [1])];
        Assert.Equal(2.8, VectorPoint.HalfTime(course, 0, 1), 12);
        Assert.Equal(2.4, VectorPoint.HalfTime(course, 0), 12);
        Assert.Equal(0, VectorPoint.HalfTime(course, 0, 0.2), 12);
        Assert.True(double.IsNaN(VectorPoint.HalfTime(course, 0, 2)), "never reached");
    }
}
