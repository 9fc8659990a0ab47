namespace Staircase;

/// <summary>Tolerances of an integration.</summary>
/// <param name="Relative">Error allowed per step, relative to each unknown.</param>
/// <param name="Absolute">
/// Error allowed where an unknown is smaller than that; must lie far below the smallest unknown that is to grow.
/// </param>
public readonly record struct OdeTolerance(double Relative, double Absolute);
