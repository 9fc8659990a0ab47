using System.Buffers.Binary;
using System.IO.Compression;

namespace Staircase.Checkpoints;

/// <summary>Opens a file of any format that is read here; which one its first bytes say, not its name.</summary>
public static class CheckpointFile
{
    /// <summary>What files of checkpoints are called.</summary>
    public static IReadOnlyList<string> Extensions { get; } =
        [".safetensors", ".pth", ".pt", ".bin", ".ckpt", ".pth.tar", ".pt.tar", ".npz", ".npy"];

    /// <summary>Opens a file.</summary>
    /// <param name="path">safetensors, an index of shards, torch's zip format, npz or npy.</param>
    /// <param name="mapped">Whether safetensors are read by mapping them into memory: fast on a local disk, slow and fragile on a
    /// network's.</param>
    /// <param name="partial">Whether safetensors may be there in part: a file that ends early, shards that are missing.</param>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of its format, or is of none of them.</exception>
    public static ITensorSource Open(string path, bool mapped = false, bool partial = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (ShardedCheckpoint.IsIndex(path))
            return ShardedCheckpoint.Open(path, mapped, partial);
        Span<byte> start = stackalloc byte[9];
        int read;
        using (FileStream stream = File.OpenRead(path))
            read = stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false);
        start = start[..read];
        if (start.StartsWith("PK"u8))
            return IsTorch(path) ? TorchFile.Open(path) : NpzFile.Open(path);
        if (start.StartsWith<byte>([0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y']))
            return new NpySource(path);
        if (read > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5 && !(read == 9 && start[8] == '{'))
            return TorchFile.Open(path);
        return SafetensorsFile.Open(path, mapped, partial);
    }

    /// <summary>Whether a file's bytes are those of a checkpoint, whatever it is called.</summary>
    public static bool Recognizes(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            using FileStream stream = File.OpenRead(path);
            Span<byte> start = stackalloc byte[9];
            if (stream.Length < start.Length || stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length)
                return false;
            if (start.StartsWith("PK"u8))
                return IsTorch(path);
            return start[8] == '{' && BinaryPrimitives.ReadUInt64LittleEndian(start) is > 1 and <= SafetensorsHeader.MostHeaderBytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CheckpointFormatException)
        {
            return false;
        }
    }

    /// <summary>A name without the endings of checkpoints; a dot in a number (<c>val_loss=2.31</c>) is no ending.</summary>
    internal static string StemOf(string name)
    {
        while (Extensions.FirstOrDefault(ending => name.EndsWith(ending, StringComparison.OrdinalIgnoreCase)) is { } ending)
            name = name[..^ending.Length];
        return name;
    }

    private static bool IsTorch(string path)
    {
        // Torch's names say torch, so that a broken directory is judged by the strict reader.
        if (path.EndsWith(".pth", StringComparison.Ordinal) || path.EndsWith(".pt", StringComparison.Ordinal))
            return true;
        var context = new ErrorContext(path);
        using var stream = new ArchiveStream(path);
        return ZipGuard.Run(() =>
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            return archive.Entries.Any(entry => TorchFile.IsPickleName(entry.FullName));
        }, context);
    }
}
