namespace Staircase.Lab;

/// <summary>
/// Keeps a run folder to one writer: a file <c>lock</c> in it that names the process and the host, as long as they write. What a dead
/// process of this host has left is taken over, and what a job of Slurm has left that has ended on whatever host; of others nobody here can
/// tell.
/// </summary>
internal sealed class RunLock : IDisposable
{
    public const string FileName = "lock"; // the file's name

    /// <summary>How often a file is looked at that another process is just writing, and how long between two looks.</summary>
    private const int Looks = 100, MillisecondsBetweenLooks = 10;

    private readonly string _path;

    private RunLock(string path) => _path = path;

    /// <summary>Takes the lock of a folder.</summary>
    /// <exception cref="InputException">Another process has it; the message names it.</exception>
    /// <exception cref="IOException">The folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    public static RunLock Take(string folder)
    {
        string path = Path.Combine(folder, FileName);
        for (int look = 0; look < Looks; look++)
        {
            if (TryCreate(path) || TryTakeOver(folder, path))
                return new(path);
            Thread.Sleep(MillisecondsBetweenLooks);
        }

        throw new InputException($"{folder} is in use: its file '{FileName}' says not by whom. Delete it if nothing trains there.");
    }

    /// <summary>Gives the folder back.</summary>
    public void Dispose()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception exception) when (IsOfFiles(exception))
        {
            // A disk that went away: the lock is that of a dead process soon.
        }
    }

    private static bool TryCreate(string path)
    {
        FileStream file;
        try
        {
            file = new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return false;
        }

        try
        {
            using (file)
                file.Write(Owner.Here.Bytes);
            return true;
        }
        catch (IOException)
        {
            File.Delete(path); // on a full disk: one that names nobody would keep everybody out
            throw;
        }
    }

    /// <summary>Writes this process into a dead one's file, which is held meanwhile, so that of two who try one succeeds.</summary>
    /// <exception cref="InputException">The owner is alive, or of another host.</exception>
    private static bool TryTakeOver(string folder, string path)
    {
        try
        {
            using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
                using var reader = new StreamReader(file, leaveOpen: true);
                if (Owner.Parse(reader.ReadToEnd()) is not { } owner)
                    return false; // not written yet
                if (!owner.IsGone)
                {
                    throw new InputException(
                        $"{folder} is in use by process {owner.Process} on {owner.Host}: wait for it, or choose another ‹out›."
                        + (owner.IsHere ? "" : $" If it is gone, delete {path}."));
                }

                file.Position = 0; // written over and then cut: on a full disk no byte of it would come back
                file.Write(Owner.Here.Bytes);
                file.SetLength(file.Position);
            }

            // Its owner may have deleted the file between opening and holding it: then this is no lock of anybody's.
            return File.Exists(path) && Owner.Parse(File.ReadAllText(path)) == Owner.Here;
        }
        catch (IOException)
        {
            return false; // just deleted, or held by another who looks
        }
    }

    /// <summary>A process, by its number, when it began, and where numbers mean the same.</summary>
    /// <param name="Process">Its number.</param>
    /// <param name="Began">When, in the system's own unit: a number that is used again is another's.</param>
    /// <param name="Host">The machine's name.</param>
    /// <param name="Space">Containers on one machine may bear its name and count processes for themselves.</param>
    /// <param name="Job">Its job of Slurm; empty where it is none.</param>
    /// <param name="Restart">How often the job had been put back into the queue before.</param>
    private sealed record Owner(int Process, long Began, string Host, string Space, string Job, string Restart)
    {
        /// <summary>This one.</summary>
        public static Owner Here { get; } = new(
            Environment.ProcessId, BeganAt(Environment.ProcessId) ?? 0, Environment.MachineName,
            OperatingSystem.IsLinux() ? new FileInfo("/proc/self/ns/pid").LinkTarget ?? "unknown" : "machine",
            Environment.GetEnvironmentVariable("SLURM_JOB_ID") ?? "", Environment.GetEnvironmentVariable("SLURM_RESTART_COUNT") ?? "0");

        public byte[] Bytes => Encoding.UTF8.GetBytes(
            string.Create(
                InvariantCulture,
                $"process {Process}\nbegan {Began}\nhost {Host}\nspace {Space}\njob {Job}\nrestart {Restart}\n"));

        public bool IsHere => Host == Here.Host && Space == Here.Space;

        /// <summary>Whether it is known to have ended.</summary>
        public bool IsGone => IsHere ? BeganAt(Process) != Began : Job.Length > 0 && HasJobEnded;

        /// <summary>Of a job that was put back into the queue Slurm has ended what ran before; others it is asked for.</summary>
        private bool HasJobEnded
        {
            get
            {
                if (Job == Here.Job)
                    return Restart != Here.Restart;
                try
                {
                    return SlurmCommands.State(Job) is null or "PENDING";
                }
                catch (InputException)
                {
                    return false; // nobody can tell
                }
            }
        }

        public static Owner? Parse(string text)
        {
            string?[] words = [.. ((string[])["process", "began", "host", "space"]).Select(word => Line(text, word))];
            return words is [{ } process, { } began, { } host, { } space]
                && ReadWhole(process) is <= int.MaxValue and { } number && ReadWhole(began) is { } at
                ? new((int)number, at, host, space, Line(text, "job") ?? "", Line(text, "restart") ?? "0")
                : null;
        }

        private static string? Line(string text, string word) => text.Split('\n').SkipLast(1)
            .FirstOrDefault(line => line.StartsWith(word + " ", StringComparison.Ordinal))?[(word.Length + 1)..];

        /// <summary>When a process began; null where there is none of this number, or only what its parent has yet to bury.</summary>
        private static long? BeganAt(int process)
        {
            try
            {
                if (!OperatingSystem.IsLinux())
                    return System.Diagnostics.Process.GetProcessById(process).StartTime.ToFileTimeUtc();

                // .NET derives the time from the clock, which may be set; the kernel counts ticks, in field 22. The name is field 2.
                string stat = File.ReadAllText($"/proc/{process}/stat");
                string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
                return fields[0] is "Z" or "X" ? null : long.Parse(fields[19], InvariantCulture);
            }
            catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
            {
                return null;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return 0; // somebody else's, which may not be asked
            }
        }
    }
}

/// <summary>A lock where none is needed.</summary>
internal sealed class NoLock : IDisposable
{
    public static NoLock Held { get; } = new();

    public void Dispose()
    {
        // Nothing was locked.
    }
}
