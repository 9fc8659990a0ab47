using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What to run on vector-valued tasks, as data. Defaults are the setting of Mainali, Teixeira 2025, Fig. 1–4.</summary>
public sealed record VectorExperiment : IExperiment
{
    /// <summary>Every key, in the order of the help page.</summary>
    public static IReadOnlyList<ExperimentKey<VectorExperiment>> Keys { get; } =
    [
        new("spectrum", "linear|white|power:A|geometric:R|λ1,λ2,…", "eigenvalues of the input covariance", (e, v) => e with { Spectrum = v }, e => e.Spectrum),
        Integer<VectorExperiment>("dim", "D", "input dimension (default: 4, or the length of a listed spectrum)", (e, v) => e with { Dimension = v }, e => e.Dimension),
        new("trace", "T|none", "normalization of tr Λ", (e, v) => e with { Trace = v == "none" ? null : Number("trace", v) }, e => e.Trace?.ToString("R") ?? "none"),
        Integer<VectorExperiment>("context", "N", "pairs before the query", (e, v) => e with { Context = v }, e => e.Context),
        new("tasks", "diagonal[:P]|gaussian[:P]|FILE.npz", "the maps W, in the eigenbasis of the inputs (without P: a small set with the moments of infinitely many)",
            (e, v) => e with { Tasks = TaskSource.Parse(v) }, e => e.Tasks.ToString()),
        Real<VectorExperiment>("epoch-rate", "ηP", "learning rate of an epoch; each of its P updates takes a P-th", (e, v) => e with { EpochRate = v }, e => e.EpochRate),
        new("epochs", "T", "last epoch (default: twice theory's last half time)", (e, v) => e with { Epochs = WholeNumber("epochs", v) }, e => e.Epochs?.ToString()),
        Integer<VectorExperiment>("batch", "B", "fresh contexts of an update, all of one task", (e, v) => e with { Batch = v }, e => e.Batch),
        Integer<VectorExperiment>("trainings", "K", "independent trainings, whose mean is compared with theory; their scatter is its Monte Carlo error", (e, v) => e with { Trainings = v }, e => e.Trainings),
        Real<VectorExperiment>("init", "SCALE", "size of the initial weights", (e, v) => e with { Init = v }, e => e.Init),
        Choice<VectorExperiment, VectorStart>("start", "balanced: p = q = SCALE I; unbalanced: diagonal and random; random: all entries", (e, v) => e with { Start = v }, e => e.Start),
        Switch<VectorExperiment>("all-blocks", "train p1 and q2 too, from zero", (e, v) => e with { AllBlocks = v }, e => e.AllBlocks),
        Choice<VectorExperiment, QueryTerm>("query-term", "the query's own column in the attention sum; it counts with all blocks only", (e, v) => e with { QueryTerm = v }, e => e.QueryTerm),
        new("record", "every:K|log:K", "which epochs are recorded", (e, v) => e with { Record = RecordSchedule.Parse(v) }, e => e.Record?.ToString()),
        new("checkpoints", "every:K|log:K", "which epochs are kept as checkpoints", (e, v) => e with { Checkpoints = RecordSchedule.Parse(v) }, e => e.Checkpoints?.ToString()),
        Seed<VectorExperiment>("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seed),
        Seed<VectorExperiment>("data-seed", "varies the tasks alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed),
        Seed<VectorExperiment>("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed),
    ];

    /// <summary>The input spectrum, as <see cref="Staircase.Spectrum.Parse"/> reads it.</summary>
    public string Spectrum { get; init; } = "1.7,1.4,1.1,1";

    /// <summary>D; null takes the length of a listed spectrum, or 4.</summary>
    public int? Dimension { get; init; }

    /// <summary>tr Λ after normalization; null leaves the spectrum as it is.</summary>
    public double? Trace { get; init; }

    /// <summary>N.</summary>
    public int Context { get; init; } = 200;

    /// <summary>The maps.</summary>
    public TaskSource Tasks { get; init; } = new(TaskShape.Diagonal, 2000);

    /// <summary>ηP.</summary>
    public double EpochRate { get; init; } = 0.02;

    /// <summary>The last epoch; null lets theory choose.</summary>
    public long? Epochs { get; init; }

    /// <summary>B.</summary>
    public int Batch { get; init; } = 5;

    /// <summary>K, how many independent trainings are averaged.</summary>
    public int Trainings { get; init; } = 4;

    /// <summary>The size of initial weights.</summary>
    public double Init { get; init; } = 0.01;

    /// <summary>How they are laid out.</summary>
    public VectorStart Start { get; init; }

    /// <summary>Whether p₁ and q₂ are trained.</summary>
    public bool AllBlocks { get; init; }

    /// <summary>Whether the query attends to itself.</summary>
    public QueryTerm QueryTerm { get; init; }

    /// <summary>Which epochs are recorded; null keeps about a thousand.</summary>
    public RecordSchedule? Record { get; init; }

    /// <summary>Which epochs are kept on disk; null keeps some tens.</summary>
    public RecordSchedule? Checkpoints { get; init; }

    /// <summary>Where all random numbers come from.</summary>
    public ulong Seed { get; init; } = 10;

    /// <summary>Varies the tasks alone.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>Varies the initial weights alone.</summary>
    public ulong? InitSeed { get; init; }

    /// <inheritdoc/>
    IExperimentKind IExperiment.Kind => ExperimentKinds.Others.First(kind => kind.Name == VectorRegressionKind.KindName);

    /// <inheritdoc/>
    IExperiment IExperiment.With(string key, string value) => Keys.First(known => known.Name == key).Set(this, value);

    /// <inheritdoc/>
    IStudy IExperiment.Prepare() => VectorStudy.Prepare(this);
}
