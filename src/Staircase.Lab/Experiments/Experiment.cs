using System.Collections.ObjectModel;

namespace Staircase.Lab;

/// <summary>What to run, as data: an experiment of some kind, with what every kind has.</summary>
public abstract record Experiment
{
    /// <summary>The last group of the keys of every kind.</summary>
    private protected const string Training = "training, and what is kept";

    /// <summary>Its kind.</summary>
    public abstract ExperimentKind Kind { get; }

    /// <summary>How to train; null takes what the kind is trained by.</summary>
    public OptimizerKind? Optimizer { get; init; }

    /// <summary>Learning rate of a discrete optimizer.</summary>
    public double LearningRate { get; init; }

    /// <summary>Weight decay, apart from the gradient.</summary>
    public double WeightDecay { get; init; }

    /// <summary>μ of momentum (0.9) and muon (0.95), β₁ of adam (0.9).</summary>
    public double? Momentum { get; init; }

    /// <summary>β₂ of adam.</summary>
    public double SecondDecay { get; init; } = 0.999;

    /// <summary>Size of the initial weights, as the kind draws them.</summary>
    public double Init { get; init; }

    /// <summary>Which steps are recorded; null takes the kind's default.</summary>
    public Schedule? Record { get; init; }

    /// <summary>Which steps are kept as checkpoints; null takes the kind's default.</summary>
    public Schedule? Checkpoints { get; init; }

    /// <summary>Where all random numbers come from.</summary>
    public ulong Seed { get; init; } = 10;

    /// <summary>An ensemble: one run of each of these seeds, in place of one of <see cref="Seed"/>; null is that one.</summary>
    public SeedList? Seeds { get; init; }

    /// <summary>Of the data alone; null is <see cref="Seed"/>.</summary>
    public ulong? DataSeed { get; init; }

    /// <summary>Of the initial weights alone; null is <see cref="Seed"/>.</summary>
    public ulong? InitSeed { get; init; }

    /// <summary>The run from whose weights it begins; null begins from weights of its own.</summary>
    public Fork? Fork { get; init; }

    /// <summary>What ends it before its end; null is nothing.</summary>
    public StopCondition? StopWhen { get; init; }

    /// <summary>Where keys stood, for those that came from a file: <c>experiment.yaml, line 3</c>.</summary>
    internal IReadOnlyDictionary<string, string> Origins { get; init; } =
        ReadOnlyDictionary<string, string>.Empty; // one object, so that experiments compare equal

    /// <summary>How it is trained: what was said, or what the kind is trained by.</summary>
    public virtual OptimizerKind EffectiveOptimizer => Optimizer ?? OptimizerKind.Gd;

    /// <summary>Resolves everything: draws the data and the initial weights, sets up theory.</summary>
    /// <exception cref="InputException">A value cannot be used, or does not go with another; the message names the key and where it
    /// stood.</exception>
    public Study Prepare(IProgress<double>? progress = null, CancellationToken cancellation = default) =>
        Prepare(beside: null, progress, cancellation);

    /// <summary>The same beside a study that differs in seeds and in where it ends alone: what both have in common is shared.</summary>
    internal Study Prepare(Study? beside, IProgress<double>? progress, CancellationToken cancellation)
    {
        try
        {
            Require(
                Seeds is null,
                $"‹{SeedList.Key}› asks for an ensemble of runs, as 'train' and 'predict' make it; here ‹seed› names the one run that is "
                + "meant.");
            Kind.Check(this);
            Experiment experiment = Fork is null ? this : this with { Fork = Fork.Pinned(Kind) };
            Study study = Guard(() => beside?.Beside(experiment) ?? experiment.Resolve(progress, cancellation));
            if (Fork is not null || StopWhen is not null)
            {
                ITraining begun = study.Begin(); // of weights that do not fit it complains here, before anything is kept
                StopWhen?.Check(begun.Columns);
            }

            return study;
        }
        catch (InputException exception) when (exception.Key is { } key && Origins.TryGetValue(key, out string? where))
        {
            throw exception.At(where);
        }
    }

    /// <summary>Every key that is set, by name, as text that can be read back.</summary>
    public IReadOnlyDictionary<string, string> Write() => Kind.Write(this);

    /// <summary>Checks what goes with what, and builds the study.</summary>
    protected abstract Study Resolve(IProgress<double>? progress, CancellationToken cancellation);

    /// <summary>The optimizer by its name.</summary>
    /// <param name="rate">The learning rate of a step.</param>
    /// <param name="stacked">For muon: whether blocks of three axes are stacks of matrices.</param>
    /// <exception cref="ArgumentException">It is the flow, which takes no steps.</exception>
    internal IOptimizer NewOptimizer(double rate, bool stacked = false) => EffectiveOptimizer switch
    {
        OptimizerKind.Gd => new GradientDescent(rate, WeightDecay),
        OptimizerKind.Momentum => new Momentum(rate, Momentum ?? 0.9, WeightDecay),
        OptimizerKind.Adam => new Adam(rate, Momentum ?? 0.9, SecondDecay, WeightDecay: WeightDecay),
        OptimizerKind.Muon => new Muon(rate, Momentum ?? 0.95, WeightDecay, stacked),
        _ => throw new ArgumentException("The flow is not an optimizer."),
    };
}
