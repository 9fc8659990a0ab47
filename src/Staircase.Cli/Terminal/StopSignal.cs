using System.Runtime.InteropServices;

namespace Staircase.Cli;

/// <summary>
/// Ctrl-C, termination and the signal that Slurm gives before a time limit as a cancellation, so that a training can leave a resumable run;
/// a second Ctrl-C ends the program at once.
/// </summary>
public sealed class StopSignal : IDisposable
{
    /// <summary>SIGUSR2, which .NET has no name for; other systems than Linux have another number for it, and no Slurm.</summary>
    private const PosixSignal UserSignal = (PosixSignal)12;

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    /// <summary>Listens from now on.</summary>
    public StopSignal() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
        .. OperatingSystem.IsLinux() ? [PosixSignalRegistration.Create(UserSignal, Stop)] : Array.Empty<PosixSignalRegistration>(),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        _source.Cancel();
    }
}
