namespace Staircase.Lab;

/// <summary>Bases of the inputs.</summary>
public enum BasisKind
{
    /// <summary>A random orthogonal basis drawn from the data seed.</summary>
    Random,

    /// <summary>The eigenvectors are the coordinate axes.</summary>
    Eigen,
}
