using System.Runtime.InteropServices;

namespace Staircase.Cli;

/// <summary>
/// Ctrl-C, termination and the signal that Slurm gives before a time limit as a cancellation, so that a training can leave a resumable run;
/// a second Ctrl-C ends the program at once.
/// </summary>
internal static class StopSignal
{
    /// <summary>SIGUSR2, which .NET has no name for; other systems than Linux have another number for it, and no Slurm.</summary>
    private const PosixSignal UserSignal = (PosixSignal)12;

    private static readonly CancellationTokenSource Source = new();

    private static readonly Lazy<PosixSignalRegistration[]> Registrations = new(() =>
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        .. OperatingSystem.IsLinux() ? [PosixSignalRegistration.Create(UserSignal, Stop)] : (PosixSignalRegistration[])[],
    ]);

    /// <summary>Cancelled by the first signal; who asks for it listens from then on.</summary>
    public static CancellationToken Token => Registrations.Value.Length > 0 ? Source.Token : default;

    private static void Stop(PosixSignalContext context)
    {
        context.Cancel = !Source.IsCancellationRequested;
        Source.Cancel();
    }
}
