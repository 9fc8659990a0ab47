using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>Checkpoints of one training in order of their steps; each is opened when asked for.</summary>
/// <remarks>
/// A folder may hold a file a step, a folder a step, one checkpoint (in shards, too), a <c>checkpoints</c> folder, or one file with a list
/// of state dicts. The step is a pattern's one group of digits; without a pattern the file's own, else the name's by a convention that
/// <see cref="StepsFrom"/> tells; it asks where there is none. Gaps are normal.
/// </remarks>
public sealed class CheckpointSeries : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, TorchFile> _lists;
    private readonly Dictionary<long, MemoryTensors> _inMemory = [];
    private readonly bool _mapped, _partial;

    private CheckpointSeries(
        IReadOnlyList<CheckpointReference> checkpoints, IReadOnlyList<string> stepsFrom, IReadOnlyList<SkippedFile> skipped,
        Dictionary<string, TorchFile> lists, bool mapped, bool partial = false)
    {
        Checkpoints = checkpoints;
        StepsFrom = stepsFrom;
        Skipped = skipped;
        _lists = lists;
        (_mapped, _partial) = (mapped, partial);
    }

    /// <summary>The checkpoints, by ascending step.</summary>
    public IReadOnlyList<CheckpointReference> Checkpoints { get; }

    /// <summary>Where the steps come from, and what was decided about single ones.</summary>
    public IReadOnlyList<string> StepsFrom { get; }

    /// <summary>Files that were found and are none.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; }

    /// <summary>Finds the checkpoints.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="mapped">Whether safetensors are read by mapping.</param>
    /// <param name="partial">Whether safetensors may be there in part: what is missing is then named, and the rest read.</param>
    /// <exception cref="ArgumentException">A path does not exist, holds no checkpoint, the pattern is none, or two checkpoints have one
    /// step.</exception>
    /// <exception cref="CheckpointFormatException">A file that had to be looked into is malformed.</exception>
    public static CheckpointSeries Open(IReadOnlyList<string> paths, SeriesSelection selection, bool mapped = false, bool partial = false)
    {
        Regex? pattern = Pattern(selection.Pattern);
        var skipped = new List<SkippedFile>();
        var lists = new Dictionary<string, TorchFile>();
        try
        {
            var found = new List<Candidate>();
            foreach (string path in paths)
            {
                if (Directory.Exists(path))
                    found.AddRange(new CheckpointFolder(path, skipped).Candidates());
                else if (File.Exists(path))
                    found.Add(InFile(path));
                else
                    throw new ArgumentException($"There is no file or folder {path}.");
            }

            (List<CheckpointReference> checkpoints, List<SkippedFile> unnumbered, List<string> stepsFrom) =
                StepAssignment.Of(found, pattern, lists, partial);
            skipped.AddRange(unnumbered);
            CheckpointReference[] ordered = [.. checkpoints.OrderBy(c => c.Step)];
            for (int i = 1; i < ordered.Length; i++)
            {
                if (ordered[i].Step == ordered[i - 1].Step)
                {
                    string like = StepNames.PatternFor(Path.GetFileName(ordered[i - 1].Path));
                    throw new ArgumentException(
                        $"Two checkpoints are of step {ordered[i].Step}, {ordered[i - 1].Path} and {ordered[i].Path}: name the paths "
                        + "that you mean, or give a --pattern that matches these alone and whose one group is the step, "
                        + $"--pattern '{like}' or the like.");
                }
            }

            IEnumerable<CheckpointReference> within = ordered.Where(c => c.Step >= selection.From && c.Step <= selection.To);
            CheckpointReference[] selected = [.. within.Where((_, i) => i % selection.Every == 0)];
            if (selected.Length == 0)
            {
                string matching = pattern is null ? "" : $" whose names match {selection.Pattern}";
                throw new ArgumentException(ordered.Length > 0
                    ? $"None of {ordered.Length} checkpoints, of steps {ordered[0].Step} to {ordered[^1].Step}, "
                        + $"is of steps {selection.From} to {selection.To}."
                    : $"{string.Join(", ", paths)} holds no checkpoint: expected files {string.Join(", ", CheckpointFile.Extensions)} "
                        + $"or folders with such{matching}.");
            }

            return new(selected, stepsFrom, skipped, lists, mapped, partial);
        }
        catch
        {
            foreach (TorchFile file in lists.Values)
                file.Dispose();
            throw;
        }
    }

    /// <summary>A series of checkpoints that are in memory.</summary>
    /// <param name="checkpoints">The checkpoints by their steps.</param>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static CheckpointSeries Of(IReadOnlyDictionary<long, MemoryTensors> checkpoints)
    {
        if (checkpoints.Count == 0)
            throw new ArgumentException("There is no checkpoint.");
        CheckpointReference[] ordered =
            [.. checkpoints.OrderBy(pair => pair.Key).Select(pair => new CheckpointReference(pair.Key, pair.Value.Path))];
        var series = new CheckpointSeries(ordered, ["steps as they were given"], [], [], mapped: false);
        foreach ((long step, MemoryTensors tensors) in checkpoints)
            series._inMemory.Add(step, tensors);
        return series;
    }

    /// <summary>Opens a checkpoint, for the caller to dispose of.</summary>
    /// <exception cref="CheckpointFormatException">The file is malformed.</exception>
    public ITensorSource Open(CheckpointReference checkpoint) =>
        _inMemory.TryGetValue(checkpoint.Step, out MemoryTensors? tensors) ? tensors
        : checkpoint.Item is { } item ? _lists[checkpoint.Path].Items[item] : CheckpointFile.Open(checkpoint.Path, _mapped, _partial);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TorchFile file in _lists.Values)
            file.Dispose();
    }

    private static Candidate InFile(string path) =>
        new(path, Path.GetFileName(path), path.Replace('\\', '/'), Path.GetFileName(Path.GetDirectoryName(Path.GetFullPath(path))));

    private static Regex? Pattern(string? pattern)
    {
        if (pattern is null)
            return null;
        try
        {
            var regex = new Regex(pattern, RegexOptions.CultureInvariant, Patience);
            if (regex.GetGroupNumbers().Length != 2)
                throw new ArgumentException($"The pattern '{pattern}' needs one group, the step: step(\\d+), for instance.");
            return regex;
        }
        catch (RegexParseException exception)
        {
            throw new ArgumentException($"The pattern '{pattern}' is no regular expression: {exception.Message}", exception);
        }
    }
}

/// <summary>Which checkpoints of those that are found.</summary>
/// <param name="Pattern">
/// A regular expression with one group, the step; it sees names, then paths. Null for the files' own steps, else the names' by convention.
/// </param>
/// <param name="From">The first step.</param>
/// <param name="To">The last step.</param>
/// <param name="Every">Every how many of the checkpoints in that range.</param>
public sealed record SeriesSelection(string? Pattern = null, long From = 0, long To = long.MaxValue, int Every = 1);
