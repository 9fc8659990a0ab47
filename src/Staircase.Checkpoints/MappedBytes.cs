using System.IO.MemoryMappedFiles;
using Microsoft.Win32.SafeHandles;

namespace Staircase.Checkpoints;

/// <summary>A file mapped into memory, read by position.</summary>
internal sealed class MappedBytes : IDisposable
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;

    public MappedBytes(SafeFileHandle handle, string path)
    {
        if (handle.IsInvalid)
            throw new IOException($"{path} is not open.");
        _file = MemoryMappedFile.CreateFromFile(
            handle, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        _view = _file.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>Copies bytes; the caller has checked that the file holds them.</summary>
    public void Fill(Span<byte> buffer, long offset) => _view.SafeMemoryMappedViewHandle.ReadSpan((ulong)offset, buffer);

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
    }
}
