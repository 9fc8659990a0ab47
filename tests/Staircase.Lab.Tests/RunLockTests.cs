namespace Staircase.Lab.Tests;

public sealed class RunLockTests : IDisposable
{
    private const int Times = 2_000;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A kill in such a moment would leave a lock that names nobody, and that keeps everybody out for ever.</summary>
    [Fact]
    public async Task A_lock_that_is_there_names_its_owner_at_every_moment()
    {
        string path = Path.Combine(_folder["."], RunLock.FileName);
        using var ended = new CancellationTokenSource();
        var looking = Task.Run(() =>
        {
            var seen = new HashSet<string>(StringComparer.Ordinal);
            while (!ended.IsCancellationRequested)
            {
                try
                {
                    seen.Add(File.ReadAllText(path));
                }
                catch (IOException)
                {
                    // Not there just now.
                }
            }

            return seen;
        });
        for (int i = 0; i < Times; i++)
            RunLock.Take(_folder["."]).Dispose();
        await ended.CancelAsync();
        Assert.Contains($"process {Environment.ProcessId}\n", Assert.Single(await looking), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_many_who_want_a_lock_one_has_it()
    {
        int holders = 0, most = 0, taken = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < Times / 10; i++)
            {
                try
                {
                    using var held = RunLock.Take(_folder["."]);
                    Interlocked.Increment(ref taken);
                    int now = Interlocked.Increment(ref holders);
                    InterlockedMax(ref most, now);
                    Interlocked.Decrement(ref holders);
                }
                catch (InputException)
                {
                    // Another has it.
                }
            }
        })));
        Assert.Equal(1, most);
        Assert.True(taken > 0);
        Assert.Empty(Directory.GetFiles(_folder["."]));
    }

    private static void InterlockedMax(ref int most, int value)
    {
        int known;
        while (value > (known = Volatile.Read(ref most)))
            Interlocked.CompareExchange(ref most, value, known);
    }
}
