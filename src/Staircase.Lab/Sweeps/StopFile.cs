namespace Staircase.Lab;

/// <summary>
/// A file that asks whoever watches for it to stop: it reaches every machine that sees the folder, whatever else is down.
/// </summary>
/// <param name="path">The file.</param>
internal sealed class StopFile(string path)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(0.5);

    /// <summary>Whether one was asked to stop.</summary>
    public bool IsThere => File.Exists(path);

    /// <summary>Asks to stop.</summary>
    public void Write() => File.WriteAllText(path, "delete this file, or run the sweep again\n");

    /// <summary>Takes the request back.</summary>
    public void Delete() => File.Delete(path);

    /// <summary>Does some work that is asked to stop when the file appears, or by another token.</summary>
    public T Watch<T>(Func<CancellationToken, T> work, CancellationToken other)
    {
        using var source = CancellationTokenSource.CreateLinkedTokenSource(other);
        using var ended = new ManualResetEvent(initialState: false);
        var looks = new Thread(() =>
        {
            do
            {
                if (!IsThere)
                    continue;
                source.Cancel();
                return;
            }
            while (!ended.WaitOne(BetweenLooks));
        });
        looks.Start();
        try
        {
            return work(source.Token);
        }
        finally
        {
            ended.Set();
            looks.Join();
        }
    }
}
