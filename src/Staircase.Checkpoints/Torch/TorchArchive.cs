using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Staircase.Checkpoints;

/// <summary>
/// The directory of a zip archive whose members are stored uncompressed, as torch writes them; members are read by position.
/// </summary>
/// <remarks>
/// ZipArchive was not used: it gives no positions, so a tensor in the middle of a shared storage would be read from the storage's
/// beginning, and it trusts either directory or local header where they differ, as other readers do the other way round. Here both must say
/// the same. Checksums are not verified: torch can be told to write none.
/// </remarks>
internal sealed class TorchArchive : IDisposable
{
    private const int EndBytes = 22, End64Bytes = 56, LocatorBytes = 20, EntryBytes = 46, LocalBytes = 30;
    private const int MostComment = ushort.MaxValue;
    private const ushort Encrypted = 1, KnownFlags = 0x080E; // deflate options, data descriptor, UTF-8

    private readonly SafeFileHandle _handle;
    private readonly ErrorContext _context;
    private readonly Dictionary<string, Member> _members = new();

    private TorchArchive(SafeFileHandle handle, ErrorContext context)
    {
        _handle = handle;
        _context = context;
        Length = RandomAccess.GetLength(handle);
    }

    /// <summary>A member's data.</summary>
    public readonly record struct Member(long Offset, long Length);

    /// <summary>The file's length.</summary>
    public long Length { get; }

    /// <summary>The members by name.</summary>
    public IReadOnlyDictionary<string, Member> Members => _members;

    public static TorchArchive Open(string path)
    {
        SafeFileHandle handle = File.OpenHandle(path);
        try
        {
            var archive = new TorchArchive(handle, new ErrorContext(path));
            archive.ReadDirectory();
            return archive;
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public void Dispose() => _handle.Dispose();

    public void Fill(Span<byte> buffer, long offset)
    {
        while (!buffer.IsEmpty)
        {
            int read = offset < 0 || offset >= Length ? 0 : RandomAccess.Read(_handle, buffer, offset);
            if (read == 0)
                throw _context.Fail(offset, "the end of the file", $"{buffer.Length} more bytes");
            buffer = buffer[read..];
            offset += read;
        }
    }

    /// <summary>Reads a small member as a whole.</summary>
    public byte[] ReadAll(Member member)
    {
        if (member.Length > Array.MaxLength)
            throw _context.Fail(member.Offset, $"a member of {member.Length} bytes", $"at most {Array.MaxLength}");
        byte[] bytes = new byte[member.Length];
        Fill(bytes, member.Offset);
        return bytes;
    }

    private void ReadDirectory()
    {
        (long offset, long size, long count) = FindDirectory();
        if (count > size / EntryBytes)
            throw _context.Fail(offset, $"{count} members in a directory of {size} bytes", $"at most {size / EntryBytes}");
        byte[] directory = ReadAll(new Member(offset, size));
        int at = 0;
        Int128 total = 0;
        for (long i = 0; i < count; i++)
        {
            if (directory.Length - at < EntryBytes)
                throw _context.Fail(offset + at, "the end of the directory", $"member {i + 1} of {count}");
            ReadOnlySpan<byte> entry = directory.AsSpan(at);
            RequireSignature(entry, 0x02014b50, offset + at, "504B0102, a directory entry", _context);
            int nameLength = U16(entry, 28), extraLength = U16(entry, 30), commentLength = U16(entry, 32);
            int entryLength = EntryBytes + nameLength + extraLength + commentLength;
            if (directory.Length - at < entryLength)
            {
                throw _context.Fail(
                    offset + at, $"an entry of {entryLength} bytes", $"at most {directory.Length - at}, the rest of the directory");
            }

            ReadOnlySpan<byte> nameBytes = entry.Slice(EntryBytes, nameLength);
            string name = Name(nameBytes, offset + at);
            ErrorContext here = _context with { ItemName = name };
            if (name.Contains("/code/__torch__/"))
            {
                throw here.Fail(
                    null, "a TorchScript program",
                    "weights alone: torch.save(torch.jit.load(FILE).state_dict(), 'weights.pt') writes them");
            }

            RequirePlain(here, offset + at, U16(entry, 8), U16(entry, 10));
            (long compressed, long length, long local) = Sizes(entry, entry.Slice(EntryBytes + nameLength, extraLength), here, offset + at);
            if (compressed != length)
                throw here.Fail(offset + at, $"{compressed} stored bytes for {length}", "equal numbers in a member that is not compressed");
            total += length;
            if (length < 0 || local < 0 || total > Length)
            {
                throw here.Fail(
                    offset + at, $"a member of {length} bytes", $"members of at most {Length} bytes together, the size of the file");
            }

            if (!_members.TryAdd(name, new Member(DataOffset(here, local, length, nameBytes), length)))
                throw here.Fail(offset + at, "the member name a second time", "each name once");
            at += entryLength;
        }

        if (at != directory.Length)
            throw _context.Fail(offset + at, $"{directory.Length - at} more bytes in the directory", $"its end after {count} members");
    }

    /// <summary>Where the directory is, how long, and of how many members.</summary>
    private (long Offset, long Size, long Count) FindDirectory()
    {
        if (Length < EndBytes)
            throw _context.Fail(0, $"a file of {Length} bytes", $"a zip archive of at least {EndBytes}");
        byte[] tail = ReadAll(new Member(Max(0, Length - EndBytes - MostComment), Min(Length, EndBytes + MostComment)));
        long tailOffset = Length - tail.Length;
        for (int at = tail.Length - EndBytes; at >= 0; at--)
        {
            ReadOnlySpan<byte> end = tail.AsSpan(at);
            if (U32(end, 0) != 0x06054b50 || U16(end, 20) != end.Length - EndBytes)
                continue;
            long offset = U32(end, 16), size = U32(end, 12), count = U16(end, 10);
            long limit = tailOffset + at;
            if (limit >= LocatorBytes
                && (offset == uint.MaxValue || size == uint.MaxValue || count == ushort.MaxValue || HasLocator(limit)))
                (offset, size, count, limit) = ReadEnd64(limit);
            if (offset < 0 || size < 0 || count < 0 || offset > limit || size > limit - offset)
                throw _context.Fail(tailOffset + at, $"a directory of {size} bytes from {offset}", $"one before {limit}");
            return (offset, size, count);
        }

        throw _context.Fail(Length - EndBytes, "no end of a zip directory", "a zip archive, not truncated");
    }

    private bool HasLocator(long limit)
    {
        Span<byte> signature = stackalloc byte[4];
        Fill(signature, limit - LocatorBytes);
        return U32(signature, 0) == 0x07064b50;
    }

    private (long Offset, long Size, long Count, long Limit) ReadEnd64(long limit)
    {
        if (!HasLocator(limit))
            throw _context.Fail(limit - LocatorBytes, "no zip64 locator", "one, as the directory's end asks for it");
        Span<byte> locator = stackalloc byte[LocatorBytes];
        Fill(locator, limit - LocatorBytes);
        long at = I64(locator, 8);
        if (at < 0 || at > limit - LocatorBytes - End64Bytes)
            throw _context.Fail(limit - LocatorBytes, $"a zip64 end at {at}", $"one before {limit - LocatorBytes}");
        Span<byte> end = stackalloc byte[End64Bytes];
        Fill(end, at);
        RequireSignature(end, 0x06064b50, at, "504B0606, the zip64 end", _context);
        return (I64(end, 48), I64(end, 40), I64(end, 32), at);
    }

    /// <summary>The three numbers, which a zip64 field holds where 32 bits are not enough.</summary>
    private static (long Compressed, long Length, long Local) Sizes(
        ReadOnlySpan<byte> entry, ReadOnlySpan<byte> extra, ErrorContext context, long at)
    {
        long compressed = U32(entry, 20), length = U32(entry, 24), local = U32(entry, 42);
        bool wideLength = length == uint.MaxValue, wideCompressed = compressed == uint.MaxValue, wideLocal = local == uint.MaxValue;
        for (int i = 0; i + 4 <= extra.Length;)
        {
            int id = U16(extra, i), size = U16(extra, i + 2);
            if (size > extra.Length - i - 4)
                break;
            if (id == 1)
            {
                ReadOnlySpan<byte> field = extra.Slice(i + 4, size);
                int needed = 8 * ((wideLength ? 1 : 0) + (wideCompressed ? 1 : 0) + (wideLocal ? 1 : 0));
                if (field.Length < needed)
                    throw context.Fail(at, $"a zip64 field of {field.Length} bytes", $"at least {needed}");
                int next = 0;
                if (wideLength)
                    length = I64(field, 8 * next++);
                if (wideCompressed)
                    compressed = I64(field, 8 * next++);
                if (wideLocal)
                    local = I64(field, 8 * next);
                break;
            }

            i += 4 + size;
        }

        return (compressed, length, local);
    }

    /// <summary>Where the data begin: behind the local header, which must name the same member and be of the same kind.</summary>
    private long DataOffset(ErrorContext context, long local, long length, ReadOnlySpan<byte> name)
    {
        if (local > Length - LocalBytes)
            throw context.Fail(local, $"a member at {local}", $"one before {Length - LocalBytes}");
        Span<byte> header = stackalloc byte[LocalBytes];
        Fill(header, local);
        RequireSignature(header, 0x04034b50, local, "504B0304, a member's header", context);
        RequirePlain(context, local, U16(header, 6), U16(header, 8));
        if (U16(header, 26) != name.Length)
            throw context.Fail(local, $"a name of {U16(header, 26)} bytes in the member's header", $"{name.Length}, as in the directory");
        byte[] localName = new byte[name.Length];
        Fill(localName, local + LocalBytes);
        if (!name.SequenceEqual(localName))
        {
            throw context.Fail(
                local, $"the name {DisplayText.Quote(Encoding.UTF8.GetString(localName))} in the member's header", "the directory's name");
        }

        long data = local + LocalBytes + localName.Length + U16(header, 28);
        return data <= Length - length
            ? data
            : throw context.Fail(data, $"data of {length} bytes", $"at most {Max(0, Length - data)}, the rest of the file");
    }

    private static void RequireSignature(ReadOnlySpan<byte> found, long signature, long at, string expected, ErrorContext context)
    {
        if (U32(found, 0) != signature)
            throw context.Fail(at, $"bytes {Convert.ToHexString(found[..4])}", expected);
    }

    private static void RequirePlain(ErrorContext context, long at, int flags, int method)
    {
        if ((flags & Encrypted) != 0)
            throw context.Fail(at, "an encrypted member", "a plain one");
        if ((flags & ~KnownFlags) != 0)
            throw context.Fail(at, $"zip flags 0x{flags:x4}", "none beyond 0x080e");
        if (method != 0)
            throw context.Fail(at, $"compression method {method}", "0, as torch stores its members");
    }

    private string Name(ReadOnlySpan<byte> bytes, long at)
    {
        string name;
        try
        {
            name = WellFormedText.StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException exception)
        {
            throw _context.Fail(at, "a member name that is not UTF-8", "UTF-8", exception);
        }

        return NpzName.Complaint(name) is { } complaint
            ? throw (_context with { ItemName = name }).Fail(at, complaint, "a relative name of plain characters")
            : name;
    }

    private static int U16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static long U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long I64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
