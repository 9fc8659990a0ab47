using System.Numerics;

namespace Staircase;

/// <summary>What a training minimizes: a loss as a function of the weights.</summary>
/// <typeparam name="T">The precision of the weights.</typeparam>
public interface IObjective<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where each parameter lies.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Draws the data of a step, where there are fresh ones each step; the same step draws the same data.</summary>
    void Draw(long step)
    {
    }

    /// <summary>The loss and its gradient.</summary>
    /// <param name="weights">The whole weight vector, or the prefix that moves.</param>
    /// <param name="gradient">Receives ∂L/∂W, of the same length.</param>
    double Evaluate(ReadOnlySpan<T> weights, Span<T> gradient);

    /// <summary>How many weights, from the first, ever move from these.</summary>
    int MovingCount(ReadOnlySpan<T> weights) => Layout.Count;
}
