namespace Staircase;

/// <summary>What an axis of a parameter block runs over.</summary>
public enum ParameterAxis
{
    /// <summary>Heads (or hidden units).</summary>
    Head,

    /// <summary>The R key–query pairs of a head.</summary>
    Rank,

    /// <summary>The D input dimensions; rotating the inputs rotates this axis.</summary>
    Input,

    /// <summary>Anything else, such as the width of a transformer; no rotation of inputs touches it.</summary>
    Other,
}
