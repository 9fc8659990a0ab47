namespace Staircase.Checkpoints;

/// <summary>A checkpoint of a series: where it is, and at which step.</summary>
/// <param name="Path">The file.</param>
/// <param name="Item">Which state dict of a list in the file; null where the file is one checkpoint.</param>
public sealed record CheckpointReference(long Step, string Path, int? Item = null);

/// <summary>A file in a folder that is no checkpoint of the series.</summary>
public sealed record SkippedFile(string Path, string Reason);
