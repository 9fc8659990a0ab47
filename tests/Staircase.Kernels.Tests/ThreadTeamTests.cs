namespace Staircase.Kernels.Tests;

public class ThreadTeamTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_part_runs_once(int threads)
    {
        using var team = new ThreadTeam(threads);
        for (int repeat = 0; repeat < 200; repeat++)
        {
            int[] runs = new int[repeat % 37];
            team.Run(runs.Length, part => Interlocked.Increment(ref runs[part]));
            string actual = string.Join(' ', runs);
            Assert.True(Array.TrueForAll(runs, n => n == 1), $"operation {repeat}: expected every part once, actual {actual}");
        }
    }

    [Fact]
    public void A_part_may_start_an_operation_of_its_own()
    {
        using var team = new ThreadTeam(3);
        int[] runs = new int[12];

        team.Run(4, outer => team.Run(3, inner => Interlocked.Increment(ref runs[(outer * 3) + inner])));

        Assert.Equal(Enumerable.Repeat(1, 12), runs);
    }

    [Fact]
    public void Threads_may_ask_for_the_same_team_at_once()
    {
        using var team = new ThreadTeam(2);
        int total = 0;

        Parallel.For(0, 50, _ => team.Run(20, _ => Interlocked.Increment(ref total)));

        Assert.Equal(1000, total);
    }

    [Fact]
    public void An_exception_reaches_the_caller_after_the_other_parts_ran()
    {
        using var team = new ThreadTeam(2);
        int done = 0;

        string message = Assert.Throws<InvalidOperationException>(() => team.Run(10, part =>
        {
            if (part == 3)
                throw new InvalidOperationException("part 3");
            Interlocked.Increment(ref done);
        })).Message;

        Assert.Equal("part 3", message);
        Assert.Equal(9, done);
        team.Run(10, _ => Interlocked.Increment(ref done));
        Assert.Equal(19, done);
    }

    [Fact]
    public void Nothing_is_allocated()
    {
        using var team = new ThreadTeam(2);
        float[] a = new float[200 * 200], c = new float[200 * 200];
        Action<int> part = _ => { };
        Run();

        // Tests that run at the same time may empty the shared pool now and then; what allocates at every call does so ten times.
        long least = long.MaxValue;
        for (int repeat = 0; repeat < 10; repeat++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"bytes allocated by an operation and a product: expected 0, actual {least}");

        void Run()
        {
            team.Run(8, part);
            MatrixProduct.Of(1, a.AsMatrix(200, 200), a.AsMatrix(200, 200).Transposed, c, team: team);
        }
    }

    [Fact]
    public void A_team_of_nobody_is_refused() =>
        Assert.Equal("A team needs at least 1 thread, not 0.", Assert.Throws<ArgumentException>(() => new ThreadTeam(0)).Message);
}
