using System.Numerics;

namespace Staircase;

/// <summary>Training in discrete steps: full batch, or with a fresh batch each step where the objective draws one.</summary>
/// <typeparam name="T">The precision of the weights.</typeparam>
/// <remarks>A step allocates nothing.</remarks>
public sealed class Descent<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly IObjective<T> _objective;
    private readonly IOptimizer _optimizer;
    private readonly T[] _gradient;
    private long _evaluated = -1;
    private double _loss;

    /// <summary>A descent at step 0.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector; it is copied.</param>
    public Descent(IObjective<T> objective, IOptimizer optimizer, ReadOnlySpan<T> weights)
        : this(
            objective, optimizer,
            new DescentState<T> { Weights = weights.ToArray(), Memory = new T[optimizer.MemoryPerWeight * weights.Length] })
    {
    }

    /// <summary>A descent where an earlier one stood.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="state">Its state, which goes on changing.</param>
    /// <exception cref="ArgumentException">The state fits neither the objective nor the optimizer.</exception>
    public Descent(IObjective<T> objective, IOptimizer optimizer, DescentState<T> state)
    {
        int count = objective.Layout.Count, memory = optimizer.MemoryPerWeight * count;
        if (state.Weights.Length != count || state.Memory.Length != memory)
        {
            throw new ArgumentException(
                $"The model has {count} weights, of which the optimizer remembers {memory} numbers; found {state.Weights.Length} and "
                    + $"{state.Memory.Length}.");
        }

        (_objective, _optimizer, State) = (objective, optimizer, state);
        _gradient = new T[objective.MovingCount(state.Weights)];
    }

    /// <summary>Where the descent stands; enough to go on to the same bits.</summary>
    public DescentState<T> State { get; }

    /// <summary>Updates made.</summary>
    public long Step => State.Step;

    /// <summary>Time of the gradient flow (τ = 1) that corresponds; null for optimizers that follow no flow.</summary>
    public double? Time => _optimizer.TimePerStep * State.Step;

    /// <summary>The gradient that <see cref="Evaluate"/> has found, of the weights that move.</summary>
    public ReadOnlySpan<T> Gradient => _gradient;

    /// <summary>
    /// The loss at the current weights, on the batch of the current step. Evaluated once a step, however often it is asked for.
    /// </summary>
    /// <exception cref="DivergedException">The loss is not finite, or 10⁶ times larger than at step 0.</exception>
    public double Evaluate()
    {
        if (!IsEvaluated)
        {
            _objective.Draw(State.Step);
            _loss = _objective.Evaluate(State.Weights.AsSpan(0, _gradient.Length), _gradient);
            _evaluated = State.Step;
        }

        State.FirstLoss ??= _loss;
        DivergedException.ThrowIf(State.Step, _loss, State.FirstLoss.Value);
        return _loss;
    }

    /// <summary>What is minimized.</summary>
    internal IObjective<T> Objective => _objective;

    /// <summary>Whether the loss and the gradient at the current weights are known.</summary>
    internal bool IsEvaluated => _evaluated == State.Step;

    /// <summary>Where the gradient goes, for whoever finds it together with those of others.</summary>
    internal Span<T> GradientToFill => _gradient;

    /// <summary>Takes the loss at the current weights, whose gradient has been filled in.</summary>
    internal void Take(double loss) => (_loss, _evaluated) = (loss, State.Step);

    /// <summary>One update.</summary>
    /// <returns>The loss before it.</returns>
    /// <exception cref="DivergedException">The loss is not finite, or 10⁶ times larger than at step 0.</exception>
    public double Advance()
    {
        double loss = Evaluate();
        _optimizer.Update<T>(_objective.Layout, State.Weights, _gradient, State.Memory, State.Step);
        State.Step++;
        return loss;
    }
}
