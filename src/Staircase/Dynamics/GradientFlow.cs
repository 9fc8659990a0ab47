namespace Staircase;

/// <summary>
/// Training in continuous time: dW/dt = −½ ∂L/∂W (Zhang et al. 2025, Eq. 5, with τ = 1), integrated adaptively across plateaus and drops.
/// </summary>
/// <remarks>
/// Plain gradient descent with learning rate η moves this time forward by 2η a step. <see cref="FlowOptions.Rate"/> sets another rate than
/// ½.
/// </remarks>
public sealed class GradientFlow : IVectorField
{
    /// <summary>
    /// The size below which a weight's error counts absolutely, as a fraction of the typical initial weight. Small weights escape
    /// algebraically, so it must be small: an error in a growing weight is an error in the time of its drop.
    /// </summary>
    private const double AbsoluteFraction = 0.01;

    private readonly IObjective<double> _objective;
    private readonly double _rate;
    private readonly double[] _weights; // whole vector, of which the integrator moves a prefix
    private readonly AdaptiveSolver _solver;

    /// <summary>A flow that starts, or goes on, from a state.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector.</param>
    /// <param name="options">The rate and the tolerances.</param>
    /// <param name="state">Null to start at time 0; else where an earlier flow stood.</param>
    /// <exception cref="ArgumentException">The rate is not positive and finite.</exception>
    public GradientFlow(IObjective<double> objective, ReadOnlySpan<double> weights, FlowOptions options, OdeState? state = null)
    {
        if (!double.IsFinite(options.Rate) || options.Rate <= 0)
            throw new ArgumentException($"The rate of a flow must be positive and finite, not {options.Rate:R}.");
        _objective = objective;
        _rate = options.Rate;
        _weights = weights.ToArray();
        Size = objective.MovingCount(weights);
        double typical = Sqrt(SumOfSquares(weights) / Max(1, weights.Length - weights.Count(0.0)));
        double absolute = options.RelativeTolerance * (AbsoluteFraction * (typical > 0 ? typical : 1));
        _solver = new AdaptiveSolver(
            this, state ?? OdeState.At(weights[..Size]), new OdeTolerance(options.RelativeTolerance, absolute), options.Method);
    }

    /// <summary>The number of weights that move.</summary>
    public int Size { get; }

    /// <summary>Where the flow stands; enough to go on to the same bits.</summary>
    public OdeState State => _solver.State;

    /// <summary>The loss there.</summary>
    /// <exception cref="DivergedException">It is not finite.</exception>
    public double Loss => double.IsFinite(_solver.Value) ? _solver.Value : throw new DivergedException(State.Steps, _solver.Value);

    /// <summary>The weights that move, at the current time.</summary>
    public ReadOnlySpan<double> Moving => State.Y;

    /// <summary>A copy of the whole weight vector at the current time.</summary>
    public double[] Weights
    {
        get
        {
            State.Y.CopyTo(_weights, 0);
            return [.. _weights];
        }
    }

    /// <summary>Solves the flow of an attention model.</summary>
    /// <inheritdoc cref="Solve(IObjective{double}, ReadOnlySpan{double}, double, Recording, FlowOptions, IProgress{double},
    /// CancellationToken)"/>
    public static Trajectory Solve(
        AttentionModel model, IAttentionLoss loss, ReadOnlySpan<double> weights, double until,
        Recording? recording = null, FlowOptions? options = null, IProgress<double>? progress = null,
            CancellationToken cancellation = default) =>
        Solve(new Objective(model, loss), weights, until, recording, options, progress, cancellation);

    /// <summary>Solves the flow from given initial weights.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector; it is not changed.</param>
    /// <param name="until">The last time.</param>
    /// <param name="recording">What is kept; null keeps the loss of every accepted step and the last weights.</param>
    /// <param name="options">The rate and the tolerances; null takes the defaults.</param>
    /// <param name="progress">Told the share of the time gone by.</param>
    /// <param name="cancellation">Asks to stop, by an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="DivergedException">The loss is not finite, or the step size has fallen to nothing.</exception>
    public static Trajectory Solve(
        IObjective<double> objective, ReadOnlySpan<double> weights, double until,
        Recording? recording = null, FlowOptions? options = null, IProgress<double>? progress = null,
            CancellationToken cancellation = default)
    {
        var flow = new GradientFlow(objective, weights, options ?? new FlowOptions());
        var recorder = new Recorder(objective, recording, hasTime: true);
        while (true)
        {
            bool last = flow.State.Time >= until;
            recorder.Record(flow.State.Steps, flow.State.Time, flow.Loss, last, () => flow.Weights);
            if (last)
                return recorder.Trajectory;
            cancellation.ThrowIfCancellationRequested();
            flow.Advance(until);
            progress?.Report(flow.State.Time / until);
        }
    }

    /// <summary>The flow at given times; the solver ends a step there, so that nothing is interpolated.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector; it is not changed.</param>
    /// <param name="times">Ascending from 0 or later.</param>
    /// <param name="options">The rate and the tolerances.</param>
    /// <param name="cancellation">Asks to stop, by an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">A weight is not finite, the rate is not positive, or the times do not ascend.</exception>
    /// <exception cref="DivergedException">The loss is not finite, or the step size has fallen to nothing.</exception>
    public static IReadOnlyList<Checkpoint> At(
        IObjective<double> objective, ReadOnlySpan<double> weights, IReadOnlyList<double> times, FlowOptions options,
            CancellationToken cancellation = default)
    {
        foreach (double weight in weights)
        {
            if (!double.IsFinite(weight))
                throw new ArgumentException($"The initial weights must be finite; one is {weight:R}.");
        }

        var flow = new GradientFlow(objective, weights, options);
        var points = new List<Checkpoint>(times.Count);
        double before = 0;
        foreach (double time in times)
        {
            if (!double.IsFinite(time) || time < before)
                throw new ArgumentException($"Times must ascend from 0; found {time:R} after {before:R}.");
            while (flow.State.Time < time)
            {
                cancellation.ThrowIfCancellationRequested();
                flow.Advance(time);
            }

            points.Add(new(flow.State.Steps, time, flow.Loss, flow.Weights));
            before = time;
        }

        return points;
    }

    /// <summary>One accepted step, which ends at <paramref name="until"/> at the latest.</summary>
    /// <exception cref="DivergedException">The step size has fallen to nothing.</exception>
    public void Advance(double until) => _solver.Step(until);

    /// <summary>The whole weight vector at a time inside the last accepted step.</summary>
    public double[] WeightsAt(double time)
    {
        double[] weights = [.. _weights];
        _solver.Interpolate(time, weights.AsSpan(0, Size));
        return weights;
    }

    /// <inheritdoc/>
    public double Evaluate(ReadOnlySpan<double> y, Span<double> derivative)
    {
        double loss = _objective.Evaluate(y, derivative);
        Scale(-_rate, derivative, derivative);
        return loss;
    }
}
