namespace Staircase.Lab;

/// <summary>What becomes of the query's own column in the attention sum, which reaches the output through p₁ only.</summary>
public enum QueryTerm
{
    /// <summary>The query attends to itself, as in the papers.</summary>
    Kept,

    /// <summary>It does not.</summary>
    Dropped,
}
