namespace Staircase;

/// <summary>Theory would take longer than it is worth: nothing is said rather than a part of it.</summary>
/// <param name="message">What takes so long, as the end of a sentence.</param>
public sealed class UnfinishedTheoryException(string message) : Exception(message);
