using System.Numerics;

namespace Staircase.Transformers;

/// <summary>Training of a network in discrete steps.</summary>
/// <typeparam name="T">The precision of weights, gradient and optimizer.</typeparam>
public sealed class NetworkDescent<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly INetwork<T> _network;
    private readonly IOptimizer _optimizer;
    private readonly T[] _gradient;

    /// <param name="network">What to train.</param>
    /// <param name="optimizer">How.</param>
    /// <param name="weights">Where to start; changed in place.</param>
    /// <param name="memory">What the optimizer remembers of earlier steps; null at step 0.</param>
    /// <param name="step">Updates made before.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public NetworkDescent(INetwork<T> network, IOptimizer optimizer, T[] weights, T[]? memory = null, long step = 0)
    {
        int count = network.Layout.Count;
        (_network, _optimizer, Weights, Step) = (network, optimizer, weights, step);
        Memory = memory ?? new T[optimizer.MemoryPerWeight * count];
        _gradient = new T[count];
        if (weights.Length != count || Memory.Length != optimizer.MemoryPerWeight * count)
            throw new ArgumentException($"The network has {count} weights and the optimizer {optimizer.MemoryPerWeight} numbers of memory for each; found {weights.Length} and {Memory.Length}.");
    }

    /// <summary>The weights.</summary>
    public T[] Weights { get; }

    /// <summary>The optimizer's memory; with the weights and <see cref="Step"/> it is enough to go on to the same bits.</summary>
    public T[] Memory { get; }

    /// <summary>Updates made.</summary>
    public long Step { get; private set; }

    /// <summary>∂L/∂W at the weights before the last update.</summary>
    public ReadOnlySpan<T> Gradient => _gradient;

    /// <summary>One update.</summary>
    /// <returns>The loss before it, on the data of the step.</returns>
    /// <exception cref="DivergedException">The loss is not finite; the weights are left as they were.</exception>
    public double Advance()
    {
        _network.Draw(Step);
        double loss = _network.Evaluate(Weights, _gradient);
        if (!double.IsFinite(loss))
            throw new DivergedException(Step, loss);
        _optimizer.Update<T>(_network.Layout, Weights, _gradient, Memory, Step);
        Step++;
        return loss;
    }
}
