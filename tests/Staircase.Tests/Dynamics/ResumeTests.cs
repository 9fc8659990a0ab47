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

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_flow_taken_up_again_gives_the_same_bits(string name)
    {
        var (model, loss, weights, end) = FlowCases.Case(name);
        foreach (OdeMethod? method in (OdeMethod?[])[null, OdeMethod.DormandPrince, OdeMethod.Chebyshev])
        {
            var options = new FlowOptions { Method = method };
            Trajectory whole = GradientFlow.Solve(model, loss, weights, end, options);
            OdeState finished = Finished(model, loss, weights, options, end);
            int last = whole.Points.Count - 1;
            Assert.True(last > 50, $"{name}: the flow takes {last} steps, too few to interrupt");

            // at every early step, where the controller's memory fills, and across the whole run
            foreach (int stop in (int[])[1, 2, 26, last / 2, last - 1])
            {
                var recorder = new TrajectoryRecorder(null);
                var first = new GradientFlow(new Objective(model, loss), weights, options);
                bool reached = first.Run(end, (in StepReport report) => recorder.Record(report).Step < stop);
                Assert.False(reached);
                GradientFlow second = Restored(first, model, loss, weights, options);
                second.Run(end, (in StepReport report) => recorder.Record(report).Step >= 0);

                AssertSame($"{name}, {method}, stopped at step {stop}", whole, recorder.Points, second.Weights);
                Assert.Equal(finished.Scalars(), second.State.Scalars());
            }
        }
    }

    [Fact]
    public void A_flow_stopped_at_every_step_gives_the_same_bits()
    {
        var (model, loss, weights, end) = FlowCases.Case("separate rank 1");
        var options = new FlowOptions { RelativeTolerance = 1e-4 };
        Trajectory whole = GradientFlow.Solve(model, loss, weights, end, options);
        var recorder = new TrajectoryRecorder(null);
        var flow = new GradientFlow(new Objective(model, loss), weights, options);
        flow.Run(end, (in StepReport report) => recorder.Record(report).Step < 1);
        for (bool reached = false; !reached;)
        {
            flow = Restored(flow, model, loss, weights, options);
            int before = recorder.Points.Count;
            reached = flow.Run(end, (in StepReport report) =>
            {
                recorder.Record(report);
                return false;
            });
            reached = reached || recorder.Points.Count == before || flow.State.Time >= end;
        }

        AssertSame("stopped at every step", whole, recorder.Points, flow.Weights);
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

        Trajectory whole = Descent.Run(model, Loss(), weights, optimizer, steps);
        foreach (int stop in (int[])[0, 1, 2, 31, steps - 1])
        {
            var points = new SortedDictionary<long, TrajectoryPoint>();
            bool Record(in StepReport report)
            {
                points[report.Step] = new TrajectoryRecorder(null).Record(report);
                return true;
            }

            // once stopped by its last step, once by its observer
            foreach (bool byObserver in (bool[])[false, true])
            {
                points.Clear();
                var first = new Descent(new Objective(model, Loss()), optimizer, DescentState.At(weights, model.Layout, optimizer));
                if (byObserver)
                    Assert.False(first.Run(steps, (in StepReport report) => Record(report) && report.Step < stop));
                else
                    Assert.True(first.Run(stop, Record));
                var state = new DescentState { Weights = [.. first.State.Weights], Memory = [.. first.State.Memory], Step = first.State.Step };
                var second = new Descent(new Objective(model, Loss()), optimizer, state);
                Assert.True(second.Run(steps, Record));
                AssertSame($"{optimizerName}, {lossName}, stopped at step {stop}", whole, [.. points.Values], second.State.Weights);
            }
        }

        Assert.True(whole.FinalWeights.Zip(weights, (a, b) => Math.Abs(a - b)).Max() > 0.01, $"{optimizerName}, {lossName}: the weights must have moved");
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

    private static OdeState Finished(AttentionModel model, IAttentionLoss loss, double[] weights, FlowOptions options, double end)
    {
        var flow = new GradientFlow(new Objective(model, loss), weights, options);
        flow.Run(end, (in StepReport _) => true);
        return flow.State;
    }

    /// <summary>What a checkpoint does: numbers out, numbers in, nothing shared.</summary>
    private static GradientFlow Restored(GradientFlow flow, AttentionModel model, IAttentionLoss loss, double[] weights, FlowOptions options)
    {
        OdeState state = OdeState.Restore(flow.State.Scalars(), [.. flow.State.Y], [.. flow.State.Eigenvector]);
        return new GradientFlow(new Objective(model, loss), weights, options, state);
    }

    private static void AssertSame(string what, Trajectory expected, IReadOnlyList<TrajectoryPoint> points, double[] weights)
    {
        Assert.Equal(expected.Points.Count, points.Count);
        for (int i = 0; i < points.Count; i++)
            DynamicsAssert.SameBits(what, expected.Points[i], points[i]);
        DynamicsAssert.SameBits($"{what}: final weights", expected.FinalWeights, weights);
    }
}
