namespace Staircase.Checkpoints;

/// <summary>Fills the whole buffer with the next bytes of a source, or throws.</summary>
internal delegate void FillBuffer(Span<byte> buffer);
