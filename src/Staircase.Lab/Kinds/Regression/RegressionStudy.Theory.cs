namespace Staircase.Lab;

/// <content>What theory says: of the flow, of its optimizer, of when training ends.</content>
public sealed partial class RegressionStudy
{
    private const double LargestSteps = 1e9;

    /// <summary>Why there is no theory; null if there is.</summary>
    public string? NoTheory => NoModes ?? _theory.Value.Missing;

    /// <summary>What theory says of training by its optimizer; null where it does not apply.</summary>
    public Prediction? Prediction =>
        FlowPrediction is { } flow && DelayConstant is { } τ ? MomentumDelay.Apply(flow, τ, HasMomentum) : FlowPrediction;

    /// <summary>What theory says of the gradient flow; null where it does not apply.</summary>
    public Prediction? FlowPrediction => _theory.Value.Prediction;

    /// <summary>τ_m of <see cref="MomentumDelay"/>, of gradient descent with μ = 0; null for other optimizers.</summary>
    internal double? DelayConstant => HasMomentum ? MomentumDelay.TimeConstant(Experiment.LearningRate, Experiment.Momentum ?? 0.9)
        : Experiment.EffectiveOptimizer == OptimizerKind.Gd ? MomentumDelay.TimeConstant(Experiment.LearningRate, 0)
        : null;

    /// <summary>Whether steps remember those before.</summary>
    internal bool HasMomentum => Experiment.EffectiveOptimizer == OptimizerKind.Momentum;

    /// <summary>Whether the optimizer follows the flow, so that theory's times are its times.</summary>
    internal bool FollowsFlow => Experiment.EffectiveOptimizer is OptimizerKind.Flow or OptimizerKind.Gd or OptimizerKind.Momentum;

    /// <summary>The loss whose flow theory is about: the expected one where training sees a fresh batch each step.</summary>
    internal Objective TheoryObjective => new(Model, Loss is IStochasticLoss && Population is { } population ? population : Loss);

    /// <inheritdoc/>
    public override IReadOnlyList<Result> Results => Prediction?.Results ?? [];

    /// <inheritdoc/>
    public override Study WithEnd()
    {
        RegressionExperiment e = Experiment;
        if (e.IsFlow ? e.Until is not null : e.Steps is not null)
            return WithPlan(e);
        string key = e.IsFlow ? "‹until›" : "‹steps›";
        Require(!e.Softmax, $"Give {key}: theory does not say when attention with a softmax ends.");
        if (Prediction is not { Drops.Count: > 0 } prediction)
        {
            throw new InputException(
                $"Give {key}: theory does not say when this training ends ({NoTheory ?? "nothing grows from these weights"}).");
        }

        double end = FlowCheck.EndOf(prediction);
        if (e.IsFlow)
            return WithPlan(e with { Until = end });
        if (TimePerStep is not { } timePerStep)
        {
            throw new InputException(
                $"Give {key}: {Word(e.EffectiveOptimizer)} follows no flow, so theory does not say when it ends.");
        }

        double steps = Ceiling(end / timePerStep);
        Require(
            steps <= LargestSteps,
            $"Give {key}: at this learning rate the last predicted drop takes {Number(steps, digits: 3)} steps.");
        return WithPlan(e with { Steps = (long)steps });

        RegressionStudy WithPlan(RegressionExperiment ended)
        {
            TrainingPlan plan = With(ended).Plan;
            return With(ended with { Record = plan.Rows, Checkpoints = plan.Checkpoints });
        }
    }

    /// <inheritdoc/>
    public override double? TimePerStep => Experiment.IsFlow ? null : Experiment.NewOptimizer(Experiment.LearningRate).TimePerStep;

    /// <summary>
    /// The learning rate up to which gradient descent is stable near where training ends: 2/μ_max of the Hessian at the balanced global
    /// minimum; NaN where that is not known.
    /// </summary>
    public double LargestStableRate()
    {
        if (Moments is null || Experiment.Softmax || Moments.Drive.All(b => b <= 0))
            return double.NaN;
        return Curvature.LargestStableRate(TheoryObjective, Moments);
    }

    /// <inheritdoc/>
    public override Findings Predict(bool check = true, CancellationToken cancellation = default)
    {
        _theory.Wait(cancellation);
        return RegressionPrediction.Of(this, check, cancellation);
    }

    /// <inheritdoc/>
    /// <remarks>A predicted drop has come when each of its components has half of its full strength.</remarks>
    public override string? Awaited(Trajectory soFar)
    {
        if (soFar.Count == 0 || Prediction is not { Drops.Count: > 0 } prediction)
            return null;
        double[] strengths = soFar.StrengthsAt(soFar.Count - 1);
        int drops = prediction.Drops.Count(drop => drop.Modes.All(d => strengths[d] >= Moments!.FullStrength(d) / 2));
        return $"plateau {drops + 1} of {prediction.Drops.Count + 1}";
    }

    /// <inheritdoc/>
    public override Findings Compare(IReadOnlyList<double> positions, IReadOnlyList<double> losses, bool positionsAreTimes)
    {
        Prediction prediction = Prediction ?? throw new InputException($"There is no theory for this experiment: {NoTheory}.");
        double? timePerStep = positionsAreTimes ? 1 : TimePerStep;
        IReadOnlyList<double> x = timePerStep is { } τ and not 1 ? [.. positions.Select(step => step * τ)] : positions;
        return Guard(() => RegressionFindings.Of(Comparison.OfCurve(prediction, x, losses, timePerStep is not null)));
    }

    /// <inheritdoc/>
    public override Prediction StaircaseFrom(double? init)
    {
        RegressionStudy study = init is { } size ? With(Experiment with { Init = size }) : this;
        return study.Prediction ?? throw new InputException($"There is no theory for this experiment: {study.NoTheory}.");
    }
}
