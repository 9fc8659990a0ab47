namespace Staircase.Lab;

/// <summary>Parametrizations of attention.</summary>
public enum AttentionKind
{
    /// <summary>One matrix KQ a head.</summary>
    Merged,

    /// <summary>Keys and queries of rank R.</summary>
    Separate,

    /// <summary>The two-layer linear network on cubic features.</summary>
    Cubic,
}
