using static Staircase.Lab.KeyTable;

namespace Staircase.Lab;

/// <summary>What every training of a transformer chooses: its sizes, its optimizer, its steps and its seeds.</summary>
public abstract record NetworkExperiment
{
    private const long LargestSteps = 1_000_000_000;

    /// <summary>d_model.</summary>
    public int Width { get; init; }

    /// <summary>Attention heads of a layer.</summary>
    public int Heads { get; init; } = 4;

    /// <summary>d_head; null is width over heads.</summary>
    public int? HeadWidth { get; init; }

    /// <summary>d_mlp.</summary>
    public int Hidden { get; init; }

    /// <summary>The size of the initial weights.</summary>
    public double Init { get; init; }

    /// <summary>How to train.</summary>
    public OptimizerKind Optimizer { get; init; } = OptimizerKind.Adam;

    /// <summary>η.</summary>
    public double LearningRate { get; init; }

    /// <summary>λ.</summary>
    public double WeightDecay { get; init; }

    /// <summary>β₁ or μ; null is the optimizer's usual one.</summary>
    public double? Momentum { get; init; }

    /// <summary>β₂ of Adam.</summary>
    public double SecondDecay { get; init; }

    /// <summary>The last step.</summary>
    public long Steps { get; init; }

    /// <summary>Which steps are measured; null leaves it to the kind.</summary>
    public RecordSchedule? Record { get; init; }

    /// <summary>Which steps are kept; null leaves it to the kind.</summary>
    public RecordSchedule? Checkpoints { get; init; }

    /// <summary>Where all random numbers come from.</summary>
    public ulong Seed { get; init; }

    /// <summary>Varies the data alone.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>Varies the initial weights alone.</summary>
    public ulong? InitSeed { get; init; }

    /// <summary>The keys that mean the same for every kind.</summary>
    internal static IReadOnlyList<ExperimentKey<T>> SharedKeys<T>()
        where T : NetworkExperiment =>
    [
        Integer<T>("width", "D", "d_model, width of the residual stream", (e, v) => e with { Width = v }, e => e.Width),
        Integer<T>("heads", "H", "attention heads of a layer", (e, v) => e with { Heads = v }, e => e.Heads),
        Integer<T>("head-width", "D", "d_head (default: width over heads)", (e, v) => e with { HeadWidth = v }, e => e.HeadWidth),
        Choice<T, OptimizerKind>("optimizer", "adam (with weight decay AdamW), muon, gd or momentum", (e, v) => e with { Optimizer = v }, e => e.Optimizer),
        Real<T>("learning-rate", "η", "learning rate", (e, v) => e with { LearningRate = v }, e => e.LearningRate),
        Real<T>("weight-decay", "λ", "weight decay, apart from the gradient", (e, v) => e with { WeightDecay = v }, e => e.WeightDecay),
        Real<T>("momentum", "μ", "β₁ of adam (0.9), momentum of muon (0.95) and momentum (0.9)", (e, v) => e with { Momentum = v }, e => e.Momentum),
        Real<T>("second-decay", "β₂", "decay of adam's second moment", (e, v) => e with { SecondDecay = v }, e => e.SecondDecay),
        new("steps", "T", "the last step", (e, v) => e with { Steps = WholeNumber("steps", v) }, e => e.Steps.ToString()),
        Seed<T>("seed", "where all random numbers come from", (e, v) => e with { Seed = v }, e => e.Seed),
        Seed<T>("data-seed", "varies the data alone", (e, v) => e with { DataSeed = v }, e => e.DataSeed),
        Seed<T>("init-seed", "varies the initial weights alone", (e, v) => e with { InitSeed = v }, e => e.InitSeed),
    ];

    /// <summary>The optimizer with the published constants where none were given.</summary>
    internal IOptimizer CreateOptimizer() => Optimizer switch
    {
        OptimizerKind.Adam => new Adam(LearningRate, Momentum ?? 0.9, SecondDecay, WeightDecay: WeightDecay),
        OptimizerKind.Muon => new Muon(LearningRate, Momentum ?? 0.95, WeightDecay, Stacked: true),
        OptimizerKind.Gd => new GradientDescent(LearningRate, WeightDecay),
        _ => new Momentum(LearningRate, Momentum ?? 0.9, WeightDecay),
    };

    /// <summary>Refuses values that no kind takes, and makes the choices that follow from others.</summary>
    /// <param name="e">What was asked for.</param>
    /// <param name="leastHidden">The smallest d_mlp of the kind.</param>
    /// <exception cref="InputException">A value is out of range.</exception>
    internal static T Complete<T>(T e, int leastHidden)
        where T : NetworkExperiment
    {
        InputException.Require(e.Width >= 1, $"--width must be at least 1, not {e.Width}.");
        InputException.Require(e.Heads >= 1, $"--heads must be at least 1, not {e.Heads}.");
        InputException.Require(e.HeadWidth is null or >= 1, $"--head-width must be at least 1, not {e.HeadWidth}.");
        InputException.Require(e.HeadWidth is not null || e.Width % e.Heads == 0, $"--width {e.Width} is not a multiple of --heads {e.Heads}: give --head-width.");
        InputException.Require(e.Hidden >= leastHidden, $"--hidden must be at least {leastHidden}, not {e.Hidden}.");
        InputException.Require(e.Init >= 0, $"--init must not be negative, not {e.Init:R}.");
        InputException.Require(e.LearningRate > 0, $"--learning-rate must be positive, not {e.LearningRate:R}.");
        InputException.Require(e.WeightDecay >= 0, $"--weight-decay must not be negative, not {e.WeightDecay:R}.");
        InputException.Require(e.Optimizer != OptimizerKind.Flow, "--optimizer flow is for regression, whose loss it follows exactly; here take adam, muon, gd or momentum.");
        InputException.Require(e.Momentum is null or (>= 0 and < 1), $"--momentum must be from 0 to below 1, not {e.Momentum:R}.");
        InputException.Require(e.SecondDecay is >= 0 and < 1, $"--second-decay must be from 0 to below 1, not {e.SecondDecay:R}.");
        InputException.Require(e.Steps is >= 1 and <= LargestSteps, $"--steps must be 1 to {LargestSteps:N0}, not {e.Steps}.");
        return e with { HeadWidth = e.HeadWidth ?? e.Width / e.Heads, DataSeed = e.DataSeed ?? e.Seed, InitSeed = e.InitSeed ?? e.Seed };
    }
}
