namespace Staircase.Native;

/// <summary>What a call returns: the exit codes of the command line.</summary>
internal static class Status
{
    /// <summary>All is well.</summary>
    public const int Success = 0;

    /// <summary>What was given cannot be used; <c>staircase_error</c> says why.</summary>
    public const int BadInput = 2;

    /// <summary>The caller's progress function asked to stop.</summary>
    public const int Stopped = 3;

    /// <summary>A mistake of the library.</summary>
    public const int Internal = 70;
}
