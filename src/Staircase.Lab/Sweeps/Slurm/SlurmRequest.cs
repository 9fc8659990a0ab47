namespace Staircase.Lab;

/// <summary>What a cluster is asked for. What is not said is left to its own defaults.</summary>
public sealed record SlurmRequest
{
    /// <summary>Cores of a job, each of which trains a task of its own while there are enough.</summary>
    public int Cores { get; init; } = 1;

    /// <summary>Memory of a job, as Slurm writes it: 2G.</summary>
    public string? Memory { get; init; }

    /// <summary>The time limit of a job, as Slurm writes it; a job that reaches it is put back into the queue and goes on.</summary>
    public string? Time { get; init; }

    /// <summary>Jobs that run at the same time, at most.</summary>
    public int Parallel { get; init; } = 100;

    /// <summary>Tasks that a job does one after another; null lets their seconds decide.</summary>
    public int? TasksPerJob { get; init; }

    /// <summary>The seconds that a task takes; NaN where that is not known.</summary>
    public double SecondsPerTask { get; init; } = double.NaN;

    /// <summary>Flags of sbatch, as they are.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>A job shorter than this spends its time on starting.</summary>
    private const double WorthAJob = 120;

    /// <summary>Saving takes a moment, and Slurm gives its signal when it next looks.</summary>
    private const double LongestNotice = 90;

    /// <summary>Seconds before the time limit at which a job is told to save: 90, or half of a short limit.</summary>
    /// <exception cref="InputException">The time cannot be read.</exception>
    internal int Notice => (int)Min(LongestNotice, Time is { } time ? Seconds(time) / 2 : LongestNotice);

    /// <summary>
    /// Tasks a job: enough that starting it is worth while, not more than its time limit allows, so few that the others have work, too.
    /// </summary>
    internal int TasksOfAJob(int tasks)
    {
        if (TasksPerJob is { } said)
            return said;
        double seconds = double.IsNaN(SecondsPerTask) ? WorthAJob : SecondsPerTask / Cores;
        double limit = Time is { } time ? Seconds(time) / 2 : double.MaxValue;
        return (int)Clamp(Min(WorthAJob, limit) / seconds, 1, Max(1, Ceiling((double)tasks / Cores)) * Cores);
    }

    /// <summary>Minutes, minutes:seconds, hours:minutes:seconds, or days and a dash before hours and so on.</summary>
    private static double Seconds(string time)
    {
        string[] days = time.Split('-');
        double[] parts = [.. days[^1].Split(':').Select(part => ReadWhole(part) ?? double.NaN)];
        double seconds = (days.Length, parts.Length) switch
        {
            (1, 1) => 60 * parts[0],
            (1, 2) => 60 * parts[0] + parts[1],
            (1, 3) => 3600 * parts[0] + 60 * parts[1] + parts[2],
            (2, <= 3) when ReadWhole(days[0]) is { } day =>
                86400.0 * day + 3600 * parts[0] + 60 * parts.ElementAtOrDefault(1) + parts.ElementAtOrDefault(2),
            _ => double.NaN,
        };
        return seconds > 0 ? seconds
            : throw new InputException($"‹time› must be as Slurm writes it, such as 30, 01:30:00 or 2-12; found '{time}'.");
    }
}
