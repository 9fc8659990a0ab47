namespace Staircase.Checkpoints;

/// <summary>Replaces a file as a whole or not at all.</summary>
public static class AtomicFile
{
    /// <summary>Writes to a new name in the target's folder, flushes it to the disk, and renames it over the target.</summary>
    /// <param name="path">The target.</param>
    /// <param name="write">Writes the content.</param>
    /// <param name="durable">
    /// Whether to wait for the disk, so that a power cut cannot lose the file either. A killed process cannot, in any case; a run that
    /// writes many checkpoints waits for the last one only.
    /// </param>
    /// <param name="overwrite">Whether a file that is there is replaced; if not, of many who write at once one succeeds.</param>
    /// <exception cref="IOException">The file cannot be written, or is there and not to be replaced.</exception>
    /// <remarks>
    /// A killed process leaves the old file and perhaps a <c>name.xxxxxxxx.tmp</c>, which nothing reads and no later write
    /// trips over, as each write draws its own suffix. The folder's entry itself is not flushed (.NET cannot open a folder):
    /// after a power cut the old file may be back, whole.
    /// </remarks>
    public static void Write(string path, Action<Stream> write, bool durable = true, bool overwrite = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.GetFullPath(path);
        string temporary = $"{target}.{Random.Shared.Next():x8}.tmp";
        bool created = false;
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, bufferSize: 1 << 16))
            {
                created = true;
                write(stream);
                stream.Flush(flushToDisk: durable);
            }

            File.Move(temporary, target, overwrite);
        }
        catch (Exception exception)
        {
            if (created)
                TryDelete(temporary);
            if (exception is UnauthorizedAccessException)
                throw new UnauthorizedAccessException($"Cannot write {target}: {exception.Message}", exception);
            if (exception is IOException)
                throw new IOException($"Cannot write {target}: {exception.Message}", exception);
            throw;
        }
    }

    private static void TryDelete(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The write's own failure is the one worth reporting; a leftover is harmless.
        }
    }
}
