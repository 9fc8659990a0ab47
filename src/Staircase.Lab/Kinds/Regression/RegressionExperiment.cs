namespace Staircase.Lab;

/// <summary>
/// What to run, as data: every choice that changes a result. Defaults are the first paper's Fig. 3 in the population limit.
/// </summary>
public sealed partial record RegressionExperiment : SpectrumExperiment
{
    /// <summary>The published setting.</summary>
    public RegressionExperiment() => (Context, Trace, Init, LearningRate) = (31, 1, 0.01, 0.02);

    /// <inheritdoc/>
    public override ExperimentKind Kind => Type;

    /// <summary>The parametrization; null is that of the weights file, or separate.</summary>
    public AttentionKind? Attention { get; init; }

    /// <summary>H; null is that of the weights file, or D + 1 for separate attention and 2D for merged.</summary>
    public int? Heads { get; init; }

    /// <summary>R of separate attention; null is that of the weights file, or 1.</summary>
    public int? Rank { get; init; }

    /// <summary>Eigenvalues of Ω in the inputs' eigenbasis, along the spectrum; null is the identity.</summary>
    public double[]? TaskCovariance { get; init; }

    /// <summary>σ².</summary>
    public double Noise { get; init; }

    /// <summary>The tasks that a sequence mixes; null is one task a sequence.</summary>
    public TaskMixture? Mixture { get; init; }

    /// <summary>What is trained on.</summary>
    public DataSource Data { get; init; } = new(DataKind.Population);

    /// <summary>The basis of the inputs; null is random for samples, as in the papers, and the eigenbasis for the population.</summary>
    public BasisKind? Basis { get; init; }

    /// <summary>Whether task vectors are whitened within the sample.</summary>
    public bool Whiten { get; init; }

    /// <summary>Whether inputs are centred within the sample, position by position.</summary>
    public bool Centre { get; init; }

    /// <summary>A file of initial weights; null draws them.</summary>
    public string? Weights { get; init; }

    /// <summary>How they are drawn.</summary>
    public InitializationScheme InitScheme { get; init; }

    /// <summary>Whether attention goes through a softmax over all tokens, the query included.</summary>
    public bool Softmax { get; init; }

    /// <summary>
    /// What the attention sum is divided by, and with a softmax the scores before it; null divides by N, over varying contexts by the
    /// number of tokens, as the authors do, and a softmax's scores by nothing.
    /// </summary>
    public OutputScale? Scale { get; init; }

    /// <summary>Whether the loss is averaged over context lengths 1 … N, every prefix asked for its own next label.</summary>
    public bool VaryContext { get; init; }

    /// <summary>c.</summary>
    public double InContextFraction { get; init; } = 1;

    /// <summary>Fresh sequences on which in-context and in-weight losses are recorded, as many of each; null records neither.</summary>
    public int? Test { get; init; }

    /// <summary>Whether index and extreme eigenvalues of the Hessian are recorded.</summary>
    public bool Curvature { get; init; }

    /// <summary>The last step of a descent; null lets theory choose.</summary>
    public long? Steps { get; init; }

    /// <summary>The last time of a flow; null lets theory choose.</summary>
    public double? Until { get; init; }

    /// <summary>Relative tolerance of the flow.</summary>
    public double Tolerance { get; init; } = 1e-7;

    /// <inheritdoc/>
    public override OptimizerKind EffectiveOptimizer => Optimizer ?? (Data.Kind == DataKind.Online ? OptimizerKind.Gd : OptimizerKind.Flow);

    /// <summary>The scale that is used.</summary>
    public OutputScale EffectiveScale => Scale ?? (Softmax ? OutputScale.None : VaryContext ? OutputScale.Tokens : OutputScale.Context);

    /// <summary>The basis that is used.</summary>
    public BasisKind EffectiveBasis => Basis ?? (Data.Kind == DataKind.Population ? BasisKind.Eigen : BasisKind.Random);

    /// <summary>Whether it is trained in continuous time.</summary>
    internal bool IsFlow => EffectiveOptimizer == OptimizerKind.Flow;

    /// <inheritdoc/>
    protected override Study Resolve(IProgress<double>? progress, CancellationToken cancellation) =>
        RegressionStudy.Prepare(this, progress, cancellation);
}
