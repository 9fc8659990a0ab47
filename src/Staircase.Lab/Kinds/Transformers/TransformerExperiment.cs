namespace Staircase.Lab;

/// <summary>What every training of a transformer chooses: its sizes, its steps, and Adam where no optimizer is named.</summary>
public abstract record TransformerExperiment : Experiment
{
    /// <summary>d_model.</summary>
    public int Width { get; init; }

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>d_head; null is width over heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>d_mlp.</summary>
    public int Hidden { get; init; }

    /// <summary>The last step.</summary>
    public long Steps { get; init; }

    /// <inheritdoc/>
    public override OptimizerKind EffectiveOptimizer => Optimizer ?? OptimizerKind.Adam;

    /// <summary>What files of weights say of the sizes, in the words of TransformerLens.</summary>
    internal Dictionary<string, string> Sizes => new()
    {
        ["d_model"] = $"{Width}",
        ["n_heads"] = $"{Heads}",
        ["d_head"] = $"{HeadWidth}",
        ["d_mlp"] = $"{Hidden}",
    };

    /// <summary>The end of a description: how it is trained.</summary>
    /// <param name="data">What a step sees.</param>
    internal string Trained(string data) =>
        $"{Word(EffectiveOptimizer)}, learning rate {AllDigits(LearningRate)}, "
        + $"weight decay {AllDigits(WeightDecay)}, {data}; seed {Seed}.";

    /// <summary>A training at its start.</summary>
    internal DescentTraining<float> Train(
        IObjective<float> objective, float[] weights, IMeasurement<float> measurement, IReadOnlyDictionary<string, string> metadata) =>
        new(objective, NewOptimizer(LearningRate, stacked: true), weights, Steps, measurement)
        {
            Metadata = metadata,
        };

    /// <summary>The keys of the sizes.</summary>
    /// <param name="keys">The group.</param>
    /// <param name="hidden">What d_mlp may be.</param>
    /// <param name="mlp">What d_mlp is.</param>
    internal static IEnumerable<ExperimentKey> SizeKeys<T>(KeyTable<T> keys, Range hidden, string mlp)
        where T : TransformerExperiment, new() =>
    [
        keys.Integer("width", "D", "d_model, width of the residual stream", Range.AtLeastOne, (e, v) => e with { Width = v }, e => e.Width),
        keys.Integer("heads", "H", "attention heads of a layer", Range.AtLeastOne, (e, v) => e with { Heads = v }, e => e.Heads),
        keys.Integer("head-width", "D", "d_head", Range.AtLeastOne,
            (e, v) => e with { HeadWidth = v }, e => e.HeadWidth, "width over heads"),
        keys.Integer("hidden", "D", mlp, hidden, (e, v) => e with { Hidden = v }, e => e.Hidden),
    ];

    /// <summary>The keys of training.</summary>
    /// <param name="keys">The group.</param>
    /// <param name="init">What the size of the initial weights is relative to.</param>
    internal static IEnumerable<ExperimentKey> TrainingKeys<T>(KeyTable<T> keys, string init)
        where T : TransformerExperiment, new() =>
    [
        .. keys.Optimizer("adam"),
        keys.Long("steps", "T", "last step", new(1, 1_000_000_000), (e, v) => e with { Steps = v }, e => e.Steps),
        keys.Real("init", "SCALE", init, Range.NotNegative, (e, v) => e with { Init = v }, e => e.Init),
        .. keys.ForkAndStop(),
    ];

    /// <summary>The same experiment with the choices made that follow from others.</summary>
    /// <exception cref="InputException">Choices do not go together.</exception>
    private protected TransformerExperiment Completed()
    {
        Require(
            EffectiveOptimizer != OptimizerKind.Flow,
            "‹optimizer› flow follows a loss exactly, in double precision; transformers train in single: take adam, muon, gd or momentum.");
        Require(
            HeadWidth is not null || Width % Heads == 0, $"‹width› {Width} is not a multiple of ‹heads› {Heads}: give ‹head-width›.");
        return this with
        {
            Optimizer = EffectiveOptimizer,
            HeadWidth = HeadWidth ?? Width / Heads,
            DataSeed = DataSeed ?? Seed,
            InitSeed = InitSeed ?? Seed,
        };
    }
}
