namespace Staircase;

/// <summary>What a column of a recorded training holds; views choose by it how to draw, format and compare.</summary>
public enum ColumnKind
{
    /// <summary>A loss; smaller is better.</summary>
    Loss,

    /// <summary>How much of a mode has been learned.</summary>
    Strength,

    /// <summary>A share of right answers, 0 to 1.</summary>
    Accuracy,

    /// <summary>A score of attention or of learning in context, in its own unit.</summary>
    Score,

    /// <summary>A distance from a predictor or a subspace; 0 is there.</summary>
    Distance,

    /// <summary>An effective rank or another count of directions.</summary>
    Rank,

    /// <summary>A norm of weights, or its square.</summary>
    Norm,

    /// <summary>An entropy, in nats.</summary>
    Entropy,

    /// <summary>The Monte Carlo error of another column.</summary>
    Error,
}
