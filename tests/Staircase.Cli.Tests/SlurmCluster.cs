using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace Staircase.Cli.Tests;

/// <summary>
/// A real Slurm on this machine, of one node with two cores: munged, slurmctld and slurmd on loopback, without accounting.
/// </summary>
public sealed class SlurmCluster : IDisposable
{
    /// <summary>Small, so that a sweep of a few jobs is more than one array.</summary>
    public const int MaxArraySize = 2;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), BetweenLooks = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private readonly List<Process> _daemons = [];
    private readonly HashSet<string> _begun = new(StringComparer.Ordinal);
    private Process? _controller;

    public SlurmCluster()
    {
        if (!IsHere || OperatingSystem.IsWindows())
            return;
        File.WriteAllBytes(_folder["munge.key"], RandomNumberGenerator.GetBytes(1024));
        File.SetUnixFileMode(_folder["munge.key"], UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(_folder.Path, (UnixFileMode)0b111_101_101); // munge asks that others may pass
        foreach (string name in (string[])["state", "spool"])
            Directory.CreateDirectory(_folder[name]);
        _folder.Write("slurm.conf", Configuration(FreePort(), FreePort()));
        Start("munged", "--foreground", "--force", $"--key-file={_folder["munge.key"]}", $"--socket={_folder["munge.socket"]}",
            $"--pid-file={_folder["munged.pid"]}", $"--log-file={_folder["munged.log"]}", $"--seed-file={_folder["munged.seed"]}");
        WaitFor("munged", () => File.Exists(_folder["munge.socket"]));
        StartController();
        StartNode();
    }

    /// <summary>Whether Slurm is installed; .ci/run installs it and lets no test be left out.</summary>
    public static bool IsHere { get; } =
        Environment.GetEnvironmentVariable("STAIRCASE_EXPECT_SLURM") is "1"
        || new[] { "slurmctld", "slurmd", "munged", "sinfo" }.All(IsInPath);

    /// <summary>The file that tells Slurm's programs of this cluster, by the variable SLURM_CONF.</summary>
    public string ConfigurationPath => _folder["slurm.conf"];

    /// <summary>Starts the controller, which knows what it knew before.</summary>
    public void StartController()
    {
        _controller = Start("slurmctld", "-D");
        WaitFor("slurmctld", () => Slurm("sinfo", "--noheader").Code == 0);
    }

    /// <summary>Ends the controller as its service does, so that it writes down what it knows.</summary>
    public void StopController()
    {
        Slurm("scontrol", "shutdown", "slurmctld").Succeeded();
        WaitFor("end of slurmctld", () => _controller!.HasExited);
    }

    /// <summary>Starts the node.</summary>
    public void StartNode()
    {
        Start("slurmd", "-D", "-N", "localhost");
        WaitFor("slurmd", () => Slurm("sinfo", "--noheader", "--states=idle", "--format=%D").Out.Trim() == "1");
    }

    /// <summary>
    /// Ends the node with all that runs on it at once, and tells the controller, which would find out by itself only later.
    /// </summary>
    public void KillNode()
    {
        Kill(process => process.Comm is "slurmd" or "slurmstepd"
            || process.Environment.Contains("SLURM_JOB_ID=", StringComparison.Ordinal));
        Slurm("scontrol", "update", "nodename=localhost", "state=down", "reason=killed").Succeeded();
    }

    /// <summary>What squeue says of the jobs of a sweep, a line an element: its number, its state, how often it was put back.</summary>
    public string[] Jobs(string sweep) =>
    [
        .. Slurm("squeue", "--noheader", "--array", "--format=%F_%K %T %j").Succeeded().Out.Split('\n')
            .Where(line => line.Contains($" {sweep}-", StringComparison.Ordinal)),
    ];

    /// <summary>
    /// Lets jobs that were put back begin in a few seconds, not in Slurm's two minutes; at once, and the node would take the job's new
    /// credential for the one that was just revoked.
    /// </summary>
    public void LetBegin(string sweep)
    {
        foreach (string job in Jobs(sweep).Where(job => job.Contains("PENDING", StringComparison.Ordinal)))
        {
            string id = job.Split(' ')[0];
            if (_begun.Add(id))
                Slurm("scontrol", "update", $"jobid={id}", "StartTime=now+5");
        }
    }

    /// <summary>Runs a program of Slurm.</summary>
    internal Outcome Slurm(string program, params string[] arguments)
    {
        using Process process = Launch(program, arguments);
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error.Result);
    }

    /// <summary>Waits for something that has no event.</summary>
    public void WaitFor(string what, Func<bool> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed > Patience)
                Assert.Fail($"After {Patience} there is still no {what}.\n{Slurm("squeue", "--array").Out}\n{Logs()}");
            Thread.Sleep(BetweenLooks);
        }
    }

    public void Dispose()
    {
        Kill(_ => true);
        foreach (Process daemon in _daemons)
        {
            if (!daemon.HasExited)
                daemon.Kill();
            daemon.Dispose();
        }

        _folder.Dispose();
    }

    private static bool IsInPath(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Concat(["/usr/sbin"]).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private string Configuration(int controller, int node) => $"""
        ClusterName=staircase
        SlurmctldHost=localhost
        SlurmctldPort={controller}
        SlurmdPort={node}
        AuthType=auth/munge
        AuthInfo=socket={_folder["munge.socket"]}
        CredType=cred/munge
        SlurmUser={Environment.UserName}
        SlurmdUser={Environment.UserName}
        StateSaveLocation={_folder["state"]}
        SlurmdSpoolDir={_folder["spool"]}
        SlurmctldPidFile={_folder["slurmctld.pid"]}
        SlurmdPidFile={_folder["slurmd.pid"]}
        SlurmctldLogFile={_folder["slurmctld.log"]}
        SlurmdLogFile={_folder["slurmd.log"]}
        ProctrackType=proctrack/linuxproc
        TaskPlugin=task/none
        JobAcctGatherType=jobacct_gather/none
        AccountingStorageType=accounting_storage/none
        MpiDefault=none
        SelectType=select/cons_tres
        SelectTypeParameters=CR_Core
        SchedulerParameters=bf_interval=1,sched_interval=1,sched_min_interval=0,batch_sched_delay=0
        PreemptType=preempt/partition_prio
        PreemptMode=REQUEUE
        ReturnToService=2
        MaxArraySize={MaxArraySize}
        KillWait=10
        MessageTimeout=3
        NodeName=localhost NodeHostname={Dns.GetHostName().Split('.')[0]} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2000
        PartitionName=main Nodes=ALL Default=YES PriorityTier=1 GraceTime=5 MaxTime=INFINITE State=UP
        PartitionName=urgent Nodes=ALL PriorityTier=10 MaxTime=INFINITE State=UP
        """ + "\n";

    private Process Start(string daemon, params string[] arguments)
    {
        Process process = Launch(File.Exists($"/usr/sbin/{daemon}") ? $"/usr/sbin/{daemon}" : daemon, arguments);
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _daemons.Add(process);
        return process;
    }

    private Process Launch(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SLURM_CONF"] = ConfigurationPath;
        return Process.Start(start)!;
    }

    /// <summary>Ends processes of this cluster at once: they know it by its file.</summary>
    private void Kill(Func<(string Comm, string Environment), bool> which)
    {
        foreach (string path in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                string environment = File.ReadAllText(Path.Combine(path, "environ")), comm =
                    File.ReadAllText(Path.Combine(path, "comm")).Trim();
                if (environment.Contains($"SLURM_CONF={ConfigurationPath}", StringComparison.Ordinal) && which((comm, environment)))
                    Process.GetProcessById(int.Parse(Path.GetFileName(path), System.Globalization.CultureInfo.InvariantCulture)).Kill();
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException
                or InvalidOperationException)
            {
                // It has just ended.
            }
        }
    }

    private string Logs() => string.Join('\n', ((string[])["slurmctld.log", "slurmd.log"]).Where(name => File.Exists(_folder[name]))
        .SelectMany(name => File.ReadLines(_folder[name]).TakeLast(15)));
}
