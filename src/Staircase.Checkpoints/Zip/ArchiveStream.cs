namespace Staircase.Checkpoints;

/// <summary>A file in which a seek before the beginning is the archive's fault.</summary>
/// <remarks>
/// ZipArchive follows forged negative zip64 offsets, and FileStream answers with the same IOException that a failing disk
/// would give; here the two can be told apart.
/// </remarks>
internal sealed class ArchiveStream(string path) : FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read)
{
    public override long Position
    {
        get => base.Position;
        set => Seek(value, SeekOrigin.Begin);
    }

    public override long Seek(long offset, SeekOrigin origin)
    {
        long start = origin switch
        {
            SeekOrigin.Begin => 0,
            SeekOrigin.Current => base.Position,
            _ => Length,
        };
        Int128 target = (Int128)start + offset;
        if (target < 0 || target > long.MaxValue)
            throw new InvalidDataException($"an offset of {target}");
        return base.Seek(offset, origin);
    }
}
