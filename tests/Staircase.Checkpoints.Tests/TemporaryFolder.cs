namespace Staircase.Checkpoints.Tests;

/// <summary>
/// A folder that goes away with the test; in memory where the system has a place for that, so that a million mutants wear out no disk.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Memory = "/dev/shm";

    private readonly string _path = Directory.Exists(Memory)
        ? Directory.CreateDirectory(Path.Combine(Memory, $"staircase-{Guid.NewGuid():N}"))
            .FullName : Directory.CreateTempSubdirectory("staircase-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string[] Names =>
        [.. Directory.EnumerateFileSystemEntries(_path).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
