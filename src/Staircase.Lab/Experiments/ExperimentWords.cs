namespace Staircase.Lab;

/// <summary>What was said of an experiment, in a file and behind it on a command line.</summary>
/// <param name="Kind">Its kind, where one was named.</param>
/// <param name="IsWhole">Whether what was not said was left to its default, as in a file; else it may be an addition to something.</param>
/// <param name="Words">Keys and values; later ones override earlier ones.</param>
public sealed record ExperimentWords(ExperimentKind? Kind, bool IsWhole, IReadOnlyList<ExperimentWord> Words)
{
    private const string Seed = "seed";

    /// <summary>Whether anything was said.</summary>
    public bool Any => IsWhole || Words.Count > 0;

    /// <summary>
    /// The experiment. What was said beside ‹fork› alone changes the experiment of the run whose weights are taken; a new optimizer takes
    /// an end and schedules of its own.
    /// </summary>
    /// <exception cref="InputException">A key or a value cannot be used.</exception>
    public Experiment Experiment() => IsWhole || Last(Fork.Key) is not { } fork
        ? Applied((Kind ?? ExperimentKinds.Default).Default)
        : Applied(Staircase.Lab.Fork.Parse(fork.Value).Experiment(leavesEnd: Last("optimizer") is not null));

    /// <summary>The experiment of a run that is to go on, perhaps further.</summary>
    /// <param name="before">As it was recorded, resolved.</param>
    /// <param name="run">What the run is called.</param>
    /// <exception cref="InputException">Something was said that the run is not; the message says what.</exception>
    public Experiment Continue(Experiment before, string run)
    {
        ExperimentKind kind = before.Kind;
        Require(Kind is null || Kind == kind, $"{run} is a run of kind {kind.Name}, not {Kind?.Name}: choose another ‹out›.");
        IReadOnlyDictionary<string, string> recorded = before.Write(), said = Applied(kind.Default).Write();
        IEnumerable<string> keys = IsWhole ? kind.Keys.Select(key => key.Name) : Words.Select(word => word.Key);
        foreach (string key in keys.Except(kind.ContinuationKeys))
        {
            string? was = recorded.GetValueOrDefault(key), now = said.GetValueOrDefault(key);
            if (Agree(key, was, now) || (Last(key) is null && now is null)) // what is left open agrees with any choice
                continue;
            throw new InputException(
                $"--resume continues {run} as it was, with ‹{key}› {was ?? "not set"} and not {now ?? "without"}: besides what it was it "
                + $"takes only {string.Join(" or ", kind.ContinuationKeys.Select(end => $"‹{end}›"))}, to go on further. "
                + $"With ‹fork› {run} a new run begins from its weights.",
                where: Last(key)?.Where);
        }

        return Words.Where(word => kind.ContinuationKeys.Contains(word.Key)).Aggregate(before, Set);
    }

    private static Experiment Set(Experiment experiment, ExperimentWord word) =>
        experiment.Kind.Set(experiment, word.Key, word.Value, word.Where);

    /// <summary>A fork's step is settled when training begins.</summary>
    private static bool Agree(string key, string? was, string? now) =>
        was == now || (key == Fork.Key && now is not null && was?.StartsWith($"{now}@", StringComparison.Ordinal) == true);

    /// <exception cref="InputException">One place names seeds and a seed, of which one would be passed over.</exception>
    private Experiment Applied(Experiment experiment)
    {
        Require(
            !Words.GroupBy(word => word.Where is null, word => word.Key).Any(keys => keys.Contains(SeedList.Key) && keys.Contains(Seed)),
            $"‹{SeedList.Key}› are those of an ensemble, ‹{Seed}› that of one run: give one of them.");
        return Words.Aggregate(experiment, Set);
    }

    private ExperimentWord? Last(string key) =>
        Words.LastOrDefault(word => word.Key == key) is { Key: not null } word ? word : null;
}

/// <summary>A key and its value, as they were said.</summary>
/// <param name="Value">Its value as text.</param>
/// <param name="Where">Where it stood, such as <c>experiment.yaml, line 3</c>; null for the command line.</param>
public readonly record struct ExperimentWord(string Key, string Value, string? Where);
