namespace Staircase.Lab.Tests;

public sealed class RecordScheduleTests
{
    [Theory]
    [InlineData("every:1", new long[] { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 })]
    [InlineData("every:5", new long[] { 0, 5, 10 })]
    [InlineData("every:2147483647", new long[] { 0 })]
    [InlineData("log:1", new long[] { 0, 1, 10 })]
    public void Includes_the_steps_it_says(string text, long[] expected) =>
        Assert.Equal(expected, Enumerable.Range(0, 13).Select(step => (long)step).Where(RecordSchedule.Parse(text).Includes));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(10)]
    public void A_logarithmic_schedule_has_as_many_steps_in_every_decade(int perDecade)
    {
        var schedule = new RecordSchedule(true, perDecade);
        for (long decade = 100; decade <= 100_000; decade *= 10)
            Assert.Equal(perDecade, Enumerable.Range(1, (int)(9 * decade)).Count(i => schedule.Includes(decade + i)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("every")]
    [InlineData("every:")]
    [InlineData("every:0")]
    [InlineData("every:-1")]
    [InlineData("every:1.5")]
    [InlineData("every:1:2")]
    [InlineData("log:99999999999")]
    [InlineData("Every:1")]
    public void Anything_else_is_refused(string text) =>
        Assert.Contains($"'{text}'", Assert.Throws<InputException>(() => RecordSchedule.Parse(text)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("every:7")]
    [InlineData("log:20")]
    public void Reads_back(string text) => Assert.Equal(text, RecordSchedule.Parse(text).ToString());
}
