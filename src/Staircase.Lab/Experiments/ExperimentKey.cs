using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>One key of an experiment: the same word in a YAML file, on the command line and in <c>run.json</c>.</summary>
/// <param name="Name">The word.</param>
/// <param name="Placeholder">What its value looks like; null for a switch.</param>
/// <param name="Help">What it means, in one line.</param>
public abstract record ExperimentKey(string Name, string? Placeholder, string Help)
{
    /// <summary>Every key of a regression, in the order of the help page.</summary>
    public static IReadOnlyList<ExperimentKey<Experiment>> All { get; } =
    [
        Choice<Experiment, AttentionKind>("attention", "parametrization", (e, v) => e with { Attention = v }, e => e.Attention),
        Integer<Experiment>("heads", "H", "number of heads (default: D + 1 separate, 2D merged)", (e, v) => e with { Heads = v }, e => e.Heads),
        Integer<Experiment>("rank", "R", "key–query pairs a head of separate attention", (e, v) => e with { Rank = v }, e => e.Rank),
        new("spectrum", "linear|white|power:A|geometric:R|λ1,λ2,…", "eigenvalues of the input covariance", (e, v) => e with { Spectrum = v }, e => e.Spectrum),
        Integer<Experiment>("dim", "D", "input dimension (default: 4, or the length of a listed spectrum)", (e, v) => e with { Dimension = v }, e => e.Dimension),
        Integer<Experiment>("context", "N", "pairs before the query", (e, v) => e with { Context = v }, e => e.Context),
        new("trace", "T|none", "normalization of tr Λ", SetTrace, e => e.Trace?.ToString("R") ?? "none"),
        new("task-covariance", "ω1,ω2,…", "eigenvalues of the task covariance along the spectrum (default: all 1)",
            (e, v) => e with { TaskCovariance = [.. v.Split(',').Select(x => Number("task-covariance", x))] },
            e => e.TaskCovariance is { } ω ? string.Join(',', ω.Select(x => x.ToString("R"))) : null),
        Real<Experiment>("noise", "σ²", "variance of the noise on context labels", (e, v) => e with { Noise = v }, e => e.Noise),
        new("data", "population|sample:P|online:B|FILE.npz", "what is trained on", (e, v) => e with { Data = DataSource.Parse(v) }, e => e.Data.ToString()),
        Choice<Experiment, BasisKind>("basis", "basis of the inputs (default: eigen for the population, else random)", (e, v) => e with { Basis = v }, e => e.Basis),
        Switch<Experiment>("whiten", "whiten task vectors within the sample, as the papers' authors do", (e, v) => e with { Whiten = v }, e => e.Whiten),
        Switch<Experiment>("centre", "centre inputs within the sample, position by position, as the papers' authors do", (e, v) => e with { Centre = v }, e => e.Centre),
        new("weights", "FILE.npz", "initial weights (default: drawn)", (e, v) => e with { Weights = v }, e => e.Weights),
        Real<Experiment>("init", "SCALE", "size of the initial weights", (e, v) => e with { Init = v }, e => e.Init),
        Choice<Experiment, InitializationScheme>("init-scheme", "papers: other blocks zero; full: all blocks; layers: SCALE/√size of each published layer", (e, v) => e with { InitScheme = v }, e => e.InitScheme),
        Switch<Experiment>("softmax", "attention through a softmax over all tokens, the query included", (e, v) => e with { Softmax = v }, e => e.Softmax),
        Choice<Experiment, OutputScale>("scale", "divide the attention sum (with --softmax the scores) by N, by the number of tokens, or not at all", (e, v) => e with { Scale = v }, e => e.Scale),
        Switch<Experiment>("vary-context", "average the loss over context lengths 1 … N", (e, v) => e with { VaryContext = v }, e => e.VaryContext),
        Real<Experiment>("in-context-fraction", "c", "fraction of in-context sequences; the others share one task", (e, v) => e with { InContextFraction = v }, e => e.InContextFraction),
        Choice<Experiment, OptimizerKind>("optimizer", "how to train (default: flow; gd on online data)", (e, v) => e with { Optimizer = v }, e => e.Optimizer),
        Real<Experiment>("learning-rate", "η", "learning rate of a discrete optimizer", (e, v) => e with { LearningRate = v }, e => e.LearningRate),
        Real<Experiment>("momentum", "μ", "momentum of momentum (0.9) and muon (0.95)", (e, v) => e with { Momentum = v }, e => e.Momentum),
        new("steps", "N", "last step of a discrete optimizer (default: theory's last drop and a half)",
            (e, v) => e with { Steps = WholeNumber("steps", v) }, e => e.Steps?.ToString()),
        Real<Experiment>("until", "TIME", "last time of the flow (default: theory's last drop and a half)", (e, v) => e with { Until = v }, e => e.Until),
        Real<Experiment>("tolerance", "ε", "relative tolerance of the flow", (e, v) => e with { Tolerance = v }, e => e.Tolerance),
        new("record", "every:K|log:K", "which steps are recorded", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record?.ToString()),
        new("checkpoints", "every:K|log:K", "which steps are kept as checkpoints", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints?.ToString()),
        Seed<Experiment>("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seed),
        Seed<Experiment>("data-seed", "varies the data alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed),
        Seed<Experiment>("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed),
    ];

    /// <summary>The key of a regression of that name.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest one, or the kind whose key it is.</exception>
    public static ExperimentKey<Experiment> Named(string name, string where) =>
        All.FirstOrDefault(key => key.Name == name) ?? throw ExperimentKinds.Unknown(ExperimentKinds.Regression, name, where);

    /// <summary>The keys and values of a regression as they would be written in a file; keys that are not set are left out.</summary>
    public static IReadOnlyDictionary<string, string> Write(Experiment experiment) => All.Write(experiment);

    private static Experiment SetTrace(Experiment experiment, string text) =>
        experiment with { Trace = text == "none" ? null : Number("trace", text) };
}

/// <summary>A key of experiments of one kind, with what it sets.</summary>
/// <param name="Name">The word.</param>
/// <param name="Placeholder">What its value looks like; null for a switch.</param>
/// <param name="Help">What it means, in one line.</param>
/// <param name="Set">Puts a text value into an experiment; throws <see cref="InputException"/> if it is not one.</param>
/// <param name="Get">The value as text; null where it is not set.</param>
public sealed record ExperimentKey<T>(string Name, string? Placeholder, string Help, Func<T, string, T> Set, Func<T, string?> Get)
    : ExperimentKey(Name, Placeholder, Help);
