namespace Staircase.Cli;

/// <summary>What the program tells the shell.</summary>
public static class ExitCode
{
    /// <summary>All went well.</summary>
    public const int Success = 0;

    /// <summary>A check failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>Bad usage or bad input.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped, and resumable.</summary>
    public const int Interrupted = 3;
}
