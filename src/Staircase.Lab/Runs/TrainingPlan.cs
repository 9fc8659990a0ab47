namespace Staircase.Lab;

/// <summary>Which steps of a training are recorded, and which are kept as checkpoints.</summary>
/// <param name="Rows">Recorded.</param>
/// <param name="Checkpoints">Kept.</param>
public sealed record TrainingPlan(Schedule Rows, Schedule Checkpoints)
{
    private const int TransitionDensity = 5; // within a transition so many times as many checkpoints are kept

    /// <summary>What an experiment says, and for what it does not say a given number of rows and checkpoints over all steps.</summary>
    public static TrainingPlan Of(Experiment experiment, long steps, int rows, int checkpoints) =>
        new(experiment.Record ?? Schedule.Every(steps / rows), experiment.Checkpoints ?? Schedule.Every(steps / checkpoints));

    /// <summary>Whether a step is kept.</summary>
    /// <param name="isChanging">Whether training is within a transition.</param>
    public bool Keeps(long step, bool isChanging) =>
        Checkpoints.Includes(step) || (isChanging && Checkpoints.Denser(TransitionDensity).Includes(step));

    /// <summary>The first step after a given one at which something may be due.</summary>
    public long NextAfter(long step) =>
        Rows.NextAfter(step, Checkpoints.Denser(TransitionDensity).NextAfter(step, long.MaxValue));
}
