namespace Staircase;

/// <summary>What of a training is kept.</summary>
public sealed record Recording
{
    /// <summary>Which steps become rows of the trajectory; the first and the last always do.</summary>
    public Schedule Rows { get; init; } = Schedule.All;

    /// <summary>Which steps' weights are kept; null keeps the last alone.</summary>
    public Schedule? Weights { get; init; }

    /// <summary>The modes whose strengths are recorded; null records the loss alone.</summary>
    public ModeBasis? Modes { get; init; }

    /// <summary>The loss, the strengths along the modes of a theory, and the weights of every 50th step.</summary>
    public static Recording Of(ModeMoments moments) => Of(new ModeBasis(moments.Count, moments.Basis));

    /// <summary>The loss, the strengths along the eigenvectors of a task's inputs, and the weights of every 50th step.</summary>
    public static Recording Of(RegressionTask task) => Of(new ModeBasis(task.InputDimension, task.Basis));

    private static Recording Of(ModeBasis modes) => new() { Modes = modes, Weights = Schedule.Every(50) };
}
