namespace Staircase.Checkpoints;

/// <summary>How many threads read, audit and take apart checkpoints; no result depends on it.</summary>
public static class ReadingThreads
{
    /// <summary>One a processor, unless it is set.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public static int Count
    {
        get;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            field = value;
        }
    } = Environment.ProcessorCount;
}
