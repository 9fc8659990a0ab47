namespace Staircase.Lab;

/// <summary>Where a run stands.</summary>
public enum RunStatus
{
    /// <summary>It is training, or was killed while it did; its last checkpoint is good.</summary>
    Running,

    /// <summary>It was stopped and can be resumed.</summary>
    Interrupted,

    /// <summary>It reached its end.</summary>
    Finished,

    /// <summary>Its loss left the finite numbers.</summary>
    Diverged,
}
