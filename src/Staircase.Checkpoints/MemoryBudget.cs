namespace Staircase.Checkpoints;

/// <summary>
/// What the description of a file's tensors may take in memory: <see cref="Constant"/> and twice the file; for a pickle, what histories
/// take.
/// </summary>
/// <remarks>
/// Charged before it is taken, by estimates that are rather too large. The numbers of a tensor are not part of it: they are read when asked
/// for, and are in the file.
/// </remarks>
internal sealed class MemoryBudget(long fileLength, ErrorContext context)
{
    public const long Constant = 4 << 20; // what small files may take whatever their length

    private const long HistoryPerByte = 32, MostHistory = 1L << 30;

    private long _left = Constant + 2 * fileLength;

    /// <summary>
    /// What a pickle builds may be as much as histories take that trainers keep beside the weights: dicts of an epoch come to some twenty
    /// times their opcodes. Opcodes that build more from less are a bomb's.
    /// </summary>
    public void AllowHistory(long pickleLength) => _left += Min(HistoryPerByte * pickleLength, MostHistory);

    /// <summary>What an index costs may be as much as what it names: more files, more room.</summary>
    public void Allow(long fileLength) => _left += 2 * fileLength;

    /// <exception cref="CheckpointFormatException">Nothing is left.</exception>
    public void Charge(long cost, long? at)
    {
        _left -= cost;
        if (_left < 0)
            throw context.Fail(at, "descriptions that take more memory than twice the file", "the description of tensors");
    }
}
