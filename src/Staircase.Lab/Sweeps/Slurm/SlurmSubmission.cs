using System.Security.Cryptography;

namespace Staircase.Lab;

/// <summary>
/// Tasks that were handed to Slurm, in a folder <c>slurm/001</c> of the sweep: the sweep as it then was, the tasks, the script, and what
/// each job says. Jobs are found by a name that no other submission has, so numbers that are used again mislead nobody.
/// </summary>
internal sealed class SlurmSubmission
{
    private const string FolderName = "slurm", TasksName = "tasks", RecordName = "submission.json", ScriptName = "job.sh";

    /// <summary>Logs from which a status quotes.</summary>
    private const int MostQuotes = 3;

    private readonly SweepFolder _sweep;
    private readonly string _path;
    private readonly int _tasksPerJob;

    private SlurmSubmission(SweepFolder sweep, int number, string name, int tasksPerJob)
    {
        (_sweep, Number, Name, _tasksPerJob) = (sweep, number, name, tasksPerJob);
        _path = PathOf(sweep, number);
    }

    /// <summary>Counted from 1 in its sweep.</summary>
    public int Number { get; }

    /// <summary>What its jobs are called.</summary>
    public string Name { get; }

    /// <summary>What was submitted, in a sentence.</summary>
    public string Summary { get; private set; } = "";

    /// <summary>Asks its jobs to stop, those that have yet to begin, too.</summary>
    public StopFile Stop => new(Path.Combine(_path, "stop"));

    /// <summary>Whether it was cancelled.</summary>
    public bool IsCancelled => Stop.IsThere;

    /// <summary>The submissions of a sweep.</summary>
    public static IReadOnlyList<SlurmSubmission> All(SweepFolder sweep)
    {
        string folder = Path.Combine(sweep.Path, FolderName);
        return !Directory.Exists(folder) ? [] :
        [
            .. Directory.EnumerateDirectories(folder).Select(path => ReadWhole(Path.GetFileName(path))).OfType<long>().Order()
                .Select(number => Open(sweep, (int)number)),
        ];
    }

    /// <summary>A submission by its number.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static SlurmSubmission Open(SweepFolder sweep, int number)
    {
        string path = Path.Combine(PathOf(sweep, number), RecordName);
        try
        {
            JsonNode json = JsonNode.Parse(Reading($"The submission {path}", () => File.ReadAllText(path)))!;
            return new(sweep, number, (string)json["name"]!, (int)json["tasksPerJob"]!);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NullReferenceException
            or FormatException or ArgumentNullException)
        {
            throw new InputException($"{path} is not the record of a submission: {exception.Message}", exception);
        }
    }

    /// <summary>Complains of a sweep of which jobs wait or run.</summary>
    /// <exception cref="InputException">They do, or nobody can tell.</exception>
    public static void RequireNone(SweepFolder sweep)
    {
        IReadOnlyList<SlurmSubmission> all = All(sweep);
        IReadOnlyList<SlurmJob> jobs;
        try
        {
            jobs = SlurmCommands.Jobs([.. all.Select(submission => submission.Name)]);
        }
        catch (InputException exception)
        {
            throw new InputException(
                $"{sweep.Path} was handed to Slurm, and whether jobs still run it cannot be told. {exception.Message} "
                + $"Delete {Path.Combine(sweep.Path, FolderName)} if none does.", exception);
        }

        Require(
            jobs.Count == 0,
            $"{sweep.Path} is in use by {jobs.Count} jobs of Slurm: 'staircase sweep status {sweep.Path}' shows them, "
            + $"'staircase sweep cancel {sweep.Path}' ends them.");
    }

    /// <summary>Submits tasks, in arrays below the size that Slurm allows; all of them or none.</summary>
    /// <exception cref="InputException">Slurm refuses; the message has its words.</exception>
    public static SlurmSubmission Create(
        SweepFolder sweep, SlurmRequest request, IReadOnlyList<SweepTask> tasks, IReadOnlyList<string> program)
    {
        int number = All(sweep) is [.., var last] ? last.Number + 1 : 1;
        int each = request.TasksOfAJob(tasks.Count), jobs = (tasks.Count + each - 1) / each;
        var submission = new SlurmSubmission(sweep, number, NewName(sweep), each);
        submission.Write(tasks, program, request.Cores);
        string ids;
        try
        {
            ids = string.Join(", ", submission.SubmitArrays(request, jobs, Min(jobs, SlurmCommands.MaxArraySize())));
        }
        catch (InputException exception)
        {
            submission.Withdraw();
            throw new InputException($"Nothing was submitted. {exception.Message}", exception);
        }

        submission.Summary = $"Submitted {Whole(tasks.Count)} tasks to Slurm as {Whole(jobs)} jobs of {Whole(each)}, "
            + $"{Whole(Min(jobs, request.Parallel))} at a time at most: {ids}.";
        return submission;
    }

    /// <summary>The tasks of a job, of the sweep as it was submitted.</summary>
    /// <param name="job">From 0.</param>
    /// <param name="spec">The sweep.</param>
    /// <exception cref="InputException">This program understands the sweep otherwise than the one that submitted it.</exception>
    public IReadOnlyList<SweepTask> TasksOf(int job, out SweepSpec spec)
    {
        SweepSpec said = spec = SweepFile.Read(Path.Combine(_path, "sweep.yaml"));
        SweepTask?[] tasks = [.. File.ReadLines(Path.Combine(_path, TasksName)).Skip(job * _tasksPerJob).Take(_tasksPerJob).Select(Task)];
        int others = tasks.Count(task => task is null);
        Require(others == 0, $"{_path}: {others} tasks are not those of its sweep.yaml: another version of the program submitted it.");
        return [.. tasks.OfType<SweepTask>()];

        // By the number of its combination, so that a job need not name all tasks of the sweep to find its own.
        SweepTask? Task(string line) => line.Split(' ') is [{ } id, { } combination]
            && ReadWhole(combination) is <= int.MaxValue and { } number && said.TaskAt((int)number) is { } task && task.Id == id
            ? task : null;
    }

    /// <summary>Takes its jobs that wait from the queue; those that run save and end by themselves once they are asked to stop.</summary>
    /// <exception cref="InputException">Slurm does not answer; the request stands all the same.</exception>
    public void Cancel() => SlurmCommands.Cancel(Name, pendingOnly: true);

    /// <summary>How the jobs of a sweep stand; null where none were submitted.</summary>
    /// <param name="sweep">The sweep.</param>
    /// <param name="open">The tasks that have no result.</param>
    public static Findings? Status(SweepFolder sweep, int open)
    {
        IReadOnlyList<SlurmSubmission> all = All(sweep);
        if (all.Count == 0)
            return null;
        IReadOnlyList<SlurmJob> jobs;
        try
        {
            jobs = SlurmCommands.Jobs([.. all.Select(submission => submission.Name)]);
        }
        catch (InputException exception)
        {
            return new([], [exception.Message], Json.Of(("error", exception.Message)));
        }

        SlurmJob[] waiting = [.. jobs.Where(job => job.State == "PENDING")];
        string reasons = string.Join(", ", waiting.Select(job => job.Reason).Distinct());
        string why = reasons.Length > 0 ? $" ({reasons})" : "";
        string[] quotes = jobs.Count == 0 && open > 0 ? all[^1].Quotes() : [];
        return new(
            [],
            jobs.Count > 0
                ? [$"Slurm: {Whole(jobs.Count - waiting.Length)} jobs run, {Whole(waiting.Length)} wait{why}."]
                : open == 0 ? [] :
                [
                    $"Slurm has no job left for the tasks that are open{(all[^1].IsCancelled ? ", as they were cancelled" : "")}: "
                    + "submit or run the sweep again.", .. quotes,
                ],
            Json.Of(
                ("running", jobs.Count - waiting.Length), ("waiting", waiting.Length), ("reasons", reasons),
                ("cancelled", all[^1].IsCancelled), ("lastWords", quotes)));
    }

    private static string PathOf(SweepFolder sweep, int number) =>
        Path.Combine(sweep.Path, FolderName, number.ToString("000", InvariantCulture));

    private static string NewName(SweepFolder sweep)
    {
        IEnumerable<char> name = Path.GetFileName(Path.GetFullPath(sweep.Path)).Where(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.');
        return $"{string.Concat(name)}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    }

    private void Write(IReadOnlyList<SweepTask> tasks, IReadOnlyList<string> program, int cores)
    {
        Directory.CreateDirectory(_path);
        File.Copy(_sweep.SpecPath, Path.Combine(_path, "sweep.yaml"));
        WriteText(TasksName, string.Concat(tasks.Select(task => $"{task.Id} {task.Combination}\n")));
        string command = CommandText.Of(
            [.. program, "sweep", "work", Path.GetFullPath(_sweep.Path), $"{Number}", "--threads", $"{cores}"]);
        WriteText(ScriptName, $"#!/bin/bash\nexec {command} --job $(($1 + SLURM_ARRAY_TASK_ID))\n");
        WriteText(RecordName, Json.Text(Json.Of(("name", Name), ("tasksPerJob", _tasksPerJob), ("version", RunRecord.CurrentVersion))));
    }

    /// <summary>
    /// The cap on jobs at a time is one of all arrays: it is shared among as many as may run side by side, and each other one waits for one
    /// of these.
    /// </summary>
    private string[] SubmitArrays(SlurmRequest request, int jobs, int size)
    {
        int arrays = (jobs + size - 1) / size, lanes = Min(arrays, request.Parallel);
        string[] ids = new string[arrays];
        for (int a = 0; a < arrays; a++)
        {
            int first = a * size, count = Min(size, jobs - first), lane = a % lanes;
            int parallel = request.Parallel / lanes + (lane < request.Parallel % lanes ? 1 : 0);
            string[] optional =
            [
                .. request.Memory is { } memory ? [$"--mem={memory}"] : (string[])[],
                .. request.Time is { } time ? [$"--time={time}"] : (string[])[],
                .. a >= lanes ? [$"--dependency=afterany:{ids[a - lanes]}"] : (string[])[],
            ];
            ids[a] = SlurmCommands.Submit(
            [
                $"--job-name={Name}", $"--array=0-{count - 1}%{parallel}", $"--output={Path.Combine(Path.GetFullPath(_path), "%A_%a.log")}",
                "--open-mode=append", $"--signal=B:USR2@{request.Notice}", "--requeue", $"--cpus-per-task={request.Cores}",
                .. optional, .. request.Flags, Path.Combine(_path, ScriptName), $"{first}",
            ]);
        }

        return ids;
    }

    /// <summary>What was submitted of it before something was refused runs nothing.</summary>
    private void Withdraw()
    {
        Stop.Write();
        try
        {
            SlurmCommands.Cancel(Name, pendingOnly: false);
            Directory.Delete(_path, recursive: true);
        }
        catch (InputException)
        {
            // Without Slurm: jobs that begin all the same find the request to stop.
        }
    }

    /// <summary>The last words of the jobs that ended last.</summary>
    private string[] Quotes() =>
    [
        .. new DirectoryInfo(_path).EnumerateFiles("*.log").OrderByDescending(file => file.LastWriteTimeUtc).Take(MostQuotes)
            .Select(file => (file.FullName, Last: File.ReadLines(file.FullName).LastOrDefault(line => line.Trim().Length > 0)))
            .Where(pair => pair.Last is not null).Select(pair => $"{pair.FullName}: {pair.Last}"),
    ];

    private void WriteText(string name, string text) =>
        AtomicFile.Write(Path.Combine(_path, name), stream => stream.Write(Encoding.UTF8.GetBytes(text)), durable: false);
}
