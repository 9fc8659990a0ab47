namespace Staircase.Checkpoints.Tests;

/// <summary>A folder that goes away with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly string _path = Directory.CreateTempSubdirectory("staircase-").FullName;

    public string this[string name] => Path.Combine(_path, name);

    public string[] Names => [.. Directory.EnumerateFileSystemEntries(_path).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    public string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(this[name], bytes);
        return this[name];
    }

    public void Dispose() => Directory.Delete(_path, recursive: true);
}
