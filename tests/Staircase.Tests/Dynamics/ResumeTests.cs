namespace Staircase.Tests.Dynamics;

/// <summary>A training that is stopped, stored and taken up again gives the bits of one that was not.</summary>
public class ResumeTests
{
    public static TheoryData<string> Cases => [.. FlowCases.Names];

    public static TheoryData<string, string> DescentCases
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string optimizer in (string[])["descent", "momentum", "adam", "muon"])
            {
                data.Add(optimizer, "population");
                data.Add(optimizer, "sample");
                data.Add(optimizer, "online");
            }

            return data;
        }
    }

    private static readonly Recording WithModes = new() { Modes = new ModeBasis(3, null) };

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_flow_taken_up_again_gives_the_same_bits(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        foreach (OdeMethod? method in (OdeMethod?[])[null, OdeMethod.DormandPrince, OdeMethod.Chebyshev])
        {
            var options = new FlowOptions { Method = method };
            Trajectory whole = GradientFlow.Solve(model, loss, weights, end, WithModes, options);
            var finished = new GradientFlow(new Objective(model, loss), weights, options);
            Follow(finished, null, end, long.MaxValue);
            int last = whole.Count - 1;
            Assert.True(last > 50, $"{name}: the flow takes {last} steps, too few to interrupt");

            // at every early step, where the controller's memory fills, and across the whole run
            foreach (int stop in (int[])[1, 2, 26, last / 2, last - 1])
            {
                var objective = new Objective(model, loss);
                var recorder = new Recorder(objective, WithModes, hasTime: true);
                var first = new GradientFlow(objective, weights, options);
                Follow(first, recorder, end, stop);
                Assert.Equal(stop, first.State.Steps);
                GradientFlow second = Restored(first, objective, weights, options);
                Follow(second, recorder, end, long.MaxValue);

                DynamicsAssert.SameBits($"{name}, {method}, stopped at step {stop}", whole, recorder.Trajectory);
                Assert.Equal(finished.State.Scalars(), second.State.Scalars());
            }
        }
    }

    [Fact]
    public void A_flow_stopped_at_every_step_gives_the_same_bits()
    {
        var (model, loss, weights, end) = FlowCases.Case("separate rank 1");
        var options = new FlowOptions { RelativeTolerance = 1e-4 };
        var objective = new Objective(model, loss);
        var recorder = new Recorder(objective, WithModes, hasTime: true);
        var flow = new GradientFlow(objective, weights, options);
        while (flow.State.Time < end)
        {
            Follow(flow, recorder, end, flow.State.Steps + 1);
            flow = Restored(flow, objective, weights, options);
        }

        DynamicsAssert.SameBits(
            "stopped at every step", GradientFlow.Solve(model, loss, weights, end, WithModes, options), recorder.Trajectory);
    }

    [Fact]
    public void A_state_refuses_numbers_that_cannot_be_its_own()
    {
        Assert.Throws<ArgumentException>(() => OdeState.Restore(new double[OdeState.ScalarCount - 1], new double[2], new double[2]));
        Assert.Throws<ArgumentException>(() => OdeState.Restore(new double[OdeState.ScalarCount], new double[2], new double[3]));
    }

    [Theory]
    [MemberData(nameof(DescentCases))]
    public void A_descent_taken_up_again_gives_the_same_bits(string optimizerName, string lossName)
    {
        const int steps = 60;
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 10);
        var model = new SeparateAttention(3, 2, 2);
        double[] weights = model.Initialize(0.3, 2, InitializationScheme.Full);
        IOptimizer optimizer = optimizerName switch
        {
            "descent" => new GradientDescent(0.05),
            "momentum" => new Momentum(0.01),
            "adam" => new Adam(0.01),
            _ => new Muon(0.005),
        };
        IAttentionLoss Loss() => lossName switch
        {
            "population" => task.PopulationLoss(),
            "sample" => QuadraticLoss.From(task.Sample(200, 3)),
            _ => new OnlineLoss(new TokenStatistics(task.Sample(int.MaxValue, 3), task.OutputScale, false), 70),
        };

        Trajectory whole = Descent.Run(model, Loss(), weights, optimizer, steps, WithModes);
        foreach (int stop in (int[])[0, 1, 2, 31, steps - 1])
        {
            // once stopped after an update, once after the loss of the next was evaluated
            foreach (bool evaluated in (bool[])[false, true])
            {
                string what = $"{optimizerName}, {lossName}, stopped at step {stop}";
                var objective = new Objective(model, Loss());
                var recorder = new Recorder(objective, WithModes, whole.HasTime);
                var first = new Descent<double>(objective, optimizer, weights);
                Follow(first, recorder, stop);
                if (evaluated)
                    DynamicsAssert.SameBits($"{what}: loss there", whole.Losses[stop], first.Evaluate());
                var state = new DescentState<double>
                {
                    Weights = [.. first.State.Weights],
                    Memory = [.. first.State.Memory],
                    Step = first.State.Step,
                    FirstLoss = first.State.FirstLoss,
                };
                objective = new Objective(model, Loss());
                var second = new Descent<double>(objective, optimizer, state);
                var rest = new Recorder(objective, WithModes, whole.HasTime);
                Follow(second, rest, steps);
                rest.Record(steps, second.Time, second.Evaluate(), isLast: true, () => second.State.Weights);
                DynamicsAssert.SameBits(what, whole, Joined(recorder.Trajectory, rest.Trajectory));
            }
        }

        double moved = whole.FinalWeights.Zip(weights, (a, b) => Math.Abs(a - b)).Max();
        Assert.True(moved > 0.01, $"{optimizerName}, {lossName}: the weights must have moved");
    }

    [Fact]
    public void Online_training_sees_a_fresh_batch_every_step_and_the_same_one_for_the_same_step()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 10);
        var loss = new OnlineLoss(new TokenStatistics(task.Sample(int.MaxValue, 3), task.OutputScale, false), 70);
        double[] map = new MergedAttention(3, 1).InContextMatrix(new MergedAttention(3, 1).Initialize(0.5, 1)), gradient = new double[9];
        double At(long step)
        {
            loss.Draw(step);
            return loss.Evaluate(map, gradient);
        }

        double[] values = [.. Enumerable.Range(0, 20).Select(step => At(step))];
        Assert.Equal(20, values.Distinct().Count());
        for (int step = 19; step >= 0; step--)
            DynamicsAssert.SameBits($"loss of batch {step}", values[step], At(step));
    }

    [Fact]
    public void A_state_that_fits_neither_objective_nor_optimizer_is_refused()
    {
        var (model, loss, weights, _) = FlowCases.Case("merged");
        var objective = new Objective(model, loss);
        int n = weights.Length;
        foreach ((int count, int memory) in ((int, int)[])[(n - 1, 2 * n), (n, n), (n, 0)])
        {
            var state = new DescentState<double> { Weights = new double[count], Memory = new double[memory] };
            Assert.Throws<ArgumentException>(() => new Descent<double>(objective, new Adam(0.1), state));
        }
    }

    /// <summary>
    /// Divergence is measured by the loss at step 0, which a state carries: 5 here, so that 4 million pass and 6 million do not.
    /// </summary>
    [Fact]
    public void A_descent_taken_up_again_has_the_divergence_rule_of_one_that_was_not()
    {
        double[] losses = [5, 1, 4e6, 0.1, 6e6, 1];
        for (int stop = 0; stop <= 4; stop++)
        {
            var first = new Descent<double>(new GivenLosses(losses), new GradientDescent(1), [0]);
            while (first.Step < stop)
                first.Advance();
            var state = new DescentState<double> { Weights = [0], Memory = [], Step = first.Step, FirstLoss = first.State.FirstLoss };
            var second = new Descent<double>(new GivenLosses(losses), new GradientDescent(1), state);
            while (second.Step < 4)
                second.Advance();
            var failure = Assert.Throws<DivergedException>(() => second.Advance());
            Assert.Equal((4, 6e6), (failure.Step, failure.Loss));
            Assert.Equal(4, second.Step); // the update was not made
        }

        // Without the first loss, step 1 would be taken for it, and 4 million for divergence.
        var forgetful = new Descent<double>(
            new GivenLosses(losses), new GradientDescent(1), new DescentState<double> { Weights = [0], Memory = [], Step = 1 });
        forgetful.Advance();
        Assert.Throws<DivergedException>(() => forgetful.Advance());
    }

    /// <summary>Advances to a step and records every step before it, and the end of the flow.</summary>
    private static void Follow(GradientFlow flow, Recorder? recorder, double end, long stop)
    {
        if (flow.State.Steps == 0)
            recorder?.Record(0, 0, flow.Loss, false, () => flow.Weights);
        while (flow.State.Time < end && flow.State.Steps < stop)
        {
            flow.Advance(end);
            recorder?.Record(flow.State.Steps, flow.State.Time, flow.Loss, flow.State.Time >= end, () => flow.Weights);
        }
    }

    private static void Follow(Descent<double> descent, Recorder recorder, long stop)
    {
        while (descent.Step < stop)
        {
            recorder.Record(descent.Step, descent.Time, descent.Evaluate(), false, () => descent.State.Weights);
            descent.Advance();
        }
    }

    private static Trajectory Joined(Trajectory first, Trajectory rest)
    {
        var joined = new Trajectory(first.Columns, first.HasTime) { Checkpoints = rest.Checkpoints };
        foreach (Trajectory part in (Trajectory[])[first, rest])
        {
            for (int i = 0; i < part.Count; i++)
                joined.Add(part.Steps[i], part.Times?[i], [.. part.Columns.Select(column => part[column.Name][i])]);
        }

        return joined;
    }

    /// <summary>What a checkpoint does: numbers out, numbers in, nothing shared.</summary>
    private static GradientFlow Restored(GradientFlow flow, Objective objective, double[] weights, FlowOptions options)
    {
        OdeState state = OdeState.Restore(flow.State.Scalars(), [.. flow.State.Y], [.. flow.State.Eigenvector]);
        return new GradientFlow(objective, weights, options, state);
    }

    /// <summary>Whose loss at each step is given; the weight does not move.</summary>
    private sealed class GivenLosses(double[] losses) : IObjective<double>
    {
        private long _step;

        public ParameterLayout Layout { get; } = ParameterLayout.Of([("weight", [1])]);

        public void Draw(long step) => _step = step;

        public double Evaluate(ReadOnlySpan<double> weights, Span<double> gradient)
        {
            gradient.Clear();
            return losses[_step];
        }
    }
}
