namespace Staircase.Tests.Dynamics;

/// <summary>The table of a recorded training: what it finds, and what it refuses.</summary>
public class TrajectoryTests
{
    /// <summary>Full strengths 0.86 and 1.6: half-way are 0.43 and 0.8.</summary>
    private static readonly ModeMoments Moments = ModeMoments.Of(RegressionTask.Create(Spectrum.Of(1, 0.5), 20));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Half_way_is_interpolated_between_rows(bool hasTime)
    {
        double[] half = [Moments.FullStrength(0) / 2, Moments.FullStrength(1) / 2];
        var training = new Trajectory([Column.Loss, .. Column.Strengths(2)], hasTime);
        training.Add(0, 0, [1, 0, 0]);
        training.Add(10, 40, [1, half[0] / 2, 0]);
        training.Add(20, 80, [1, 2 * half[0], half[1] / 2]);
        double unit = hasTime ? 4 : 1;
        DynamicsAssert.Near(
            "half-way of mode 1, a third of the way from ½ to 2", unit * (10 + 10.0 / 3), training.HalfWay(Moments)[0], 1e-12);
        Assert.Equal(double.PositiveInfinity, training.HalfWay(Moments)[1]);
        training.Add(30, 120, [1, 0, half[1]]);
        Assert.Equal(unit * 30, training.HalfWay(Moments)[1], 1e-12);
        DynamicsAssert.Near("the first time counts", unit * (10 + 10.0 / 3), training.HalfWay(Moments)[0], 1e-12);
    }

    [Fact]
    public void A_mode_that_begins_beyond_half_way_is_there_at_once()
    {
        var training = new Trajectory([Column.Loss, .. Column.Strengths(2)], hasTime: true);
        training.Add(0, 0, [1, 1, double.NaN]);
        training.Add(1, 2, [1, 0, 1]);
        Assert.Equal(0, training.HalfWay(Moments)[0]);
    }

    [Fact]
    public void Weights_on_a_plateau_are_those_nearest_to_its_middle()
    {
        var training = new Trajectory([Column.Loss], hasTime: true)
        {
            Checkpoints = [.. new double[] { 0, 10, 14, 30 }.Select((time, i) => new Checkpoint(i, time, 1, [time]))],
        };
        Assert.Equal(14, On(8, 20));
        Assert.Equal(10, On(2, 20));
        Assert.Equal(0, On(0, 9)); // the start is on the first plateau
        Assert.Null(On(10, 14)); // the ends of a plateau are half-way down a drop
        Assert.Null(On(15, 29));

        double? On(double start, double end) => training.CheckpointOn(new MeasuredPlateau(1, start, end))?.Weights[0];
    }

    [Fact]
    public void Without_time_weights_are_found_by_step()
    {
        var training = new Trajectory([Column.Loss], hasTime: false) { Checkpoints = [new(3, null, 1, [3]), new(7, null, 1, [7])] };
        Assert.Equal(7, training.CheckpointOn(new MeasuredPlateau(1, 2, 9))!.Step);
        Assert.Equal(3, training.CheckpointOn(new MeasuredPlateau(1, 2, 5))!.Step);
    }

    [Fact]
    public void The_first_rows_are_the_training_up_to_there()
    {
        var (model, loss, weights, end) = FlowCases.Case("merged");
        Recording recording = new() { Modes = new ModeBasis(3, null), Weights = Schedule.Every(4) };
        Trajectory whole = GradientFlow.Solve(model, loss, weights, end, recording);
        foreach (int rows in (int[])[1, 11, whole.Count, whole.Count + 5])
        {
            Trajectory taken = whole.Take(rows);
            int count = Math.Min(rows, whole.Count);
            Assert.Equal(whole.Steps.Take(rows), taken.Steps);
            foreach (Column column in whole.Columns)
                DynamicsAssert.SameBits(column.Name, [.. whole[column.Name].Take(rows)], [.. taken[column.Name]]);
            DynamicsAssert.SameBits("times", [.. whole.Times!.Take(rows)], [.. taken.Times!]);
            Assert.Equal(whole.Checkpoints.Where(at => at.Step <= whole.Steps[count - 1]), taken.Checkpoints);
        }

        Assert.Equal(0, whole.Take(0).Count);
        Assert.Throws<InvalidOperationException>(() => whole.Take(0).FinalWeights);
    }

    [Fact]
    public void The_row_of_a_step_is_the_last_up_to_it()
    {
        var training = new Trajectory([Column.Loss], hasTime: false);
        foreach (long step in (long[])[0, 4, 9])
            training.Add(step, null, [1]);
        Assert.Equal([0, 0, 0, 0, 1, 1, 1, 1, 1, 2, 2], Enumerable.Range(0, 11).Select(step => training.RowOf(step)));
    }

    [Fact]
    public void Rows_that_cannot_be_are_refused()
    {
        var training = new Trajectory([Column.Loss], hasTime: true);
        training.Add(5, 1, [1]);
        Assert.Throws<ArgumentException>(() => training.Add(5, 2, [1]));
        Assert.Throws<ArgumentException>(() => training.Add(6, 2, [1, 2]));
        Assert.Throws<ArgumentException>(() => training.Add(6, null, [1]));
        Assert.Equal((1, 1, 1), (training.Count, training.Steps.Count, training.Times!.Count));
        training.Add(6, 2, [1]);
        Assert.Equal([1, 2], training.Positions);
        Assert.Equal("loss", Assert.Single(training.Of(ColumnKind.Loss)).Name);
        Assert.Empty(training.Of(ColumnKind.Strength));
    }
}
