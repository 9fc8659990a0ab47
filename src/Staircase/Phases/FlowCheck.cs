namespace Staircase;

/// <summary>A prediction checked by the exact gradient flow of the same moments from the same weights.</summary>
/// <remarks>
/// Theory trains nothing; the flow is trained. Whether it is affordable is decided by counted operations, never by a clock, so that the
/// answer is the same on every machine.
/// </remarks>
/// <param name="Flow">The flow, with the strength of every mode.</param>
/// <param name="Comparison">The prediction laid over it.</param>
/// <param name="End">The time that it was to reach: <see cref="EndOf"/>.</param>
/// <param name="Evaluations">Gradients that it took.</param>
public sealed record FlowCheck(Trajectory Flow, Comparison Comparison, double End, long Evaluations)
{
    /// <summary>Operations that a check may cost: about a second on one core of 2020.</summary>
    public const double Affordable = 2e9;

    /// <summary>Gradients that a plateau and its drop take at least; a flow that could not have them is not begun.</summary>
    private const double EvaluationsPerDrop = 150;

    private const double Overhead = 1500; // what a gradient costs besides its arithmetic, in operations
    private const double LeftAtEnd = 1e-3; // the part of the last drop that may be left at the end

    /// <summary>Whether it reached its end; else the operations did not suffice.</summary>
    public bool IsWhole => Flow.Positions[^1] >= End;

    /// <summary>When to end a training so that every predicted drop is over: half as late again as the last one, or later.</summary>
    /// <param name="prediction">A prediction with a drop.</param>
    /// <returns>
    /// A time of the gradient flow: 1.5 times that of the last drop, or twice as long after it as the predicted loss takes to within a
    /// thousandth of that drop of its end, whichever is later: half-way through the last plateau nothing falls any more.
    /// </returns>
    public static double EndOf(Prediction prediction)
    {
        double last = prediction.Drops[^1].Time, before = prediction.Plateaus[^2].Height, height = prediction.Plateaus[^1].Height;
        double level = height + LeftAtEnd * (before - height);
        double[] times = prediction.CurveTimes();

        // The predicted loss only falls after its last drop.
        int low = Array.FindIndex(times, time => time > last), high = times.Length - 1;
        if (low < 0)
            return 1.5 * last;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (prediction.LossAt(times[middle]) <= level)
                high = middle;
            else
                low = middle + 1;
        }

        return Max(1.5 * last, last + 2 * (times[low] - last));
    }

    /// <summary>The operations of one gradient, about: what the rule of affordability counts.</summary>
    /// <param name="objective">The loss of a model.</param>
    /// <param name="weights">A whole weight vector.</param>
    public static double CostOfGradient(Objective objective, ReadOnlySpan<double> weights)
    {
        AttentionModel model = objective.Model;
        double D = model.InputDimension, H = model.Heads, R = (model as SeparateAttention)?.Rank ?? D;
        bool whole = objective.MovingCount(weights) > model.Layout.InContextCount;
        double map = whole ? AttentionMap.Length(model.InputDimension) : D * D;
        double heads = whole ? 12 * H * D * D * (D + R) : 6 * H * R * D * D;
        double loss = objective.Loss switch
        {
            QuadraticLoss => map * map,
            SequenceLoss sequences => 4.0 * sequences.Count * map,
            _ => whole ? 20 * D * D * D : 4 * D * D * D,
        };
        return Overhead + heads + loss;
    }

    /// <summary>Why the flow is not laid beside a prediction; null where it is affordable.</summary>
    /// <param name="objective">The loss of the model.</param>
    /// <param name="weights">The whole initial weight vector.</param>
    public static string? TooDear(Prediction prediction, Objective objective, ReadOnlySpan<double> weights)
    {
        double operations = CostOfGradient(objective, weights) * EvaluationsPerDrop * (prediction.Drops.Count + 1);
        return operations > Affordable
            ? $"D = {objective.Model.InputDimension}, {objective.Model.Heads} heads and {prediction.Drops.Count} drops make it cost "
                + $"{operations:G2} operations or more, and {Affordable:G2} are affordable"
            : null;
    }

    /// <summary>Trains the flow and lays the prediction over it.</summary>
    /// <param name="prediction">What theory says.</param>
    /// <param name="objective">The loss of the model, whose moments theory was given.</param>
    /// <param name="weights">The whole initial weight vector, token basis.</param>
    /// <param name="cancellation">Asks to stop, by an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The check; null where it is not affordable (<see cref="TooDear"/>), or nothing drops.</returns>
    /// <exception cref="DivergedException">The flow has left the finite numbers.</exception>
    public static FlowCheck? Of(
        Prediction prediction, Objective objective, ReadOnlySpan<double> weights, CancellationToken cancellation = default)
    {
        if (prediction.Drops.Count == 0 || TooDear(prediction, objective, weights) is not null)
            return null;
        double end = EndOf(prediction), most = Affordable / CostOfGradient(objective, weights);
        var flow = new GradientFlow(objective, weights, new FlowOptions());
        var modes = new ModeBasis(prediction.Moments.Count, prediction.Moments.Basis);
        var recorder = new Recorder(objective, new Recording { Modes = modes }, hasTime: true);
        while (true)
        {
            bool last = flow.State.Time >= end || flow.State.Evaluations > most;
            recorder.Record(flow.State.Steps, flow.State.Time, flow.Loss, last, () => flow.Weights);
            if (last)
                break;
            cancellation.ThrowIfCancellationRequested();
            flow.Advance(end);
        }

        Trajectory trajectory = recorder.Trajectory;
        return trajectory.Count < 2 ? null : new(trajectory, Comparison.Of(prediction, trajectory), end, flow.State.Evaluations);
    }
}
