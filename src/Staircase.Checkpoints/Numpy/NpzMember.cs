using System.IO.Compression;

namespace Staircase.Checkpoints;

/// <summary>One open member of an npz: its bytes counted and summed while they are read.</summary>
internal sealed class NpzMember : IDisposable
{
    private readonly ZipArchiveEntry _entry;
    private readonly ErrorContext _context;
    private readonly Stream _stream;
    private Crc32 _checksum;
    private long _position;

    public NpzMember(ZipArchiveEntry entry, ErrorContext context)
    {
        _entry = entry;
        _context = context;
        if (entry.IsEncrypted)
            throw context.Fail(null, "an encrypted member", "a plain one");
        _stream = ZipGuard.Run(entry.Open, context);
        try
        {
            Header = NpyHeader.Read(Fill, entry.Length, context);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    public NpyHeader Header { get; }

    /// <summary>Fills the buffer with the member's next bytes.</summary>
    private void Fill(Span<byte> buffer)
    {
        Span<byte> rest = buffer;
        while (!rest.IsEmpty)
        {
            int read = ReadSome(rest);
            if (read == 0)
                throw _context.Fail(_position, "the end of the member", $"{rest.Length} more bytes of the {_entry.Length} it declares");
            rest = rest[read..];
            _position += read;
        }

        _checksum.Append(buffer);
    }

    /// <summary>Reads the array in C order, and the member to its end.</summary>
    public double[] ReadValues()
    {
        double[] values = Header.ReadValues(Fill, _context);
        RequireEnd();
        return values;
    }

    /// <summary>Shows the array as it is stored, and reads the member to its end.</summary>
    public void Visit(TensorVisitor visit)
    {
        Header.Visit(Fill, _context, visit);
        RequireEnd();
    }

    /// <summary>Checks that the member ends here and that its checksum is the directory's.</summary>
    private void RequireEnd()
    {
        Span<byte> one = stackalloc byte[1];
        if (ReadSome(one) != 0)
            throw _context.Fail(_position, "more data", $"the end of the member after the {_entry.Length} bytes it declares");
        if (_checksum.Value != _entry.Crc32)
            throw _context.Fail(null, $"checksum {_checksum.Value:x8}", $"{_entry.Crc32:x8}, as the zip directory says");
    }

    public void Dispose() => _stream.Dispose();

    private int ReadSome(Span<byte> buffer)
    {
        try
        {
            return _stream.Read(buffer);
        }
        catch (Exception exception) when (ZipGuard.IsFormatFailure(exception))
        {
            throw ZipGuard.Translate(exception, _context);
        }
    }
}
