namespace Staircase.Lab;

/// <summary>
/// A training in progress. It advances, measures, saves and loads; schedules, files, resuming and divergence are the trainer's.
/// </summary>
public interface ITraining
{
    /// <summary>What a row measures; the first is the loss.</summary>
    IReadOnlyList<Column> Columns { get; }

    /// <summary>Steps taken.</summary>
    long Step { get; }

    /// <summary>Time of the gradient flow (τ = 1); null where the optimizer follows none, always or never.</summary>
    double? Time { get; }

    /// <summary>The share of the training that is done, 1 at its end, above 1 beyond it.</summary>
    double Progress { get; }

    /// <summary>The loss last seen, for whoever waits.</summary>
    double Loss { get; }

    /// <summary>Takes a step or more, up to a limit.</summary>
    /// <param name="limit">The last step to take.</param>
    /// <param name="cancellation">
    /// Asks a long step to stop, by an <see cref="OperationCanceledException"/> that leaves everything where it was before.
    /// </param>
    /// <exception cref="DivergedException">It has left the finite numbers.</exception>
    void Advance(long limit, CancellationToken cancellation);

    /// <summary>Measures the current weights.</summary>
    /// <param name="row">Receives a number a column.</param>
    /// <exception cref="DivergedException">The loss has left the finite numbers.</exception>
    void Measure(Span<double> row);

    /// <summary>Whether training is within a transition, where checkpoints are kept more densely.</summary>
    bool IsChanging(Trajectory soFar) => false;

    /// <summary>A copy of the current weights.</summary>
    Snapshot Weights();

    /// <summary>A copy of all that it takes to go on to the same bits.</summary>
    Snapshot State();

    /// <summary>Goes back to a state.</summary>
    /// <exception cref="InputException">It is the state of another training.</exception>
    void Restore(Snapshot state);
}
