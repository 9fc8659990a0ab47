using System.IO.Compression;

namespace Staircase.Checkpoints;

/// <summary>Writes npz archives that numpy reads, the same bytes for the same content.</summary>
public static class NpzWriter
{
    /// <summary>The date zip begins with; the true one would make equal content differ.</summary>
    private static readonly DateTimeOffset FixedTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private const int FileAttributes = unchecked((int)0x81A4_0000); // -rw-r--r-- of a regular file, as zip keeps Unix permissions

    /// <summary>
    /// Writes stored npy 1.0 members in the order given, to a temporary name that is then renamed over <paramref name="path"/>.
    /// </summary>
    /// <exception cref="ArgumentException">A name occurs twice, is too long, absolute, or climbs out with <c>..</c>.</exception>
    /// <exception cref="IOException">The file cannot be written; the file that was there before is unchanged.</exception>
    public static void Write(string path, IReadOnlyList<TensorToWrite> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        CheckNames(tensors);
        AtomicFile.Write(path, stream =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
            foreach (TensorToWrite tensor in tensors)
            {
                ZipArchiveEntry entry = archive.CreateEntry(tensor.Name + NpzName.Extension, CompressionLevel.NoCompression);
                entry.LastWriteTime = FixedTime;
                entry.ExternalAttributes = FileAttributes;
                using Stream member = entry.Open();
                member.Write(NpyHeader.Format(tensor.ElementType, tensor.Shape.AsSpan()));
                tensor.WriteData(member);
            }
        });
    }

    private static void CheckNames(IReadOnlyList<TensorToWrite> tensors)
    {
        var names = new HashSet<string>();
        foreach (TensorToWrite tensor in tensors)
        {
            if (NpzName.Complaint(tensor.Name) is string complaint)
                throw new ArgumentException($"{DisplayText.Quote(tensor.Name)} would be {complaint}.", nameof(tensors));
            if (WellFormedText.StrictUtf8.GetByteCount(tensor.Name) > ushort.MaxValue - NpzName.Extension.Length)
                throw new ArgumentException($"The name {DisplayText.Quote(tensor.Name)} is too long for a zip archive.", nameof(tensors));
            if (!names.Add(tensor.Name))
                throw new ArgumentException($"The name {DisplayText.Quote(tensor.Name)} occurs twice.", nameof(tensors));
        }
    }
}
