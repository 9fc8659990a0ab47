namespace Staircase.Lab;

/// <summary>What came of one of several trainings.</summary>
/// <param name="Run">The run, finished or interrupted; null where there is none that can be looked at.</param>
/// <param name="Complaint">Why it could not be trained, or how it diverged; null where it was not.</param>
public sealed record TrainingOutcome(Run? Run, InputException? Complaint)
{
    /// <summary>The outcome of a training.</summary>
    internal static TrainingOutcome Of(Func<Run> train)
    {
        try
        {
            return new(train(), null);
        }
        catch (InputException exception)
        {
            return new(null, exception);
        }
    }
}
