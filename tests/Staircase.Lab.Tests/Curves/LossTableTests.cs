namespace Staircase.Lab.Tests;

/// <summary>Tables of losses as trackers export them.</summary>
public sealed class LossTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_column_of_steps_wins_over_epochs_and_rows_of_one_step_are_merged()
    {
        LossTable table = Read(
            "epoch,lr-AdamW,step,train_loss,val_loss", ",0.001,49,,", "0,,49,3.3,", "0,,99,3.0,", "0,,99,,3.2", "1,,199,2.5,",
            "1,,199,,2.8");
        Assert.Equal("step", table.StepColumn);
        Assert.Equal([49.0, 99, 199], table.Steps);
        Assert.Equal(["train_loss", "val_loss"], table.Columns.Select(column => column.Name), StringComparer.Ordinal);
        Assert.Equal([3.3, 3.0, 2.5], table.Columns[0].Values);
        Assert.Equal([3.2, 2.8], table.Columns[1].Values.Where(double.IsFinite));
        Assert.Equal(3.0, table.At(1, 149), 12);
        Assert.Empty(table.Notes);
    }

    [Theory]
    [InlineData(
        "\"Step\",\"run-7 - train_loss\",\"run-7 - train_loss__MIN\",\"run-7 - train_loss__MAX\"",
        "\"9\",\"3\",\"2\",\"4\"", "run-7 - train_loss")]
    [InlineData("Wall time,Step,Value", "1700000000.5,9,3", "Value")]
    [InlineData("_runtime,trainer/global_step,train/loss,_timestamp", "1,9,3,17", "train/loss")]
    [InlineData("epoch;iteration;loss", "1;9;3", "loss")]
    [InlineData("iter\tloss\tepoch", "9\t3\t1", "loss")]
    [InlineData("# step loss", "9   3", "loss")]
    [InlineData("name,step,note,error", "a,9,\"x, \"\"y\"\"\",3", "error")]
    public void Exports_of_other_programs_are_read(string header, string row, string loss)
    {
        LossTable table = Read(header, row);
        (string name, double[] values) = Assert.Single(table.Columns);
        Assert.Equal(loss, name);
        Assert.Equal([9.0], table.Steps);
        Assert.Equal([3.0], values);
    }

    [Fact]
    public void What_has_to_be_known_of_a_table_is_said()
    {
        Assert.Contains("by 'epoch'", Assert.Single(Read("epoch,loss", "1,2").Notes), StringComparison.Ordinal);
        Assert.Contains("no step", Assert.Single(Read("step,loss", "1,2", ",3", "nan,4").Notes), StringComparison.Ordinal);
        LossTable twice = Read("step,loss", "1,2", "2,3", "2,5");
        Assert.Equal([2.0, 5], twice.Columns[0].Values);
        Assert.Contains("later row", Assert.Single(twice.Notes), StringComparison.Ordinal);
        Assert.Contains(
            "'val_loss'", Assert.Single(Read("step,loss,val_loss", "1,2,", "9,1,").Unmatched([1, 5, 9])), StringComparison.Ordinal);
        Assert.Contains("100 to 200", Assert.Single(Read("step,loss", "100,2", "200,1").Unmatched([1, 5])), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("a,b\n1,2", "'step'")]
    [InlineData("step,loss\n1,3,4", "line 2")]
    [InlineData("step;loss\n1;3,5", "'3,5'")]
    [InlineData("", "empty")]
    [InlineData("step,name\n1,x", "none of numbers")]
    public void What_cannot_be_read_is_said_in_one_line(string text, string part)
    {
        string message = Assert.Throws<InputException>(() => LossTable.Read(_folder.Write("t.csv", text))).Message;
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    private LossTable Read(params string[] lines) => LossTable.Read(_folder.Write("t.csv", string.Join('\n', lines)));
}
