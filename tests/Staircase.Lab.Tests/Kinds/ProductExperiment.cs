using System.Globalization;

namespace Staircase.Lab.Tests;

/// <summary>
/// A kind of experiment as somebody adds one, from its keys to its part of a report: products of scalars a_d b_d learn s_d, the modes of a
/// linear network of two layers, whose strengths are known in closed form (Saxe, McClelland, Ganguli 2014, Eq. 9).
/// </summary>
public sealed record ProductExperiment : Experiment
{
    /// <summary>Three modes.</summary>
    public ProductExperiment() => (Init, LearningRate) = (1e-3, 1e-3);

    /// <summary>The kind.</summary>
    public static ExperimentKind Type { get; } = new(new ProductExperiment(), Keys())
    {
        Name = "products",
        Describes = "products of two scalars learn the modes of a linear network of two layers",
        Example = "staircase train --kind products --targets 3,2,1",
        EndKeys = ["steps"],
    };

    /// <inheritdoc/>
    public override ExperimentKind Kind => Type;

    /// <summary>s_d, as text.</summary>
    public string Targets { get; init; } = "3,2,1";

    /// <summary>The last step.</summary>
    public long Steps { get; init; } = 20_000;

    /// <inheritdoc/>
    protected override Study Resolve(IProgress<double>? progress, CancellationToken cancellation)
    {
        double[] targets =
        [
            .. Targets.Split(',').Select(text => double.TryParse(text, CultureInfo.InvariantCulture, out double s) && s > 0
                ? s
                : throw new InputException($"‹targets› must be numbers above 0; found '{text}'.")),
        ];
        TrainingPlan plan = TrainingPlan.Of(this, Steps, rows: 1000, checkpoints: 20);
        return new ProductStudy(
            this with { Optimizer = EffectiveOptimizer, Record = plan.Rows, Checkpoints = plan.Checkpoints }, targets);
    }

    private static IReadOnlyList<ExperimentKey> Keys()
    {
        KeyTable<ProductExperiment> task = new("task"), training = new(Training);
        return
        [
            task.Text("targets", "s1,s2,…", "what the products learn", (e, v) => e with { Targets = v }, e => e.Targets),
            .. training.Optimizer("gd"),
            training.Long("steps", "T", "last step", Range.AtLeastOne, (e, v) => e with { Steps = v }, e => e.Steps),
            training.Real("init", "SCALE", "all weights at the start", Range.Positive, (e, v) => e with { Init = v }, e => e.Init),
            .. training.ForkAndStop(),
            .. training.RecordingAndSeeds("step", "1,000 of them", "20"),
        ];
    }
}
