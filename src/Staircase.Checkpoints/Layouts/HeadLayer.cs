namespace Staircase.Checkpoints;

/// <summary>The attention of one layer: its sizes, its tensors, and how its heads are cut out of them.</summary>
/// <param name="Index">The number of the layer.</param>
/// <param name="Heads">n.</param>
/// <param name="KeyValueHeads">k; query head i uses key/value head ⌊i·k/n⌋.</param>
/// <param name="HeadDimension">h.</param>
/// <param name="ModelDimension">d.</param>
/// <param name="Tensors">The tensors that are read.</param>
public sealed record HeadLayer(
    int Index, int Heads, int KeyValueHeads, int HeadDimension, int ModelDimension, IReadOnlyList<string> Tensors)
{
    internal Func<ITensorSource, HeadWeights[]> Read { get; init; } = _ => [];

    /// <summary>Reads the heads of a checkpoint of the same shape.</summary>
    /// <exception cref="CheckpointFormatException">A tensor is missing, malformed, or of another shape.</exception>
    public IReadOnlyList<HeadWeights> ReadHeads(ITensorSource source) => Read(source);
}
