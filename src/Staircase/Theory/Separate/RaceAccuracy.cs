namespace Staircase;

/// <summary>How exactly a race is run.</summary>
/// <param name="Tolerance">Error allowed per step, relative to the size of a head; of an idle one, to each of its weights.</param>
/// <param name="Felt">
/// From which size on, relative to the smallest full strength, a head is felt by the others: what it does to the drive below that moves a
/// drop by less than this share of its width.
/// </param>
internal readonly record struct RaceAccuracy(double Tolerance, double Felt);
