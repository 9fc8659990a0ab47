namespace Staircase.Checkpoints;

/// <summary>One attention: where it is, its sizes, its tensors, and how its heads are cut out of them.</summary>
/// <param name="Module">Which attention of the model, where it has several: <c>encoder</c>, <c>text_model</c>; empty where it has
/// one.</param>
/// <param name="Index">The number of the layer.</param>
/// <param name="Heads">n.</param>
/// <param name="KeyValueHeads">k; query head i uses key/value head ⌊i·k/n⌋.</param>
/// <param name="HeadDimension">h, of queries and keys.</param>
/// <param name="ModelDimension">d.</param>
public sealed record HeadLayer(
    string Module, int Index, int Heads, int KeyValueHeads, int HeadDimension, int ModelDimension, IReadOnlyList<string> Tensors)
{
    internal HeadReading? Reading { get; init; }

    /// <summary>Reads the heads of a checkpoint of the same shape.</summary>
    /// <exception cref="CheckpointFormatException">A tensor is missing, malformed, or of another shape.</exception>
    public IReadOnlyList<HeadWeights> ReadHeads(ITensorSource source) => Reading?.Read(source) ?? [];
}
