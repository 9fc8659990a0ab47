namespace Staircase.Cli;

/// <summary>How the program ends.</summary>
public static class ExitCode
{
    /// <summary>All is well.</summary>
    public const int Success = 0;

    /// <summary>A check of a figure failed.</summary>
    public const int CheckFailed = 1;

    /// <summary>The input cannot be used; one line on standard error says why.</summary>
    public const int BadInput = 2;

    /// <summary>Stopped before the end; a run can be resumed.</summary>
    public const int Interrupted = 3;

    /// <summary>A mistake of the program; one line on standard error says what to report.</summary>
    public const int Internal = 70;
}
