namespace Staircase.Lab;

/// <summary>
/// An ensemble in a folder: <c>ensemble.json</c> with what its runs have in common, and a run folder <c>seed-N</c> of each seed.
/// </summary>
public sealed class EnsembleFolder
{
    private const string RecordName = "ensemble.json";

    private EnsembleFolder(string path, Experiment experiment)
    {
        (Name, Experiment) = (path, experiment);
        Seeds = experiment.Seeds?.Values ?? throw new InputException($"{Path.Combine(path, RecordName)} names no ‹{SeedList.Key}›.");
    }

    /// <summary>The folder.</summary>
    public string Name { get; }

    /// <summary>What its runs have in common.</summary>
    public Experiment Experiment { get; }

    /// <summary>The seeds.</summary>
    public IReadOnlyList<ulong> Seeds { get; }

    /// <summary>Where the run of each seed is kept.</summary>
    public IReadOnlyList<string> Paths => [.. Seeds.Select(PathOf)];

    /// <summary>Whether a folder holds an ensemble.</summary>
    public static bool Exists(string path) => File.Exists(Path.Combine(path, RecordName));

    /// <summary>A folder for a new ensemble.</summary>
    /// <param name="path">The folder; null takes the next free one, as <see cref="RunFolder.CreateNext"/>.</param>
    /// <param name="experiment">What its runs have in common, with seeds.</param>
    /// <exception cref="InputException">It holds something already, or cannot be made.</exception>
    public static EnsembleFolder Create(string? path, Experiment experiment)
    {
        RunFolder.RequireNone(path);
        var folder = new EnsembleFolder(path ?? RunFolder.MakeNext("runs", ""), experiment);
        folder.Write();
        return folder;
    }

    /// <summary>The folder of an ensemble that is there.</summary>
    /// <exception cref="InputException">It is not, or cannot be read.</exception>
    public static EnsembleFolder Open(string path)
    {
        string file = Path.Combine(path, RecordName);
        Require(Exists(path), $"{path} is not the folder of an ensemble: {RecordName} is missing.");
        EnsembleRecord record =
            RunJson.Read(file, "the record of an ensemble", RunJson.Readable.EnsembleRecord, record => record.Experiment);
        return new(path, RunFolder.ExperimentOf(record.Kind, record.Experiment, file));
    }

    /// <summary>
    /// Opens the runs that a folder holds: of an ensemble those of which something was recorded, which share what they have in common; else
    /// the one run.
    /// </summary>
    /// <exception cref="InputException">It is neither, or one cannot be opened.</exception>
    public static IReadOnlyList<Run> OpenRuns(
        string path, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        if (!Exists(path))
            return [Run.Open(RunFolder.Open(path), progress, cancellation)];
        var runs = new List<Run>();
        foreach (string one in Open(path).Paths.Where(RunFolder.Exists))
        {
            if (Run.OpenBeside(runs.FirstOrDefault()?.Study, RunFolder.Open(one), progress, cancellation) is { Trajectory.Count: > 0 } run)
                runs.Add(run);
        }

        return runs.Count > 0 ? runs : throw new InputException($"{path}: nothing was recorded yet.");
    }

    /// <summary>Where the run of a seed is kept.</summary>
    public string PathOf(ulong seed) => Path.Combine(Name, string.Create(InvariantCulture, $"seed-{seed}"));

    /// <summary>The same folder with another end, or with more seeds.</summary>
    public EnsembleFolder With(Experiment experiment)
    {
        var folder = new EnsembleFolder(Name, experiment);
        folder.Write();
        return folder;
    }

    /// <summary>Keeps others from training the same ensemble until it is disposed of.</summary>
    /// <exception cref="InputException">Another process does.</exception>
    public IDisposable Lock() => RunLock.Take(Name);

    private void Write()
    {
        var record = new EnsembleRecord { Kind = Experiment.Kind.Name, Experiment = Experiment.Write() };
        Writing($"The folder {Name}", () =>
        {
            Directory.CreateDirectory(Name);
            AtomicFile.Write(
                Path.Combine(Name, RecordName), stream => JsonSerializer.Serialize(stream, record, RunJson.Readable.EnsembleRecord));
        });
    }
}
