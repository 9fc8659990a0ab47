using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Staircase.Checkpoints;

/// <summary>An open npz archive: its directory checked, its arrays read when asked for, one at a time.</summary>
/// <remarks>
/// Sizes are checked before anything is allocated: the compressed sizes must fit the file together (so no data are shared
/// between members), no member may expand more than 1100 times (deflate's own limit is 1032) nor beyond
/// <see cref="DefaultMaximumExpandedBytes"/>, and an array's header must account for its member exactly. Lengths and
/// checksums are verified as the data are read; a member that claims to expand more than eight times is first read through
/// without being kept, so that nothing is allocated for data that are not there. Members that are not <c>.npy</c> are ignored.
/// </remarks>
public sealed class NpzFile : ITensorSource
{
    /// <summary>The largest size, 4 GiB, that a compressed member may expand to unless the caller allows more.</summary>
    public const long DefaultMaximumExpandedBytes = 1L << 32;

    private const long MostExpansion = 1100;
    private const int EntryBytes = 400; // a name in a table, and what is known of it
    private const int Trusted = 8;

    private readonly ZipArchive _archive;
    private readonly Lock _lock = new();
    private IReadOnlyList<TensorInfo>? _tensors;
    private readonly Dictionary<string, ZipArchiveEntry> _members;

    private NpzFile(string path, ZipArchive archive, List<string> names, Dictionary<string, ZipArchiveEntry> members)
    {
        Path = path;
        _archive = archive;
        Names = names;
        _members = members;
    }

    /// <summary>The path the file was opened by.</summary>
    public string Path { get; }

    /// <summary>The names of the arrays, without <c>.npy</c>, in the order of the archive.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The arrays; asked for the first time, it reads every header.</summary>
    /// <exception cref="CheckpointFormatException">A header is malformed.</exception>
    public IReadOnlyList<TensorInfo> Tensors =>
        _tensors ??= [.. Names.Select(name => TryGetInfo(name, out TensorInfo? info) ? info : throw new InvalidOperationException(name))];

    /// <summary>Nothing: the format has no place for it.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = new Dictionary<string, string>();

    /// <summary>Opens an archive and checks its directory.</summary>
    /// <param name="maximumExpandedBytes">The largest size that a compressed member may expand to.</param>
    /// <exception cref="CheckpointFormatException">The archive breaks a rule.</exception>
    public static NpzFile Open(string path, long maximumExpandedBytes = DefaultMaximumExpandedBytes)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var stream = new ArchiveStream(path);
        try
        {
            var context = new ErrorContext(path);
            ZipArchive archive = ZipGuard.Run(() => new ZipArchive(stream, ZipArchiveMode.Read), context);
            IReadOnlyCollection<ZipArchiveEntry> entries = ZipGuard.Run(() => archive.Entries, context);
            CheckDirectory(entries, stream.Length, maximumExpandedBytes, context);
            ZipArchiveEntry[] arrays = [.. entries.Where(entry => entry.FullName.EndsWith(NpzName.Extension, StringComparison.Ordinal))];
            Dictionary<string, ZipArchiveEntry> members = arrays.ToDictionary(ArrayName);
            return new NpzFile(path, archive, [.. arrays.Select(ArrayName)], members);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads an array's header; false if there is no array of that case-sensitive name.</summary>
    /// <exception cref="CheckpointFormatException">The array is there and its header is malformed.</exception>
    public bool TryGetInfo(string name, [NotNullWhen(true)] out TensorInfo? info)
    {
        info = null;
        if (!_members.TryGetValue(name, out ZipArchiveEntry? entry))
            return false;
        lock (_lock)
        {
            using var member = new NpzMember(entry, new ErrorContext(Path, name));
            info = member.Header.ToInfo(name);
            return true;
        }
    }

    /// <summary>Reads an array in double precision and C order; 64-bit integers beyond 2⁵³ are rounded.</summary>
    /// <exception cref="CheckpointFormatException">The array is malformed, or not of numbers.</exception>
    /// <exception cref="KeyNotFoundException">There is no such array; the message lists the nearest names.</exception>
    public Tensor Read(string name)
    {
        lock (_lock)
        {
            using NpzMember member = OpenMember(name);
            ZipArchiveEntry entry = _members[name];
            if (entry.Length / Trusted > entry.CompressedLength && member.Header.ElementType.IsReadable())
            {
                using NpzMember first = OpenMember(name);
                first.Visit(_ => { });
            }

            return new Tensor(name, member.Header.Shape, member.ReadValues());
        }
    }

    /// <inheritdoc/>
    public double[] ReadDouble(string name) => Read(name).Values;

    /// <inheritdoc/>
    public void Visit(string name, TensorVisitor visit)
    {
        lock (_lock)
        {
            using NpzMember member = OpenMember(name);
            member.Visit(visit);
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _archive.Dispose();

    private NpzMember OpenMember(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!_members.TryGetValue(name, out ZipArchiveEntry? entry))
            throw DisplayText.Missing(Path, "array", name, Names);
        return new NpzMember(entry, new ErrorContext(Path, name));
    }

    private static void CheckDirectory(
        IReadOnlyCollection<ZipArchiveEntry> entries, long fileLength, long maximumExpandedBytes, ErrorContext archive)
    {
        var names = new HashSet<string>();
        Int128 compressedTotal = 0;
        var budget = new MemoryBudget(fileLength, archive);
        foreach (ZipArchiveEntry entry in entries)
        {
            ErrorContext context = archive with { ItemName = entry.FullName };
            if (NpzName.Complaint(entry.FullName) is string complaint)
                throw context.Fail(null, complaint, "a relative name of plain characters");
            budget.Charge(EntryBytes + 2 * entry.FullName.Length, at: null);
            if (!names.Add(entry.FullName))
                throw context.Fail(null, "the member name a second time", "each name once");
            if (entry.Length < 0 || entry.CompressedLength < 0)
                throw context.Fail(null, $"sizes {entry.CompressedLength} and {entry.Length}", "sizes from 0 to 2⁶³ − 1");
            compressedTotal += entry.CompressedLength;
            if (compressedTotal > fileLength)
            {
                throw context.Fail(
                    null, $"members of {compressedTotal} compressed bytes together", $"at most {fileLength}, the size of the file");
            }

            if (entry.Length / MostExpansion > entry.CompressedLength)
            {
                throw context.Fail(
                    null, $"{entry.CompressedLength} bytes that expand to {entry.Length}", $"an expansion of at most {MostExpansion}");
            }

            if (entry.Length > entry.CompressedLength && entry.Length > maximumExpandedBytes)
                throw context.Fail(null, $"a compressed member of {entry.Length} bytes", $"at most {maximumExpandedBytes}");
        }
    }

    private static string ArrayName(ZipArchiveEntry entry) => entry.FullName[..^NpzName.Extension.Length];
}
