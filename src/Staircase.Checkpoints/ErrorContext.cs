namespace Staircase.Checkpoints;

/// <summary>What an error message needs to know about the place being read.</summary>
internal sealed record ErrorContext(string FilePath, string? ItemName = null)
{
    public CheckpointFormatException Fail(long? offset, string found, string expected, Exception? inner = null)
        => new(FilePath, ItemName, offset, found, expected, inner);
}
