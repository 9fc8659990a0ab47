using Staircase.Kernels;

namespace Staircase.Transformers.Tests;

public class SoftmaxObjectiveTests
{
    /// <summary>Sums of a few hundred terms of size one, and an exponential good to an ulp or two.</summary>
    private const double Rounding = 1e-13;

    /// <summary>Fourth-order differences of step 1e-3: truncation 1e-12 of derivatives of order one, rounding 1e-13.</summary>
    private const double Differences = 1e-9;

    public static TheoryData<string, int, int, int> Cases => new()
    {
        // model, D, context, sequences: whole and cut blocks, tokens by fours and not, one chunk and several
        { "merged H8", 4, 31, 40 },
        { "merged H2", 2, 3, 300 },
        { "merged H1", 1, 1, 1 },
        { "merged H3", 7, 4, 9 },
        { "merged H2", 3, 130, 7 },
        { "separate H5 R1", 4, 31, 40 },
        { "separate H3 R2", 8, 6, 17 },
        { "separate H2 R5", 5, 9, 8 },
    };

    [Theory]
    [MemberData(nameof(Cases))]
    public void Loss_is_the_naive_one(string name, int D, int context, int count)
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make(name, D, context, count);
        foreach ((double temperature, bool seesQuery) in ((double, bool)[])[(1, true), (0.3, true), (5, true), (1, false), (0.3, false)])
        {
            SoftmaxObjective objective = SoftmaxObjective.FullBatch(model, data, temperature, seesQuery: seesQuery);
            double expected = NaiveSoftmaxAttention.Loss(model, weights, data, temperature, seesQuery);

            double actual = objective.Evaluate(weights, new double[weights.Length]);

            string what = $"{name}, ρ = {temperature}, {(seesQuery ? "query seen" : "context alone")}";
            Near($"loss of {what}", expected, actual, Rounding, expected);
            Near($"loss alone of {what}", expected, objective.Evaluate(weights), Rounding, expected);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradient_is_the_difference_quotient_of_the_naive_loss(string name, int D, int context, int count)
    {
        const double step = 1e-3, temperature = 0.8;
        (AttentionModel model, double[] weights, ISequenceSource data) = Make(name, D, context, count);
        var gradient = new double[weights.Length];
        foreach (bool seesQuery in (bool[])[true, false])
        {
            SoftmaxObjective.FullBatch(model, data, temperature, seesQuery: seesQuery).Evaluate(weights, gradient);
            double size = gradient.Max(Math.Abs);

            for (int i = 0; i < weights.Length; i++)
            {
                double At(double shift)
                {
                    double[] moved = [.. weights];
                    moved[i] += shift;
                    return NaiveSoftmaxAttention.Loss(model, moved, data, temperature, seesQuery);
                }

                double expected = (8 * (At(step) - At(-step)) - (At(2 * step) - At(-2 * step))) / (12 * step);
                Near($"∂L/∂W[{i}] of {name}, {(seesQuery ? "query seen" : "context alone")}", expected, gradient[i], Differences, size);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(8)]
    public void Any_number_of_threads_gives_the_same_bits(int threads)
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make("separate H3 R2", 4, 31, 1000);
        double[] expected = new double[weights.Length], actual = new double[weights.Length];
        using var one = new ThreadTeam(1);
        using var team = new ThreadTeam(threads);
        double alone = SoftmaxObjective.FullBatch(model, data, team: one).Evaluate(weights, expected);

        double shared = SoftmaxObjective.FullBatch(model, data, team: team).Evaluate(weights, actual);

        Assert.Equal(BitConverter.DoubleToInt64Bits(alone), BitConverter.DoubleToInt64Bits(shared));
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Large_scores_do_not_overflow()
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make("merged H2", 3, 10, 20);
        model.Layout.Slice(weights.AsSpan(), "key_query").Fill(1e4);

        double loss = SoftmaxObjective.FullBatch(model, data).Evaluate(weights, new double[weights.Length]);

        Assert.True(double.IsFinite(loss), $"loss with scores of 10⁴ and more: expected finite, actual {loss}");
    }

    [Fact]
    public void A_step_allocates_nothing()
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make("separate H3 R2", 4, 31, 600);
        SoftmaxObjective full = SoftmaxObjective.FullBatch(model, data), online = SoftmaxObjective.Online(model, data, 64);
        var gradient = new double[weights.Length];
        Step(0);

        // Tests that run at the same time may empty the shared pool now and then; what allocates at every step does so ten times.
        long least = long.MaxValue;
        for (int step = 1; step <= 10; step++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Step(step);
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"bytes allocated by a step: expected 0, actual {least}");

        void Step(long step)
        {
            full.Evaluate(weights, gradient);
            online.Draw(step);
            online.Evaluate(weights, gradient);
        }
    }

    [Fact]
    public void Online_steps_see_their_own_sequences_and_go_round()
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make("merged H2", 3, 5, 10);
        SoftmaxObjective online = SoftmaxObjective.Online(model, data, 4);
        var tokens = new double[6 * 4];
        foreach (long step in (long[])[0, 1, 2, 7, 2])
        {
            double expected = 0;
            for (int i = 0; i < 4; i++)
            {
                double target = data.Read(((step * 4) + i) % 10, tokens);
                double error = NaiveSoftmaxAttention.Predict(model, weights, tokens, 1) - target;
                expected += error * error / 4;
            }

            online.Draw(step);
            Near($"loss of step {step}", expected, online.Evaluate(weights, new double[weights.Length]), Rounding, expected);
        }
    }

    [Fact]
    public void Every_optimizer_and_the_flow_lower_the_loss()
    {
        (AttentionModel model, double[] weights, ISequenceSource data) = Make("separate H3 R2", 3, 8, 50);
        SoftmaxObjective objective = SoftmaxObjective.FullBatch(model, data);
        double start = objective.Evaluate(weights);
        foreach (IOptimizer optimizer in (IOptimizer[])[new GradientDescent(0.01), new Momentum(0.002), new Adam(0.01), new Muon(0.005)])
        {
            Trajectory trajectory = Descent.Run(objective, weights, optimizer, 50);
            double end = trajectory.Losses[^1];
            Assert.True(end < start, $"{optimizer.GetType().Name}: expected the loss to fall from {start}, actual {end}");
        }

        var flow = new GradientFlow(objective, weights, new FlowOptions());
        while (flow.State.Time < 1)
        {
            double last = flow.Loss;
            flow.Advance(1);
            Assert.True(flow.Loss <= last, $"flow at time {flow.State.Time}: expected the loss to fall from {last}, actual {flow.Loss}");
        }

        Assert.True(flow.Loss < start, $"flow: expected the loss to fall from {start}, actual {flow.Loss}");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        (AttentionModel model, _, ISequenceSource data) = Make("merged H2", 3, 5, 10);

        Assert.Equal(
            "The model has input dimension 4, the data 3.", Message(() => SoftmaxObjective.FullBatch(new MergedAttention(4, 2), data)));
        Assert.Equal(
            "Softmax attention needs keys and queries, merged or separate; CubicFeatureNetwork has none.",
            Message(() => SoftmaxObjective.FullBatch(new CubicFeatureNetwork(3, 2), data)));
        Assert.Equal("The temperature must be finite and positive, not 0.", Message(() => SoftmaxObjective.FullBatch(model, data, 0)));
        Assert.Equal("A batch needs at least one sequence, not 0.", Message(() => SoftmaxObjective.Online(model, data, 0)));
        Assert.Equal("The model has 32 parameters, not 5.", Message(() => SoftmaxObjective.FullBatch(model, data).Evaluate(new double[5])));
        Assert.Throws<InvalidOperationException>(() => SoftmaxObjective.Online(model, data, 2).Evaluate(new double[32]));

        static string Message(Action action) => Assert.Throws<ArgumentException>(action).Message;
    }

    private static (AttentionModel Model, double[] Weights, ISequenceSource Data) Make(string name, int D, int context, int count)
    {
        string[] words = name.Split(' ');
        int H = int.Parse(words[1][1..]);
        AttentionModel model = words[0] == "merged" ? new MergedAttention(D, H) : new SeparateAttention(D, H, int.Parse(words[2][1..]));
        double[] weights = model.Initialize(0.5, seed: 3, InitializationScheme.Full);
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(D), context) with { LabelNoise = 0.1 };
        return (model, weights, task.Sample(count, seed: 5));
    }

    private static void Near(string what, double expected, double actual, double relative, double scale)
    {
        double difference = Math.Abs(expected - actual);
        Assert.True(
            difference <= relative * scale,
            $"{what}: expected {expected:R}, actual {actual:R}, difference {difference:E2}, "
            + $"allowed {relative * scale:E2} ({relative:E1} of {scale:G4})");
    }
}
