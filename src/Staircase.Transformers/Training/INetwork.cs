using System.Numerics;

namespace Staircase.Transformers;

/// <summary>A model of named tensors with the loss it is trained on, in single precision for training or in double for checking. Not thread-safe: it keeps its workspace.</summary>
/// <typeparam name="T">The precision of weights and gradient; the loss is summed in double.</typeparam>
public interface INetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Where each tensor lies, under the names of TransformerLens.</summary>
    ParameterLayout Layout { get; }

    /// <summary>Draws the data of a step, where each step has its own; the same step always draws the same.</summary>
    void Draw(long step);

    /// <summary>Loss and gradient at the drawn data.</summary>
    /// <param name="weights">All weights, in the order of <see cref="Layout"/>.</param>
    /// <param name="gradient">Receives ∂L/∂W.</param>
    /// <returns>The mean loss in nats.</returns>
    double Evaluate(ReadOnlySpan<T> weights, Span<T> gradient);
}
