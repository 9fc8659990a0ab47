namespace Staircase.Lab;

/// <summary>A run folder in the system's temporary folder that is gone when it is disposed of: what a figure trains in.</summary>
internal sealed class TemporaryRun : IDisposable
{
    /// <summary>The folder.</summary>
    public RunFolder Folder { get; } = RunFolder.Create(Path.Combine(Path.GetTempPath(), $"staircase-{Guid.NewGuid():N}"));

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            Directory.Delete(Folder.Path, recursive: true);
        }
        catch (IOException)
        {
            // Left for the system to clean up.
        }
    }
}
