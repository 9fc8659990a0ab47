namespace Staircase.Tests.Dynamics;

/// <summary>Which steps a schedule takes, and that its ways to ask agree.</summary>
public class ScheduleTests
{
    private const int Steps = 2000;

    public static TheoryData<string> Schedules =>
        ["every:1", "every:2", "every:7", "every:250", "every:5000", "log:1", "log:2", "log:3", "log:10", "log:47", "log:1000"];

    [Theory]
    [MemberData(nameof(Schedules))]
    public void What_is_taken_what_comes_next_and_what_came_last_agree(string text)
    {
        Schedule schedule = Schedule.Parse(text);
        Assert.True(schedule.Includes(0), "step 0 is always taken");
        long last = 0;
        for (long step = 0; step <= Steps; step++)
        {
            if (schedule.Includes(step))
                last = step;
            Assert.Equal(last, schedule.LastUpTo(step));
            long next = step + 1;
            while (next < Steps && !schedule.Includes(next))
                next++;
            Assert.Equal(Math.Min(next, Steps), schedule.NextAfter(step, Steps));
        }
    }

    [Fact]
    public void Every_K_takes_the_multiples_of_K()
    {
        for (int K = 1; K <= 50; K++)
            Assert.Equal(Enumerable.Range(0, Steps).Where(step => step % K == 0), Taken(Schedule.Every(K)));
    }

    /// <summary>
    /// Where K numbers a decade are further apart than 1, each of 10^(i/K) gives one step, the first that reaches it; below, every step is
    /// one.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(10)]
    public void K_a_decade_takes_the_first_step_past_each_of_their_positions(int K)
    {
        double[] positions = [.. Enumerable.Range(0, 4 * K).Select(i => Math.Pow(10, (double)i / K))];
        int[] expected = [0, .. positions.Select(x => (int)Math.Ceiling(x - 1e-9)).Distinct().Where(step => step < Steps)];
        Assert.Equal(expected, Taken(Schedule.PerDecade(K)));
    }

    [Fact]
    public void A_denser_schedule_takes_about_so_many_times_as_many_steps()
    {
        Assert.Equal(Schedule.Every(5), Schedule.Every(20).Denser(4));
        Assert.Equal(Schedule.All, Schedule.Every(3).Denser(4));
        Assert.Equal(Schedule.PerDecade(40), Schedule.PerDecade(10).Denser(4));
    }

    [Fact]
    public void Text_is_read_back_and_nonsense_is_refused()
    {
        foreach (string text in (string[])["every:1", "every:250", "log:30"])
            Assert.Equal(text, Schedule.Parse(text).ToString());
        string[] nonsense = ["", "every", "every:", "every:0", "every:-3", "log:0", "log:1.5", "often:3", "every:3:4", "Every:3"];
        foreach (string text in nonsense)
        {
            Assert.Contains(
                $"found '{text}'", Assert.Throws<FormatException>(() => Schedule.Parse(text)).Message, StringComparison.Ordinal);
        }

        Assert.Equal(Schedule.All, Schedule.Every(0));
        Assert.Equal(int.MaxValue, Schedule.Every(long.MaxValue).Count);
    }

    private static IEnumerable<int> Taken(Schedule schedule) => Enumerable.Range(0, Steps).Where(step => schedule.Includes(step));
}
