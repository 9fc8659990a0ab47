namespace Staircase.Checkpoints;

/// <summary>A file is not what its format says: truncated, inconsistent, hostile, or of a kind that is not read here.</summary>
/// <remarks>
/// The message names the file, the tensor or member where one is known, the offset, what was found and what was expected.
/// </remarks>
/// <param name="itemName">The tensor, array or zip member concerned, if one is known.</param>
/// <param name="offset">The byte offset in the file, or in the named zip member.</param>
/// <param name="found">What the file holds.</param>
/// <param name="expected">What the format asks for.</param>
/// <param name="innerException">The lower-level failure, if there was one.</param>
public sealed class CheckpointFormatException(
    string filePath, string? itemName, long? offset, string found, string expected, Exception? innerException = null)
    : Exception(Compose(filePath, itemName, offset, found, expected), innerException)
{
    /// <summary>The file that was read.</summary>
    public string FilePath { get; } = filePath;

    /// <summary>The tensor, array or zip member concerned; null when the failure is the file's.</summary>
    public string? ItemName { get; } = itemName;

    /// <summary>The byte offset in the file (for an npz, in the uncompressed member), where one makes sense.</summary>
    public long? Offset { get; } = offset;

    private static string Compose(string filePath, string? itemName, long? offset, string found, string expected)
    {
        string item = itemName is null ? "" : $" {DisplayText.Quote(itemName)}";
        string at = offset is null ? "" : $" at offset {offset}";
        return $"{filePath}:{item}{at} found {found}, expected {expected}.";
    }
}
