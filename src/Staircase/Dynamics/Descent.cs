namespace Staircase;

/// <summary>Training in discrete steps: full batch, or with a fresh batch each step where the loss is stochastic.</summary>
public sealed class Descent
{
    private readonly IObjective _objective;
    private readonly IOptimizer _optimizer;
    private readonly double[] _gradient;

    /// <param name="objective">What to minimize.</param>
    /// <param name="optimizer">How.</param>
    /// <param name="state">Where to start, or to go on.</param>
    public Descent(IObjective objective, IOptimizer optimizer, DescentState state)
    {
        _objective = objective;
        _optimizer = optimizer;
        State = state;
        _gradient = new double[state.Weights.Length];
    }

    /// <summary>Where the descent stands; enough to go on to the same bits.</summary>
    public DescentState State { get; }

    /// <summary>Trains from given initial weights.</summary>
    /// <returns>Every step from 0 to <paramref name="steps"/>.</returns>
    public static Trajectory Run(
        AttentionModel model, IAttentionLoss loss, ReadOnlySpan<double> weights, IOptimizer optimizer, long steps, double[,]? basis = null) =>
        Run(new Objective(model, loss), weights, optimizer, steps, basis);

    /// <summary>Trains from given initial weights.</summary>
    /// <returns>Every step from 0 to <paramref name="steps"/>.</returns>
    public static Trajectory Run(IObjective objective, ReadOnlySpan<double> weights, IOptimizer optimizer, long steps, double[,]? basis = null)
    {
        var descent = new Descent(objective, optimizer, DescentState.At(weights, objective.Layout, optimizer));
        var recorder = new TrajectoryRecorder(basis);
        descent.Run(steps, (in StepReport report) =>
        {
            recorder.Record(report);
            return true;
        });
        return new Trajectory(recorder.Points, [.. descent.State.Weights]);
    }

    /// <summary>Trains up to a step, telling the observer of the loss at the weights before each update and at the last.</summary>
    /// <returns>Whether the last step was reached (else the observer stopped the descent before the update of that step).</returns>
    /// <exception cref="DivergedException">The loss is not finite, or 10⁶ times larger than at the first step of this call.</exception>
    public bool Run(long until, StepObserver observer)
    {
        double? first = null;
        while (true)
        {
            _objective.Draw(State.Step);
            double loss = _objective.Evaluate(State.Weights, _gradient);
            first ??= loss;
            if (!double.IsFinite(loss) || loss > 1e6 * Math.Max(first.Value, 1))
                throw new DivergedException(State.Step, loss);
            bool goOn = observer(new StepReport
            {
                Step = State.Step,
                Time = _optimizer.TimePerStep is { } δ ? State.Step * δ : double.NaN,
                Loss = loss,
                Weights = State.Weights,
                InContextMatrix = _objective.LastInContextMatrix,
            });
            if (!goOn)
                return false;
            if (State.Step >= until)
                return true;
            _optimizer.Update(_objective.Layout, State.Weights, _gradient, State.Memory, State.Step);
            State.Step++;
        }
    }
}
