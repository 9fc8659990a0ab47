namespace Staircase.Lab;

/// <summary>How long a network trains, and what of it is written down.</summary>
/// <param name="Steps">The last step.</param>
/// <param name="Record">Which steps are measured; the last always is.</param>
/// <param name="Checkpoints">Which steps are kept on disk; the first and the last always are.</param>
public sealed record NetworkSchedule(long Steps, RecordSchedule Record, RecordSchedule Checkpoints)
{
    /// <summary>How many times more checkpoints are kept within a transition.</summary>
    private const int TransitionDensity = 5;

    /// <summary>Whether a step is measured.</summary>
    public bool Records(long step) => step == Steps || Record.Includes(step);

    /// <summary>Whether a step is kept.</summary>
    /// <param name="step">The step.</param>
    /// <param name="changing">Whether it lies within a transition.</param>
    public bool Keeps(long step, bool changing) => step == Steps || Checkpoints.Includes(step) || (changing && Checkpoints.Denser(TransitionDensity).Includes(step));
}
