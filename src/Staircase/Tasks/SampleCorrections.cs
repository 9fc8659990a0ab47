namespace Staircase;

/// <summary>Corrections of a sample towards its population that the first paper's authors apply.</summary>
[Flags]
public enum SampleCorrections
{
    /// <summary>The sequences as drawn.</summary>
    None = 0,

    /// <summary>Task vectors get mean zero and identity covariance within the sample (only when all sequences are in-context).</summary>
    WhitenTasks = 1,

    /// <summary>Inputs get mean zero over the sample, position by position.</summary>
    CentreInputs = 2,
}
