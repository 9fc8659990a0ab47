namespace Staircase;

/// <summary>What a stream of random numbers is for; streams of different purposes never overlap.</summary>
public enum RandomPurpose
{
    /// <summary>The orthogonal basis of the input covariance.</summary>
    Basis = 1,

    /// <summary>Task vectors w, one stream a sequence.</summary>
    TaskVector = 2,

    /// <summary>Inputs and label noise, one stream a sequence.</summary>
    Inputs = 3,

    /// <summary>The one task vector that all in-weight sequences share.</summary>
    InWeightTask = 4,

    /// <summary>Initial weights, one stream a parameter block.</summary>
    Weights = 5,

    /// <summary>Probe vectors of an iterative method.</summary>
    Probe = 6,

    /// <summary>Series of noise alone, against which changes are judged, one stream a series.</summary>
    NullSeries = 7,

    /// <summary>The order in which an epoch visits its tasks, one stream an epoch.</summary>
    TaskOrder = 8,

    /// <summary>Which pairs of an operation are trained on, and the shuffling of their results.</summary>
    Split = 9,

    /// <summary>Sequences of tokens to train on, one stream a sequence.</summary>
    TrainingTokens = 10,

    /// <summary>Sequences of tokens to measure on, one stream a sequence.</summary>
    ValidationTokens = 11,

    /// <summary>What all sequences of a task share: a language's table, its trigger tokens.</summary>
    Language = 12,

    /// <summary>Tokens drawn from a model.</summary>
    Continuation = 13,

    /// <summary>By how much the weights of a second prediction differ, one stream a prediction.</summary>
    Jitter = 14,

    /// <summary>Which component of a mixture each token of a sequence follows, one stream a sequence.</summary>
    Component = 15,
}
