namespace Staircase;

/// <summary>A field whose unknowns are parts of things of different sizes, with which errors are compared instead.</summary>
internal interface ISizedField : IVectorField
{
    /// <summary>Writes for each unknown the size, above 0, of what it is a part of.</summary>
    void Sizes(ReadOnlySpan<double> y, Span<double> sizes);
}
