namespace Staircase.Lab;

/// <summary>One experiment over seeds, and what they share: the data, where only the initial weights differ.</summary>
public sealed class EnsembleStudy
{
    private EnsembleStudy(Experiment experiment, Study first) => (Experiment, First) = (experiment, first);

    /// <summary>What all have in common, with seeds.</summary>
    public Experiment Experiment { get; }

    /// <summary>The study of the first seed.</summary>
    public Study First { get; }

    /// <summary>The seeds.</summary>
    public IReadOnlyList<ulong> Seeds => Experiment.Seeds!.Values;

    /// <summary>What is trained on what, in a line.</summary>
    public string Description => $"{Seeds.Count} seeds, {Experiment.Seeds}; the first: {First.Description}";

    /// <summary>Resolves what all have in common, and the first seed.</summary>
    /// <param name="experiment">With seeds.</param>
    /// <param name="progress">Told how far reading or drawing data is.</param>
    /// <exception cref="InputException">A value cannot be used, or the seeds change nothing.</exception>
    public static EnsembleStudy Prepare(Experiment experiment, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (experiment.Fork is { } fork)
            experiment = experiment with { Fork = fork.Pinned(experiment.Kind) };
        bool changesWeights = experiment.InitSeed is null && experiment.Fork is null, changesData = experiment.DataSeed is null;
        Require(
            changesWeights || changesData,
            $"‹{SeedList.Key}› changes nothing here: ‹data-seed› and {(experiment.Fork is null ? "‹init-seed›" : $"‹{Fork.Key}›")} settle "
            + "what they would vary.");
        return new(experiment, Alone(experiment, experiment.Seeds!.Values[0]).Prepare(progress, cancellation));
    }

    /// <summary>The study of a seed.</summary>
    /// <param name="kept">Its experiment as a run has kept it; null where it begins.</param>
    /// <param name="cancellation">Stops drawing data.</param>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public Study Member(ulong seed, Experiment? kept = null, CancellationToken cancellation = default) =>
        kept is null && seed == Seeds[0] ? First : (kept ?? Alone(Experiment, seed)).Prepare(First, null, cancellation);

    /// <summary>Whether the seeds share their data, and something to do with them step by step.</summary>
    internal bool TrainsTogether =>
        Seeds.Count > 1 && First.Together is not null && First.Beside(Alone(Experiment, Seeds[^1]))?.Together == First.Together;

    /// <summary>The experiment of one seed.</summary>
    public static Experiment Alone(Experiment experiment, ulong seed) => experiment with { Seed = seed, Seeds = null };
}
