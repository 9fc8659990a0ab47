using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Staircase.Checkpoints;

/// <summary>An open safetensors file: its header checked as a whole, its tensors read when asked for.</summary>
/// <remarks>
/// Plain positioned reads, safe from several threads. Memory mapping is there for those who ask: on network file systems it is slow, and
/// a file truncated by someone else while it is mapped kills the process instead of throwing.
/// </remarks>
public sealed class SafetensorsFile : ITensorSource
{
    private readonly SafeFileHandle _handle;
    private readonly MappedBytes? _mapped;
    private readonly Dictionary<string, TensorInfo> _byName;

    private SafetensorsFile(string path, SafeFileHandle handle, MappedBytes? mapped, SafetensorsHeader header)
    {
        _mapped = mapped;
        Path = path;
        _handle = handle;
        Tensors = header.Tensors;
        Metadata = header.Metadata;
        Missing = [.. header.Missing.Select(tensor => tensor.Name)];
        _byName = header.Tensors.ToDictionary(tensor => tensor.Name);
    }

    /// <summary>The path the file was opened by.</summary>
    public string Path { get; }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<TensorInfo> Tensors { get; }

    /// <summary>The tensors that a partial file does not reach to, in the order of their data.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>The <c>__metadata__</c> of the header; empty if there is none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Opens a file and validates its header.</summary>
    /// <param name="mapped">Whether to read it by mapping it into memory.</param>
    /// <param name="partial">Whether the file may be the beginning of one: what it does not reach to is <see cref="Missing"/>.</param>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path, bool mapped = false, bool partial = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            var context = new ErrorContext(path);
            long fileLength = RandomAccess.GetLength(handle);
            if (fileLength < SafetensorsHeader.LengthBytes)
                throw context.Fail(0, $"a file of {fileLength} bytes", $"at least {SafetensorsHeader.LengthBytes}");
            Span<byte> prefix = stackalloc byte[SafetensorsHeader.LengthBytes];
            Fill(handle, prefix, 0, context);
            byte[] json = new byte[SafetensorsHeader.ReadLength(prefix, fileLength, context)];
            Fill(handle, json, SafetensorsHeader.LengthBytes, context);
            SafetensorsHeader header = SafetensorsHeader.Parse(json, fileLength, context, partial);
            return new SafetensorsFile(path, handle, mapped ? new MappedBytes(handle, path) : null, header);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up by its case-sensitive name.</summary>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info) => _byName.TryGetValue(name, out info);

    /// <summary>Reads a tensor with its shape, in double precision.</summary>
    /// <exception cref="KeyNotFoundException">The file holds no such tensor; the message lists the nearest names.</exception>
    public Tensor Read(string name) => new(name, Find(name).Shape, ReadDouble(name));

    /// <summary>Reads a tensor in double precision; 64-bit integers beyond 2⁵³ are rounded.</summary>
    /// <inheritdoc cref="Read" path="/exception"/>
    public double[] ReadDouble(string name)
    {
        (TensorInfo info, ErrorContext context) = Readable(name);
        return ElementDecoder.Read(info.ElementType, bigEndian: false, info.ElementCount, From(info.ByteOffset, context), context);
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _mapped?.Dispose();
        _handle.Dispose();
    }

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit)
    {
        (TensorInfo info, ErrorContext context) = Readable(name);
        ElementDecoder.Visit(info.ElementType, bigEndian: false, info.ElementCount, From(info.ByteOffset, context), visit);
    }

    private (TensorInfo Info, ErrorContext Context) Readable(string name)
    {
        TensorInfo info = Find(name);
        var context = new ErrorContext(Path, name);
        info.RequireReadable(context);
        return (info, context);
    }

    private FillBuffer From(long position, ErrorContext context) => buffer =>
    {
        if (_mapped is not null)
            _mapped.Fill(buffer, position);
        else
            Fill(_handle, buffer, position, context);
        position += buffer.Length;
    };

    private TensorInfo Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _byName.TryGetValue(name, out TensorInfo? info) ? info
            : Missing.Contains(name)
                ? throw new ErrorContext(Path, name).Fail(null, "the beginning of a file, which ends before it", "the file as a whole")
            : throw DisplayText.Missing(Path, "tensor", name, [.. Tensors.Select(tensor => tensor.Name)]);
    }

    private static void Fill(SafeFileHandle handle, Span<byte> buffer, long offset, ErrorContext context)
    {
        while (!buffer.IsEmpty)
        {
            int read = RandomAccess.Read(handle, buffer, offset);
            if (read == 0)
                throw context.Fail(offset, "the end of the file", $"{buffer.Length} more bytes (was it truncated while open?)");
            buffer = buffer[read..];
            offset += read;
        }
    }
}
