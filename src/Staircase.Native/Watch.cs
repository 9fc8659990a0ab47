namespace Staircase.Native;

/// <summary>
/// Long work under the eyes of the caller: it goes on a thread of its own, while the caller's waits and tells the caller's function how far
/// it is, whatever the work is busy with. So that function is called on the caller's own thread alone, and can always stop the work.
/// </summary>
internal static unsafe class Watch
{
    private const int EveryMilliseconds = 50;

    /// <summary>Does the work.</summary>
    /// <param name="progress">The caller's function; where it is null the work is done right here, and cannot be stopped.</param>
    /// <param name="context">Its first argument.</param>
    /// <param name="work">The work.</param>
    /// <exception cref="OperationCanceledException">The caller stopped it.</exception>
    public static T Run<T>(
        ProgressFunction progress, void* context,
        Func<IProgress<TrainingProgress>?, CancellationToken, T> work)
    {
        if (progress is null)
            return work(null, CancellationToken.None);
        using var stop = new CancellationTokenSource();
        object latest = new TrainingProgress("preparing", 0, 0, double.NaN);
        var told = new Relay<TrainingProgress>(value => Volatile.Write(ref latest, value));
        Tell();
        stop.Token.ThrowIfCancellationRequested();
        Task<T> task = Task.Factory.StartNew(
            () => work(told, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        while (Task.WaitAny([task], EveryMilliseconds) < 0)
            Tell();
        return task.GetAwaiter().GetResult();

        void Tell()
        {
            var now = (TrainingProgress)Volatile.Read(ref latest);
            byte[] stage = [.. Utf8.Bytes(now.Stage), 0];
            fixed (byte* text = stage)
            {
                if (progress(context, text, now.Fraction, now.Step, now.Loss) != 0)
                    stop.Cancel();
            }
        }
    }
}
