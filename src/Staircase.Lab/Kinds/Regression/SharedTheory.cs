namespace Staircase.Lab;

/// <summary>
/// Theory of all studies of the same data and model: made when it is first asked for, by whoever asks first. One who does not want to wait
/// any longer leaves it to the next.
/// </summary>
internal sealed class SharedTheory
{
    private readonly Made _made;

    private SharedTheory(Made made, CancellationToken cancellation) => (_made, Cancellation) = (made, cancellation);

    /// <param name="make">Makes it.</param>
    /// <param name="cancellation">Stops it for those who ask without a word about when to stop.</param>
    public SharedTheory(Func<CancellationToken, Theory> make, CancellationToken cancellation)
        : this(new Made(make), cancellation)
    {
    }

    /// <summary>What stops it for those who say nothing of it.</summary>
    public CancellationToken Cancellation { get; private set; }

    /// <summary>The theory.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Theory Value => Wait(Cancellation);

    /// <summary>The theory, unless who asks wants to stop.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Theory Wait(CancellationToken cancellation) => _made.Wait(cancellation);

    /// <summary>The same for somebody else, who may stop waiting at another time.</summary>
    public SharedTheory For(CancellationToken cancellation) => new(_made, cancellation);

    /// <summary>From now on it is wanted whatever happens, as theory of what was trained.</summary>
    public void Want() => Cancellation = CancellationToken.None;

    private sealed class Made(Func<CancellationToken, Theory> make)
    {
        private const int LookEvery = 20; // milliseconds

        private readonly Lock _making = new();

        private volatile Theory? _theory;

        public Theory Wait(CancellationToken cancellation)
        {
            if (_theory is { } made)
                return made;
            while (!_making.TryEnter(LookEvery))
                cancellation.ThrowIfCancellationRequested();
            try
            {
                return _theory ??= make(cancellation);
            }
            finally
            {
                _making.Exit();
            }
        }
    }
}
