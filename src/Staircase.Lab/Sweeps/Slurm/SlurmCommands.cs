namespace Staircase.Lab;

/// <summary>The programs of Slurm, of which none needs accounting; what they complain of is said in their own words.</summary>
internal static class SlurmCommands
{
    /// <summary>Submits a batch script.</summary>
    /// <returns>The number of the job.</returns>
    /// <exception cref="InputException">It is refused.</exception>
    public static string Submit(IEnumerable<string> arguments) =>
        Run("sbatch", ["--parsable", .. arguments]).Trim().Split(';')[0]; // behind it the name of the cluster

    /// <summary>The jobs of these names that wait or run, an element of an array each.</summary>
    /// <exception cref="InputException">Slurm does not answer.</exception>
    public static IReadOnlyList<SlurmJob> Jobs(IReadOnlyCollection<string> names) => names.Count == 0 ? [] :
    [
        .. Run("squeue", ["--noheader", "--array", $"--name={string.Join(',', names)}", "--format=%F|%K|%T|%r|%j"]).Split('\n')
            .Select(line => line.Split('|', 5)).Where(parts => parts.Length == 5)
            .Select(parts => new SlurmJob($"{parts[0]}_{parts[1]}", parts[2], parts[3], parts[4].Trim())),
    ];

    /// <summary>Ends the jobs of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="pendingOnly">Whether those that run are left alone.</param>
    public static void Cancel(string name, bool pendingOnly) =>
        Run("scancel", [$"--name={name}", .. pendingOnly ? ["--state=PENDING"] : (string[])[]]);

    /// <summary>Puts a job that runs back into the queue.</summary>
    public static void Requeue(string job) => Run("scontrol", ["requeue", job]);

    /// <summary>Indices of arrays lie below it.</summary>
    public static int MaxArraySize() => Run("scontrol", ["show", "config"]).Split('\n').Select(line => line.Split('=', 2))
        .Where(parts => parts.Length == 2 && parts[0].Trim() == "MaxArraySize")
        .Select(parts => int.Parse(parts[1], InvariantCulture)).DefaultIfEmpty(1001).First();

    /// <summary>The state of a job, such as RUNNING; null where Slurm knows of none, or not any more.</summary>
    /// <exception cref="InputException">Slurm does not answer.</exception>
    public static string? State(string job)
    {
        (int code, string output, string error) = Start("squeue", ["--noheader", $"--jobs={job}", "--format=%T"]);
        return code == 0 ? output.Trim() is { Length: > 0 } state ? state : null
            : error.Contains("Invalid job id") ? null
            : throw Refused("squeue", error);
    }

    private static string Run(string program, IReadOnlyList<string> arguments)
    {
        (int code, string output, string error) = Start(program, arguments);
        return code == 0 ? output : throw Refused(program, error);
    }

    private static InputException Refused(string program, string error) =>
        new($"Slurm refuses: {string.Join(' ', error.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .DefaultIfEmpty($"{program} failed and said nothing."))}");

    private static (int Code, string Output, string Error) Start(string program, IReadOnlyList<string> arguments)
    {
        try
        {
            return Programs.Run(program, arguments);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw new InputException($"'{program}' is not here: Slurm's programs must be in the PATH of the machine.");
        }
    }
}

/// <summary>A job that waits or runs: an element of an array.</summary>
/// <param name="Id">As <c>12_3</c>.</param>
/// <param name="State">Such as PENDING.</param>
/// <param name="Reason">Why it waits.</param>
/// <param name="Name">The name of the array.</param>
internal readonly record struct SlurmJob(string Id, string State, string Reason, string Name);
