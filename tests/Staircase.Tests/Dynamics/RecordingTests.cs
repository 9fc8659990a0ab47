namespace Staircase.Tests.Dynamics;

/// <summary>What of a training is kept: rows, strengths and weights by their schedules.</summary>
public class RecordingTests
{
    private const int Steps = 103;

    public static TheoryData<string?, string?> Schedules => new()
    {
        { "every:1", null },
        { "every:10", "every:25" },
        { "log:4", "every:1000" },
        { "every:1000", "log:3" },
        { null, "every:7" },
    };

    [Theory]
    [MemberData(nameof(Schedules))]
    public void Rows_and_weights_follow_their_schedules_and_have_the_first_and_the_last(string? rows, string? weights)
    {
        Schedule row = rows is null ? Schedule.All : Schedule.Parse(rows);
        Schedule? keep = weights is null ? null : Schedule.Parse(weights);
        var recording = new Recording { Rows = row, Weights = keep };
        var (model, loss, start, end) = FlowCases.Case("merged");
        var options = new FlowOptions { RelativeTolerance = 1e-3 };
        Trajectory all = Descent.Run(model, loss, start, new GradientDescent(0.1), Steps);
        Trajectory flow = GradientFlow.Solve(model, loss, start, end, options: options);
        Check(Descent.Run(model, loss, start, new GradientDescent(0.1), Steps, recording), all);
        Check(GradientFlow.Solve(model, loss, start, end, recording, options), flow);

        void Check(Trajectory training, Trajectory whole)
        {
            long last = whole.Steps[^1];
            Assert.Equal(
                [.. whole.Steps.Where(step => row.Includes(step) || keep?.Includes(step) == true || step == last)], training.Steps);
            Assert.Equal(0, training.Steps[0]);
            Assert.Equal(
                keep is null ? [last] : whole.Steps.Where(step => keep.Includes(step) || step == last),
                training.Checkpoints.Select(at => at.Step));
            foreach ((long step, double value, double time) in training.Steps.Zip(training.Losses, training.Times!))
            {
                DynamicsAssert.SameBits($"loss at step {step}", whole.Losses[(int)step], value);
                DynamicsAssert.SameBits($"time at step {step}", whole.Times![(int)step], time);
            }

            foreach (Checkpoint at in training.Checkpoints)
            {
                DynamicsAssert.SameBits($"loss of the weights kept at step {at.Step}", whole.Losses[(int)at.Step], at.Loss);
                DynamicsAssert.SameBits($"time of the weights kept at step {at.Step}", whole.Times![(int)at.Step], at.Time!.Value);
                double again = new Objective(model, loss).Evaluate(at.Weights);
                DynamicsAssert.Near($"loss at the weights kept at step {at.Step}", at.Loss, again, 1e-12 * whole.Losses[0]);
            }

            DynamicsAssert.SameBits("last weights", whole.FinalWeights, training.FinalWeights);
        }
    }

    [Fact]
    public void Strengths_are_those_of_the_basis_and_without_one_they_are_refused()
    {
        RegressionTask task = RegressionTask.Create(Spectrum.Linear(3), 20).InRandomBasis(4);
        var model = new MergedAttention(3, 2);
        double[] start = model.Initialize(0.1, 3), expected = new double[3];
        foreach (Recording recording in (Recording[])[Recording.Of(task), Recording.Of(ModeMoments.Of(task))])
        {
            Trajectory training = Descent.Run(model, task.PopulationLoss(), start, new Momentum(0.02), 120, recording);
            Assert.Equal("loss m1 m2 m3", string.Join(" ", training.Columns.Select(column => column.Name)));
            Assert.Equal([0, 50, 100, 120], training.Checkpoints.Select(at => at.Step));
            foreach (Checkpoint at in training.Checkpoints)
            {
                new ModeBasis(3, task.Basis).Strengths(model.InContextMatrix(at.Weights), expected);
                DynamicsAssert.Near($"strengths at step {at.Step}", expected, training.StrengthsAt((int)at.Step), 1e-12);
            }
        }

        Trajectory bare = Descent.Run(model, task.PopulationLoss(), start, new Momentum(0.02), 5);
        Assert.Equal("loss", Assert.Single(bare.Columns).Name);
        Assert.Throws<InvalidOperationException>(() => bare.StrengthsAt(0));
        Assert.Throws<InvalidOperationException>(() => bare.HalfWay(ModeMoments.Of(task)));
        Assert.Contains("there are loss", Assert.Throws<KeyNotFoundException>(() => bare["m1"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Strengths_of_an_objective_without_an_in_context_matrix_are_refused()
    {
        var task = new VectorRegressionTask(Spectrum.Of(2, 1), 10, TaskSet.Diagonal(2, 4, 1));
        var recording = new Recording { Modes = new ModeBasis(2, null) };
        double[] start = VectorWeights.Aligned(2, 0.1).InContext.ToArray();
        Assert.Throws<ArgumentException>(() => Descent.Run(new VectorLoss(task), start, new GradientDescent(0.1), 3, recording));
        Assert.Throws<ArgumentException>(() => GradientFlow.Solve(new VectorLoss(task), start, 1, recording));
    }

    [Fact]
    public void Zero_steps_and_a_flow_of_no_time_have_the_start_alone()
    {
        var (model, loss, start, _) = FlowCases.Case("merged");
        Trajectory descent = Descent.Run(model, loss, start, new Adam(0.1), 0), flow = GradientFlow.Solve(model, loss, start, 0);
        foreach (Trajectory training in (Trajectory[])[descent, flow])
        {
            Assert.Equal([0], training.Steps);
            DynamicsAssert.SameBits("weights", start, training.FinalWeights);
        }
    }
}
