namespace Staircase.Tests;

/// <summary>Online training on vector-valued tasks: what it follows, and that it is repeatable.</summary>
public class VectorTrainingTests
{
    private static readonly VectorRegressionTask Short = new(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 200, 1));

    /// <summary>
    /// S = (2, 1, ½), N = 10: 50,000 updates of 4 contexts, eight times; each mode's distance from both theories over the second half of
    /// training.
    /// </summary>
    [Fact]
    public void It_follows_the_exact_flow_and_not_the_closed_form()
    {
        // Standard errors of eight trainings; 4.5 are exceeded by chance in 1 of 360 for t with 7 degrees of freedom, and the seeds are
        // fixed.
        const double agrees = 4.5, disagrees = 10;
        const double rate = 0.2;
        const int epochs = 250, trainings = 8;
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        double[] times = VectorCases.Times(epochs, 1);
        IReadOnlyList<VectorPoint> exact = FiniteContextFlow.Solve(Short, start, rate, times);
        IReadOnlyList<VectorPoint> closed = new ModeDynamics(Short, start, rate).Course(times);
        double[][] fromExact = new double[trainings][], fromClosed = new double[trainings][];
        Parallel.For(0, trainings, k =>
        {
            Descent<double> training = VectorCases.Training(Short, start, rate, new() { BatchSize = 4 }, (ulong)k);
            double[] a = fromExact[k] = new double[3], b = fromClosed[k] = new double[3];
            for (int epoch = 1; epoch <= epochs; epoch++)
            {
                Advance(training, epoch * Short.Tasks.Count);
                double[] strengths = Weights(training).Strengths();
                for (int i = 0; i < 3 && epoch > epochs / 2; i++)
                {
                    a[i] += (strengths[i] - exact[epoch].Strengths[i]) / (epochs / 2);
                    b[i] += (strengths[i] - closed[epoch].Strengths[i]) / (epochs / 2);
                }
            }
        });
        for (int i = 0; i < 3; i++)
        {
            (double mean, double error) = Statistics.Mean(fromExact.Select(row => row[i]));
            (double far, double farError) = Statistics.Mean(fromClosed.Select(row => row[i]));
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"mode {i + 1}: {mean:F5} ± {error:F5} from the exact flow, {far:F5} from the closed form");
            Expect.WithinErrors($"mode {i + 1} minus the exact flow", 0, mean, error, agrees);
            Assert.True(
                Math.Abs(far) > disagrees * farError,
                $"mode {i + 1} is {Math.Abs(far) / farError:F1} standard errors from the closed form");
        }
    }

    /// <summary>
    /// All blocks, on tasks with their negatives: p₁ and q₂ stay at the level of noise, and p₂ and q₁ where the reduced flow has them.
    /// </summary>
    [Fact]
    public void All_blocks_follow_the_reduced_flow_for_symmetric_tasks()
    {
        const double noise = 0.05; // of strengths and blocks at η = 5e-4, measured 0.02
        var task = new VectorRegressionTask(Spectrum.Of(2, 1, 0.5), 10, TaskSet.Diagonal(3, 200, 1).WithNegatives());
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        Descent<double> training = VectorCases.Training(task, start, 0.2, new() { BatchSize = 5, AllBlocks = true }, 3);
        Advance(training, 150 * task.Tasks.Count);
        VectorWeights end = Weights(training);
        double[] exact = FiniteContextFlow.Solve(task, start, 0.2, [150])[0].Strengths, strengths = end.Strengths();
        for (int i = 0; i < 3; i++)
            Assert.InRange(strengths[i], exact[i] - noise, exact[i] + noise);
        foreach (double weight in (double[])[.. end.ValueInput, .. end.KeyQueryLabel])
            Assert.InRange(weight, -noise, noise);
        Assert.False(end.IsReduced, "all blocks are trained");
    }

    /// <summary>
    /// Seeded alike, p₁q₂ grows as p₂q₁ does where tasks are diagonal, and lags behind where their entries are independent: zero is a
    /// saddle for p₁ and q₂.
    /// </summary>
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
            var task = new VectorRegressionTask(Spectrum.Of(2, 1.5, 1), 100, tasks);
            Descent<double> training = VectorCases.Training(task, start, 0.02, new() { BatchSize = 5, AllBlocks = true }, 3);
            VectorWeights at = Weights(training);
            for (int epoch = 1; epoch <= 1000 && at.Strengths()[0] < 0.05; epoch++)
                Advance(training, epoch * tasks.Count);
            return (at.Strengths()[0], at.ValueInput[0] * at.KeyQueryLabel[0]);
        }
    }

    public static TheoryData<string> Optimizers => ["descent", "momentum", "adam", "muon"];

    /// <summary>
    /// Some epochs of every optimizer beside the transformer written out on the same tokens and the optimizer's own formula.
    /// </summary>
    [Theory]
    [MemberData(nameof(Optimizers))]
    public void Training_is_the_optimizer_on_the_gradients_of_its_tokens(string name)
    {
        const double rounding = 1e-11; // of 15 steps; a polar factor magnifies it by the condition number of a 2×2 matrix
        const int N = 4, B = 3, P = 3, steps = 5 * P;
        const double η = 0.02, μ = 0.9, β1 = 0.9, β2 = 0.999, ε = 1e-8;
        var task = new VectorRegressionTask(Spectrum.Of(2, 1), N, TaskSet.Gaussian(2, P, 1));
        IOptimizer optimizer = name switch
        {
            "descent" => new GradientDescent(η),
            "momentum" => new Momentum(η, μ),
            "adam" => new Adam(η, β1, β2, ε),
            _ => new Muon(η, μ),
        };
        VectorWeights start = VectorWeights.Random(2, 0.3, 2, allBlocks: true);
        var objective = new VectorObjective(task, new() { BatchSize = B, AllBlocks = true, Tokens = true, Shuffle = false }, 9);
        Assert.True(objective.DrawsTokens, "tokens were asked for");
        var training = new Descent<double>(objective, optimizer, start.All);

        VectorWeights expected = start.Copy();
        double[] first = new double[16], second = new double[16];
        for (int step = 0; step < steps; step++)
        {
            (double loss, double[] gradient) = NaiveUpdate(task, expected, B, seed: 9, step);
            Expect.Relative($"{name}: loss of step {step}", loss, training.Advance(), rounding);
            for (int i = 0; i < 16; i++)
            {
                first[i] = name == "adam" ? β1 * first[i] + (1 - β1) * gradient[i] : μ * first[i] + gradient[i];
                second[i] = β2 * second[i] + (1 - β2) * gradient[i] * gradient[i];
                expected.All[i] -= η * name switch
                {
                    "descent" => gradient[i],
                    "momentum" => first[i],
                    "adam" => first[i] / (1 - Math.Pow(β1, step + 1)) / (Math.Sqrt(second[i] / (1 - Math.Pow(β2, step + 1))) + ε),
                    _ => 0,
                };
            }

            for (int block = 0; block < 16 && name == "muon"; block += 4)
            {
                double[] polar = NaivePolarFactor(first.AsSpan(block, 4));
                for (int i = 0; i < 4; i++)
                    expected.All[block + i] -= η * polar[i];
            }

            Expect.Relative($"{name}: weights after step {step}", expected.All, training.State.Weights, rounding);
        }

        Assert.True(
            start.All.ToArray().Zip(expected.All.ToArray(), (a, b) => Math.Abs(a - b)).Max() > 0.01,
            $"{name}: the weights must have moved");
    }

    /// <summary>The loss of an epoch is the mean of its updates' losses, each before its update, and begins anew with the next.</summary>
    [Fact]
    public void The_loss_of_an_epoch_is_the_mean_over_its_updates()
    {
        var objective = new VectorObjective(Short, new() { BatchSize = 2 }, 3);
        var training = new Descent<double>(objective, new GradientDescent(1e-3), VectorWeights.Aligned(3, 0.1).All);
        Assert.True(double.IsNaN(objective.EpochLoss), "nothing was evaluated");
        for (int epoch = 0; epoch < 3; epoch++)
        {
            double sum = 0;
            for (int k = 0; k < Short.Tasks.Count; k++)
                sum += training.Advance();
            Expect.Relative($"loss of epoch {epoch}", sum / Short.Tasks.Count, objective.EpochLoss, 1e-12);
        }
    }

    /// <summary>With zero weights the loss ½‖Wx_q‖² of W = cI tells which task a step has, as x_q is known.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_epoch_visits_every_task_once(bool shuffle)
    {
        const int P = 7, epochs = 20;
        double[][,] maps = [.. Enumerable.Range(1, P).Select(c => new double[,] { { c, 0 }, { 0, c } })];
        var task = new VectorRegressionTask(Spectrum.Of(2, 1), 5, TaskSet.Of(maps));
        int[][] Orders(ulong seed)
        {
            var objective = new VectorObjective(task, new() { Shuffle = shuffle }, seed);
            var source = new ContextSource(task.Spectrum, 5);
            double[] weights = new double[8], gradient = new double[8], context = new double[4], query = new double[2];
            int Task(int step)
            {
                var random = new RandomStream(seed, RandomPurpose.Inputs, step);
                source.Draw(ref random, context, query);
                objective.Draw(step);
                return (int)Math.Round(Math.Sqrt(2 * objective.Evaluate(weights, gradient) / (query[0] * query[0] + query[1] * query[1])));
            }

            return [.. Enumerable.Range(0, epochs).Select(epoch => Enumerable.Range(0, P).Select(k => Task(epoch * P + k)).ToArray())];
        }

        int[][] orders = Orders(4);
        foreach (int[] order in orders)
            Assert.Equal(Enumerable.Range(1, P), shuffle ? order.Order() : order);
        Assert.Equal(orders, Orders(4));
        if (!shuffle)
            return;
        Assert.True(
            orders.Select(order => string.Join(' ', order)).Distinct(StringComparer.Ordinal).Count() > epochs / 2,
            "every epoch has an order of its own");
        Assert.NotEqual(orders, Orders(5));
    }

    [Fact]
    public void The_same_seed_gives_the_same_bits_also_when_continued()
    {
        VectorObjectiveOptions options = new() { BatchSize = 2 };
        VectorWeights start = VectorWeights.Random(3, 0.1, 4);
        int epoch = Short.Tasks.Count;
        (double[] whole, double wholeLoss) = Train(options, 5, null);
        foreach (int stop in (int[])[3 * epoch, 3 * epoch + 17])
        {
            (double[] continued, double loss) = Train(options, 5, stop);
            Expect.SameBits($"weights, stopped at step {stop}", whole, continued);
            Expect.SameBits($"loss of the last epoch, stopped at step {stop}", [wholeLoss], [loss]);
        }

        Assert.NotEqual(whole, Train(options, 6, null).Weights);
        Assert.NotEqual(whole, Train(options with { Shuffle = false }, 5, null).Weights);

        (double[] Weights, double EpochLoss) Train(VectorObjectiveOptions how, ulong seed, int? stop)
        {
            var optimizer = new GradientDescent(0.3 / epoch);
            var objective = new VectorObjective(Short, how, seed);
            var training = new Descent<double>(objective, optimizer, start.All);
            if (stop is { } step)
            {
                Advance(training, step);
                objective = new VectorObjective(Short, how, seed);
                DescentState<double> at = training.State;
                var state = new DescentState<double> { Weights = [.. at.Weights], Memory = [], Step = step, FirstLoss = at.FirstLoss };
                training = new Descent<double>(objective, optimizer, state);
            }

            Advance(training, 6 * epoch);
            return (training.State.Weights, objective.EpochLoss);
        }
    }

    [Fact]
    public void A_point_has_the_exact_loss_of_reduced_weights()
    {
        VectorWeights start = VectorWeights.Aligned(3, 0.1);
        double exact = new VectorLoss(Short).Evaluate(start.InContext, new double[18]);
        Expect.Relative("loss at the start", FiniteContextFlow.Solve(Short, start, 1, [0])[0].Loss, exact, 1e-12);
        VectorPoint point = VectorPoint.Of(7, exact, start);
        Assert.Equal((7, exact), (point.Time, point.Loss));
        Expect.SameBits("strengths", start.Strengths(), point.Strengths);
        Assert.False(new VectorObjective(Short, new(), 1).DrawsTokens, "N > D");
    }

    [Fact]
    public void Divergence_and_misuse_are_named()
    {
        VectorWeights start = VectorWeights.Aligned(3, 0.1), random = VectorWeights.Random(3, 0.1, 1, allBlocks: true);
        Descent<double> training = VectorCases.Training(Short, start, 1e4, new(), 1);
        Assert.Throws<DivergedException>(() => Advance(training, 50 * Short.Tasks.Count));
        Assert.Throws<ArgumentException>(() => new VectorObjective(Short, new() { BatchSize = 0 }, 1));
        Assert.Throws<ArgumentException>(() => VectorCases.Training(Short, VectorWeights.Aligned(2, 0.1), 1, new(), 1));
        Assert.Throws<InvalidOperationException>(() => new VectorObjective(Short, new(), 1).Evaluate(start.InContext, new double[18]));
        Refused("train all blocks instead", () => VectorCases.Training(Short, random, 1, new(), 1));
        Refused("must be zero", () => MatrixFlow.Solve(Short, random, 1, [1]));
        Refused("ascend", () => MatrixFlow.Solve(Short, start, 1, [2, 1]));
        Refused("must be positive", () => MatrixFlow.Solve(Short, start, 0, [1]));
        Refused("must be finite", () => MatrixFlow.Solve(Short, VectorWeights.Aligned(3, double.NaN), 1, [1]));

        static void Refused(string why, Func<object> make) =>
            Assert.Contains(why, Assert.Throws<ArgumentException>(() => make()).Message, StringComparison.Ordinal);
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

    private static void Advance(Descent<double> training, long until)
    {
        while (training.Step < until)
            training.Advance();
    }

    /// <summary>A view of the current weights.</summary>
    private static VectorWeights Weights(Descent<double> training) =>
        new((int)Math.Sqrt(training.State.Weights.Length / 4), training.State.Weights);

    /// <summary>The loss and the gradient that one update sees, tasks in the order of their set.</summary>
    private static (double Loss, double[] Gradient) NaiveUpdate(
        VectorRegressionTask task, VectorWeights weights, int batch, ulong seed, int step)
    {
        int D = task.InputDimension, N = task.ContextLength;
        double[] one = new double[4 * D * D], sum = new double[4 * D * D], context = new double[D * N], query = new double[D];
        var source = new ContextSource(task.Spectrum, N, tokens: true);
        var transformer = new NaiveVectorTransformer(weights, elsewhere: 3);
        var random = new RandomStream(seed, RandomPurpose.Inputs, step);
        double loss = 0;
        for (int b = 0; b < batch; b++)
        {
            source.Draw(ref random, context, query);
            double[][] X = [.. Enumerable.Range(0, N).Select(n => Enumerable.Range(0, D).Select(d => context[d * N + n]).ToArray()), query];
            loss += transformer.Gradient(VectorCases.Matrix(task.Tasks[step % task.Tasks.Count]), X, true, one) / batch;
            for (int i = 0; i < sum.Length; i++)
                sum[i] += one[i] / batch;
        }

        return (loss, sum);
    }

    /// <summary>
    /// The orthogonal factor of a 2×2 matrix by its trace and its determinant: M plus or minus its cofactors, normalized.
    /// </summary>
    private static double[] NaivePolarFactor(ReadOnlySpan<double> M)
    {
        double sign = Math.Sign(M[0] * M[3] - M[1] * M[2]);
        double[] sum = [M[0] + sign * M[3], M[1] - sign * M[2], M[2] - sign * M[1], M[3] + sign * M[0]];
        double length = Math.Sqrt(sum[0] * sum[0] + sum[1] * sum[1]);
        return [.. sum.Select(x => x / length)];
    }
}
