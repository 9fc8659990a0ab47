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
        _bases = CheckpointSeries.Open([path], new(), options.Mapped);
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

    /// <summary>How heads are stored, by the last checkpoint.</summary>
    /// <exception cref="InputException">No attention of a known layout is there.</exception>
    /// <exception cref="CheckpointFormatException">The layout is asked about.</exception>
    public HeadLayout Layout(AnalysisOptions options)
    {
        using ITensorSource source = Open(Checkpoints[^1]);
        return HeadLayout.Detect(source, ModelConfig.Of(source), options.Storage)
            ?? throw new InputException(
                $"{source.Path} has no attention weights of a known layout (staircase layouts lists them): "
                + $"it holds {Some(source.Tensors)}; describe it, --layout 'q: NAME [(n h) d]; k: …; v: …; o: …', or take plain matrices, "
                + "--tensors PATTERN.");
    }

    /// <summary>Some names and shapes, for an error.</summary>
    public static string Some(IReadOnlyList<TensorInfo> tensors) =>
        tensors.Count == 0
            ? "none"
            : string.Join(", ", tensors.Take(4).Select(t => $"{t.Name} [{string.Join(", ", t.Shape)}]")) + (
                tensors.Count > 4 ? $" and {tensors.Count - 4} more" : "");

    public void Dispose()
    {
        _base?.Dispose();
        _bases?.Dispose();
    }
}
