using Staircase.Kernels;

namespace Staircase;

/// <summary>
/// Training in continuous time: dW/dt = −½ ∂L/∂W (Zhang et al. 2025, Eq. 5, with τ = 1), integrated adaptively across plateaus and drops.
/// </summary>
/// <remarks>Plain gradient descent with learning rate η moves this time forward by 2η a step.</remarks>
public sealed class GradientFlow : IVectorField
{
    private readonly IObjective _objective;
    private readonly double[] _weights; // whole vector, of which the integrator moves a prefix
    private readonly AdaptiveSolver _solver;

    /// <summary>A flow that starts, or goes on, from a state.</summary>
    /// <param name="objective">What to minimize.</param>
    /// <param name="weights">The whole initial weight vector.</param>
    /// <param name="options">Tolerances.</param>
    /// <param name="state">Null to start at time 0; else where an earlier flow stood.</param>
    public GradientFlow(IObjective objective, ReadOnlySpan<double> weights, FlowOptions options, OdeState? state = null)
    {
        _objective = objective;
        _weights = weights.ToArray();
        Size = objective.MovingCount(weights);
        double typical = Math.Sqrt(VectorKernels.SumOfSquares(weights) / Math.Max(1, weights.Length - weights.Count(0.0)));
        double absolute = options.RelativeTolerance * (options.AbsoluteFraction * (typical > 0 ? typical : 1));
        _solver = new AdaptiveSolver(this, state ?? OdeState.At(weights[..Size]), new OdeTolerance(options.RelativeTolerance, absolute), options.Method);
    }

    /// <summary>The number of weights that move.</summary>
    public int Size { get; }

    /// <summary>Where the flow stands; enough to go on to the same bits.</summary>
    public OdeState State => _solver.State;

    /// <summary>The whole weight vector at the current time.</summary>
    public double[] Weights
    {
        get
        {
            State.Y.CopyTo(_weights, 0);
            return [.. _weights];
        }
    }

    /// <summary>Solves the flow from given initial weights.</summary>
    /// <param name="model">The model.</param>
    /// <param name="loss">The loss.</param>
    /// <param name="weights">The whole initial weight vector; it is not changed.</param>
    /// <param name="until">The last time.</param>
    /// <param name="options">Tolerances and more; null takes the defaults.</param>
    /// <returns>Every accepted step, with the loss and the strength of each mode.</returns>
    public static Trajectory Solve(AttentionModel model, IAttentionLoss loss, ReadOnlySpan<double> weights, double until, FlowOptions? options = null)
    {
        var flow = new GradientFlow(new Objective(model, loss), weights, options ?? new FlowOptions());
        var recorder = new TrajectoryRecorder(options?.Basis);
        flow.Run(until, (in StepReport report) =>
        {
            recorder.Record(report);
            return true;
        });
        return new Trajectory(recorder.Points, flow.Weights);
    }

    /// <summary>Follows the flow, telling the observer of the start and of every accepted step.</summary>
    /// <returns>Whether the end was reached (else the observer stopped the flow).</returns>
    /// <exception cref="DivergedException">The loss is not finite.</exception>
    public bool Run(double until, StepObserver observer)
    {
        if (!double.IsFinite(_solver.Value))
            throw new DivergedException(0, _solver.Value);
        if (State.Steps == 0 && !Tell(observer))
            return false;
        while (State.Time < until)
        {
            _solver.Step(until);
            if (!Tell(observer))
                return false;
        }

        return true;
    }

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
        VectorKernels.Scale(-0.5, derivative, derivative);
        return loss;
    }

    private bool Tell(StepObserver observer) => observer(new StepReport
    {
        Step = State.Steps,
        Time = State.Time,
        Loss = _solver.Value,
        Weights = State.Y,
        InContextMatrix = _objective.LastInContextMatrix,
    });
}
