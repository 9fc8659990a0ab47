using System.Runtime.ExceptionServices;

namespace Staircase.Kernels;

/// <summary>Threads that share the parts of one operation, and sleep between operations.</summary>
/// <remarks>
/// <c>Parallel.For</c> allocates at every call, which a training step must not. Parts are taken one by one by whichever thread is free, so
/// that a busy core does not hold up the others; which thread computes a part must not matter to its result. An operation that starts while
/// the team is at work, from inside a part or from another thread, runs on its own thread alone.
/// </remarks>
public sealed unsafe class ThreadTeam : IDisposable
{
    private static readonly Lazy<ThreadTeam> LazyShared = new(() => new ThreadTeam(SharedThreads));

    private readonly ManualResetEventSlim _wake = new(initialState: false);
    private readonly ManualResetEventSlim _done = new(initialState: false);
    private delegate*<void*, int, void> _pointer;
    private void* _arguments;
    private Action<int>? _action;
    private Exception? _error;
    private int _parts;
    private int _unclaimed; // counts down; a thread that brings it down owns the part
    private int _unfinished;
    private int _busy;
    private volatile bool _stopped;

    /// <summary>A team of the calling thread and <paramref name="threads"/> − 1 others.</summary>
    /// <exception cref="ArgumentException">The number is not positive.</exception>
    public ThreadTeam(int threads)
    {
        if (threads < 1)
            throw new ArgumentException($"A team needs at least 1 thread, not {threads}.");
        Threads = threads;
        for (int i = 1; i < threads; i++)
            new Thread(Work) { IsBackground = true, Name = $"kernel thread {i}" }.Start();
    }

    /// <summary>
    /// How many threads this program computes with, by the shared team and by <see cref="Limit"/>: one a processor, unless it is set.
    /// </summary>
    /// <exception cref="ArgumentException">The number is not positive.</exception>
    /// <exception cref="InvalidOperationException">The shared team has started with another number.</exception>
    public static int SharedThreads
    {
        get;
        set
        {
            if (value < 1)
                throw new ArgumentException($"A program needs at least 1 thread, not {value}.");
            if (LazyShared.IsValueCreated && value != field)
                throw new InvalidOperationException($"The shared team has started with {field} threads.");
            field = value;
        }
    } = Environment.ProcessorCount;

    /// <summary>What <c>Parallel.For</c> has to know of <see cref="SharedThreads"/>.</summary>
    public static ParallelOptions Limit => new() { MaxDegreeOfParallelism = SharedThreads };

    /// <summary>A team of <see cref="SharedThreads"/>, started when first asked for.</summary>
    public static ThreadTeam Shared => LazyShared.Value;

    /// <summary>How many threads work, the caller's included.</summary>
    public int Threads { get; }

    /// <summary>
    /// Runs an operation's parts 0 … <paramref name="parts"/> − 1, in no particular order, and returns when all are done.
    /// </summary>
    /// <param name="parts">How many there are.</param>
    /// <param name="part">Computes one; kept by the caller between calls, so that nothing is allocated.</param>
    /// <remarks>If parts throw, the others still run; then one of the exceptions is thrown.</remarks>
    public void Run(int parts, Action<int> part)
    {
        if (Begin(parts))
        {
            _action = part;
            Share(parts);
            return;
        }

        for (int i = 0; i < parts; i++)
            part(i);
    }

    /// <summary>
    /// Like <see cref="Run(int, Action{int})"/>, for code that works on pinned memory; without a team the caller works alone.
    /// </summary>
    internal static void Run(ThreadTeam? team, int parts, delegate*<void*, int, void> part, void* arguments)
    {
        if (team is not null && team.Begin(parts))
        {
            team._pointer = part;
            team._arguments = arguments;
            team.Share(parts);
            return;
        }

        for (int i = 0; i < parts; i++)
            part(arguments, i);
    }

    /// <summary>Lets the threads end. The team must be idle.</summary>
    public void Dispose()
    {
        _stopped = true;
        _wake.Set();
    }

    private bool Begin(int parts) => parts > 1 && Threads > 1 && Interlocked.Exchange(ref _busy, 1) == 0;

    private void Share(int parts)
    {
        _parts = parts;
        _unfinished = parts;
        _done.Reset();
        Volatile.Write(ref _unclaimed, parts);
        _wake.Set();
        TakeParts();
        _done.Wait();

        Exception? error = _error;
        _error = null;
        _action = null;
        _pointer = null;
        Volatile.Write(ref _busy, 0);
        if (error is not null)
            ExceptionDispatchInfo.Throw(error);
    }

    private void Work()
    {
        while (!_stopped)
        {
            TakeParts();
            _wake.Reset();
            if (Volatile.Read(ref _unclaimed) == 0 && !_stopped)
                _wake.Wait();
        }
    }

    private void TakeParts()
    {
        while (true)
        {
            int unclaimed = Volatile.Read(ref _unclaimed);
            if (unclaimed == 0)
                return;

            // Only after this succeeds may the other fields be read: they belong to the operation whose part was claimed, and stay until it
            // is done.
            if (Interlocked.CompareExchange(ref _unclaimed, unclaimed - 1, unclaimed) != unclaimed)
                continue;
            try
            {
                int part = _parts - unclaimed;
                if (_action is not null)
                    _action(part);
                else
                    _pointer(_arguments, part);
            }
#pragma warning disable CA1031 // thrown again on the caller's thread
            catch (Exception exception)
#pragma warning restore CA1031
            {
                Interlocked.CompareExchange(ref _error, exception, null);
            }

            if (Interlocked.Decrement(ref _unfinished) == 0)
                _done.Set();
        }
    }
}
