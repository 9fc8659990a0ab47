namespace Staircase.Lab;

/// <content>The keys.</content>
public sealed partial record RegressionExperiment
{
    /// <summary>The kind of these experiments.</summary>
    public static ExperimentKind Type { get; } = new(new RegressionExperiment(), Keys())
    {
        Name = "regression",
        Describes = "linear (or softmax) attention learns linear regression in context: one drop, or a staircase",
        Example = "staircase train --dim 4 --init 1e-3 --seed 1",
        EndKeys = ["steps", "until"],
    };

    private static IReadOnlyList<ExperimentKey> Keys()
    {
        KeyTable<RegressionExperiment> model = new("model"), task = new("task and data"), training = new(Training);
        return
        [
            model.Choice<AttentionKind>("attention", "parametrization", (e, v) => e with { Attention = v }, e => e.Attention, "separate"),
            model.Integer("heads", "H", "number of heads", Range.AtLeastOne, (e, v) => e with { Heads = v }, e => e.Heads,
                "D + 1 separate, 2D merged"),
            model.Integer(
                "rank", "R", "key–query pairs of a separate head", Range.AtLeastOne, (e, v) => e with { Rank = v }, e => e.Rank, "1"),
            model.Switch("softmax", "softmax over all tokens, the query included", (e, v) => e with { Softmax = v }, e => e.Softmax),
            model.Choice<OutputScale>("scale", "divides sum (softmax scores)", (e, v) => e with { Scale = v }, e => e.Scale,
                "context; varied tokens; softmax none"),

            .. SpectrumKeys(task),
            task.Text("task-covariance", "ω1,ω2,…", "task eigenvalues along the spectrum", SetTaskCovariance, TaskCovarianceText, "all 1"),
            task.Real("noise", "σ²", "noise variance of context labels", null, (e, v) => e with { Noise = v }, e => e.Noise),
            task.Text("mixture", "π1,π2,…|pair:π", "tasks that a sequence mixes; pair: ±β",
                (e, v) => e with { Mixture = Guard(() => TaskMixture.Parse(v), "‹mixture›") }, e => e.Mixture?.ToString(), "one task"),
            task.Switch("vary-context", "ask every prefix for its own label", (e, v) => e with { VaryContext = v }, e => e.VaryContext),
            task.Real("in-context-fraction", "c", "the others share one task", null, (e, v) => e with { InContextFraction = v },
                e => e.InContextFraction),

            task.Text("data", "population|sample:P|online:B|FILE", "trained on", (e, v) => e with { Data = DataSource.Parse(v) },
                e => e.Data.ToString()),
            task.Choice<BasisKind>("basis", "basis of the inputs", (e, v) => e with { Basis = v }, e => e.Basis, "eigen for population"),
            task.Switch("whiten", "whiten task vectors within the sample", (e, v) => e with { Whiten = v }, e => e.Whiten),
            task.Switch("centre", "centre inputs within the sample", (e, v) => e with { Centre = v }, e => e.Centre),

            training.Text("weights", "FILE.npz", "initial weights", (e, v) => e with { Weights = v }, e => e.Weights, "drawn"),
            training.Real("init", "SCALE", "size of the initial weights", Range.NotNegative, (e, v) => e with { Init = v }, e => e.Init),
            training.Choice<InitializationScheme>("init-scheme", "other blocks zero|all|SCALE/√size", (e, v) => e with { InitScheme = v },
                e => e.InitScheme),

            .. training.Optimizer("flow, gd online"),
            training.Long("steps", "N", "last step", Range.Positive, (e, v) => e with { Steps = v }, e => e.Steps,
                "1.5 × theory's last drop"),
            training.Real("until", "TIME", "last time of the flow", Range.Positive, (e, v) => e with { Until = v }, e => e.Until,
                "1.5 × theory's last drop"),
            training.Real("tolerance", "ε", "relative tolerance of the flow", new(0, 0.01, IsOpen: true),
                (e, v) => e with { Tolerance = v }, e => e.Tolerance),
            .. training.ForkAndStop(),

            training.Integer("test", "P", "record losses on P in-context and P in-weight sequences", Range.AtLeastOne,
                (e, v) => e with { Test = v }, e => e.Test, "none"),
            training.Switch("curvature", "record index and extremes of the Hessian", (e, v) => e with { Curvature = v }, e => e.Curvature),
            .. training.RecordingAndSeeds("step", "20,000 of them", "40 of them"),
        ];
    }

    private static RegressionExperiment SetTaskCovariance(RegressionExperiment experiment, string text) =>
        experiment with { TaskCovariance = [.. text.Split(',').Select(x => KeyTable<RegressionExperiment>.Number("task-covariance", x))] };

    private static string? TaskCovarianceText(RegressionExperiment experiment) =>
        experiment.TaskCovariance is { } ω ? string.Join(',', ω.Select(AllDigits)) : null;
}
