namespace Staircase;

/// <summary>The right-hand side of an autonomous ordinary differential equation y′ = f(y).</summary>
public interface IVectorField
{
    /// <summary>The number of unknowns.</summary>
    int Size { get; }

    /// <summary>Writes f(y).</summary>
    /// <returns>A number worth recording at y: the loss of a gradient flow, or 0.</returns>
    double Evaluate(ReadOnlySpan<double> y, Span<double> derivative);
}
