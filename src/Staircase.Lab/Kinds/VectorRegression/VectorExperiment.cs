namespace Staircase.Lab;

/// <summary>What to run on vector-valued tasks, as data. Defaults are the setting of Mainali, Teixeira 2025, Fig. 1–4.</summary>
public sealed record VectorExperiment : SpectrumExperiment
{
    internal const int LargestEpochs = 1_000_000_000; // the longest training, in epochs

    /// <summary>The published setting.</summary>
    public VectorExperiment() => (Spectrum, Context, LearningRate, Init) = ("1.7,1.4,1.1,1", 200, 0.02, 0.01);

    /// <summary>The kind.</summary>
    public static ExperimentKind Type { get; } = new(new VectorExperiment(), Keys())
    {
        Name = "vector-regression",
        Describes = "vector-valued labels y = Wx, W from a fixed set of tasks: modes, and what a finite context does to them",
        Example = "staircase train --kind vector-regression --spectrum 2,1,0.5 --context 10 --tasks diagonal:200 --epoch-rate 0.2",
        EndKeys = ["epochs"],
    };

    /// <inheritdoc/>
    public override ExperimentKind Kind => Type;

    /// <summary>The maps.</summary>
    public TaskSource Tasks { get; init; } = new(TaskShape.Diagonal, 2000);

    /// <summary>ηP, the learning rate of an epoch: each of its P updates takes a P-th of it.</summary>
    public double EpochRate => LearningRate;

    /// <summary>The last epoch; null lets theory choose.</summary>
    public long? Epochs { get; init; }

    /// <summary>B.</summary>
    public int Batch { get; init; } = 5;

    /// <summary>K, how many independent trainings are averaged.</summary>
    public int Trainings { get; init; } = 4;

    /// <summary>How p₂ and q₁ are laid out at the start.</summary>
    public VectorStart Start { get; init; }

    /// <summary>Whether p₁ and q₂ are trained.</summary>
    public bool AllBlocks { get; init; }

    /// <summary>Whether the query attends to itself.</summary>
    public QueryTerm QueryTerm { get; init; }

    /// <inheritdoc/>
    protected override Study Resolve(IProgress<double>? progress, CancellationToken cancellation)
    {
        Require(
            EffectiveOptimizer != OptimizerKind.Flow,
            "‹optimizer› must not be flow: the flow of these tasks is the exact theory itself, and predict solves it.");
        Require(
            QueryTerm == QueryTerm.Kept || AllBlocks,
            "‹query-term› dropped changes nothing where p1 stays zero: it goes with ‹all-blocks›.");
        return VectorStudy.Of(this, cancellation);
    }

    private static IReadOnlyList<ExperimentKey> Keys()
    {
        KeyTable<VectorExperiment> task = new("task"), training = new(Training);
        return
        [
            .. SpectrumKeys(task),
            task.Text("tasks", "diagonal[:P]|gaussian[:P]|signs|FILE.npz",
                "the maps W, in the eigenbasis of the inputs (without P: few maps with the moments of infinitely many; "
                + "signs: the 2^D maps diag(±1 …))",
                (e, v) => e with { Tasks = TaskSource.Parse(v) }, e => e.Tasks.ToString()),
            .. training.Optimizer("gd", training.Real("epoch-rate", "ηP", "learning rate of an epoch; each of its P updates takes a P-th",
                Range.Positive, (e, v) => e with { LearningRate = v }, e => e.LearningRate)),
            training.Long("epochs", "T", "last epoch", new(1, LargestEpochs),
                (e, v) => e with { Epochs = v }, e => e.Epochs, "twice theory's last half time"),
            training.Integer("batch", "B", "fresh contexts of an update, all of one task", Range.AtLeastOne,
                (e, v) => e with { Batch = v }, e => e.Batch),
            training.Integer(
                "trainings", "K", "independent trainings: their mean is compared with theory, their scatter is its Monte Carlo error",
                Range.AtLeastOne, (e, v) => e with { Trainings = v }, e => e.Trainings),
            training.Real("init", "SCALE", "size of the initial weights", Range.NotNegative, (e, v) => e with { Init = v }, e => e.Init),
            training.Choice<VectorStart>("start", "balanced: p = q = SCALE I; unbalanced: diagonal and random; random: all entries",
                (e, v) => e with { Start = v }, e => e.Start),
            training.Switch("all-blocks", "train p1 and q2 too, from zero", (e, v) => e with { AllBlocks = v }, e => e.AllBlocks),
            training.Choice<QueryTerm>("query-term", "the query's own column in the attention sum; it counts with all blocks only",
                (e, v) => e with { QueryTerm = v }, e => e.QueryTerm),
            .. training.ForkAndStop(),
            .. training.RecordingAndSeeds("epoch", "some 1,000", "some 20"),
        ];
    }
}
