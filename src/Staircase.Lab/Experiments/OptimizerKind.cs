namespace Staircase.Lab;

/// <summary>Ways to train.</summary>
public enum OptimizerKind
{
    /// <summary>Gradient flow in continuous time.</summary>
    Flow,

    /// <summary>Gradient descent.</summary>
    Gd,

    /// <summary>Heavy-ball momentum.</summary>
    Momentum,

    /// <summary>Adam.</summary>
    Adam,

    /// <summary>Muon.</summary>
    Muon,
}
