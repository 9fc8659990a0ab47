namespace Staircase.Checkpoints;

/// <summary>Turns what ZipArchive throws at malformed archives into our exception.</summary>
internal static class ZipGuard
{
    public static T Run<T>(Func<T> action, ErrorContext context)
    {
        try
        {
            return action();
        }
        catch (Exception exception) when (IsFormatFailure(exception))
        {
            throw Translate(exception, context);
        }
    }

    /// <summary>
    /// Besides InvalidDataException, forged offsets and sizes come out as failures of the arithmetic or seeking behind it.
    /// Other IOExceptions are the disk's and pass; <see cref="ArchiveStream"/> sees to that.
    /// </summary>
    public static bool IsFormatFailure(Exception exception)
        => exception is InvalidDataException or EndOfStreamException or ArgumentException or OverflowException or NotSupportedException;

    public static CheckpointFormatException Translate(Exception exception, ErrorContext context)
        => context.Fail(null, $"a zip archive that does not read ({exception.Message})", "an intact one, stored or deflated", exception);
}
