using Staircase.Checkpoints;

namespace Staircase.Lab;

/// <summary>The checkpoints of a series as they are measured: adapters on their base, codes as what they mean.</summary>
internal sealed class MeasuredSeries : IDisposable
{
    private readonly CheckpointSeries _series;
    private readonly CheckpointSeries? _bases;
    private readonly ITensorSource? _base;

    /// <param name="series">The checkpoints, which the caller keeps.</param>
    /// <param name="options">What is to be analyzed, and on which base.</param>
    /// <exception cref="InputException">The base is not one checkpoint.</exception>
    public MeasuredSeries(CheckpointSeries series, AnalysisOptions options)
    {
        _series = series;
        if (options.Base is not { } path)
            return;
        _bases = InputException.Guard(() => CheckpointSeries.Open([path], new(), options.Mapped));
        if (_bases.Checkpoints is not [var only])
        {
            throw new InputException(
                $"--base {path} has {_bases.Checkpoints.Count} checkpoints: give the one that the adapters belong to.");
        }

        _base = _bases.Open(only);
    }

    /// <summary>The checkpoints, by ascending step.</summary>
    public IReadOnlyList<CheckpointReference> Checkpoints => _series.Checkpoints;

    /// <summary>Opens a checkpoint, for the caller to dispose of.</summary>
    public ITensorSource Open(CheckpointReference checkpoint) =>
        _base is null ? _series.Open(checkpoint) : new AdaptedSource(_base, _series.Open(checkpoint));

    /// <inheritdoc/>
    public void Dispose()
    {
        _base?.Dispose();
        _bases?.Dispose();
    }
}
