using System.Diagnostics;

namespace Staircase.Cli.Tests;

/// <summary>The program as a user starts it: a process of its own.</summary>
internal sealed class StaircaseProcess : IDisposable
{
    /// <summary>Far more than any of these commands needs, even on a busy machine; only a hang reaches it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private readonly Process _process;
    private readonly Task<string> _out;
    private readonly Task<string> _error;

    private StaircaseProcess(ProcessStartInfo start)
    {
        _process = Process.Start(start)!;
        _out = _process.StandardOutput.ReadToEndAsync();
        _error = _process.StandardError.ReadToEndAsync();
    }

    /// <summary>The program as it is built; or the one that STAIRCASE_PROGRAM names, such as one compiled ahead of time.</summary>
    public static IReadOnlyList<string> Program { get; } = Environment.GetEnvironmentVariable("STAIRCASE_PROGRAM") is { Length: > 0 } path
        ? [Path.GetFullPath(path)]
        : Built;

    /// <summary>The program as it is built.</summary>
    public static IReadOnlyList<string> Built => ["dotnet", Path.Combine(AppContext.BaseDirectory, "Staircase.Cli.dll")];

    public bool HasExited => _process.HasExited;

    public int Id => _process.Id;

    /// <summary>What it has computed so far, on all cores.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public static StaircaseProcess Start(string folder, params string[] args) => new(Describe(folder, [.. Program, .. args]));

    public static Outcome Run(string folder, params string[] args)
    {
        using StaircaseProcess process = Start(folder, args);
        return process.Wait();
    }

    public static Outcome RunWith(string folder, string variable, string value, params string[] args)
    {
        ProcessStartInfo start = Describe(folder, [.. Program, .. args]);
        start.Environment[variable] = value;
        using var process = new StaircaseProcess(start);
        return process.Wait();
    }

    /// <summary>Runs the program as it is built, whatever is tested otherwise.</summary>
    public static Outcome RunBuilt(string folder, params string[] args)
    {
        using var process = new StaircaseProcess(Describe(folder, [.. Built, .. args]));
        return process.Wait();
    }

    /// <summary>Runs another program.</summary>
    public static Outcome RunOther(string folder, params string[] line)
    {
        using var process = new StaircaseProcess(Describe(folder, line));
        return process.Wait();
    }

    /// <summary>Runs a line of shell in which <c>$STAIRCASE</c> is the program.</summary>
    public static Outcome Shell(string folder, string line)
    {
        ProcessStartInfo start = Describe(folder, ["bash", "-c", line]);
        start.Environment["STAIRCASE"] = string.Join(' ', Program);
        using var process = new StaircaseProcess(start);
        return process.Wait();
    }

    public Outcome Wait()
    {
        using var limit = new CancellationTokenSource(Patience);
        try
        {
            _process.WaitForExitAsync(limit.Token).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            Kill();
            Assert.Fail(
                $"The program was still running after {Patience}: {string.Join(' ', _process.StartInfo.ArgumentList)}\n{_error.Result}");
        }

        return new(_process.ExitCode, _out.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
    }

    /// <summary>Ends the process at once, as SIGKILL does.</summary>
    public void Kill()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
    }

    /// <summary>Sends a signal by name: INT, TERM.</summary>
    public void Signal(string name)
    {
        using Process kill = Process.Start("bash", ["-c", $"kill -{name} {_process.Id}"]);
        kill.WaitForExit();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }

    private static ProcessStartInfo Describe(string folder, string[] line) =>
        new(line[0], line[1..])
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
}
