using System.Globalization;
using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>Checkpoints of one training in order of their steps; each is opened when asked for.</summary>
/// <remarks>
/// A folder may hold a file a step, a folder a step, one checkpoint (in shards, too), a <c>checkpoints</c> folder, or one file with a list
/// of state dicts. The step is a pattern's one group of digits; without a pattern the last number in the name, else the file's own
/// <c>step</c>. <c>init</c> is step 0, <c>final</c> follows the last number. Gaps are normal.
/// </remarks>
public sealed class CheckpointSeries : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);
    private static readonly Regex LastNumber = new(
        @"(?<step>\d+)(?!.*\d)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, Patience);
    private static readonly string[] StepKeys = ["step", "iter_num", "iteration", "global_step", "epoch"];
    private static readonly string[] NotWeights =
        ["optimizer", "optim", "scheduler", "training_args", "rng_state", "scaler", "trainer_state"];

    private readonly Dictionary<string, TorchFile> _lists;
    private readonly Dictionary<long, MemoryTensors> _inMemory = [];
    private readonly bool _mapped;

    private CheckpointSeries(
        IReadOnlyList<CheckpointReference> checkpoints, IReadOnlyList<SkippedFile> skipped, Dictionary<string, TorchFile> lists,
        bool mapped)
    {
        Checkpoints = checkpoints;
        Skipped = skipped;
        _lists = lists;
        _mapped = mapped;
    }

    /// <summary>The checkpoints, by ascending step.</summary>
    public IReadOnlyList<CheckpointReference> Checkpoints { get; }

    /// <summary>Files that were found and are none.</summary>
    public IReadOnlyList<SkippedFile> Skipped { get; }

    /// <summary>Finds the checkpoints.</summary>
    /// <param name="paths">Files and folders.</param>
    /// <param name="selection">Which of them.</param>
    /// <param name="mapped">Whether safetensors are read by mapping.</param>
    /// <exception cref="ArgumentException">A path does not exist, holds no checkpoint, the pattern is none, or two checkpoints have one
    /// step.</exception>
    /// <exception cref="CheckpointFormatException">A file that had to be looked into is malformed.</exception>
    public static CheckpointSeries Open(IReadOnlyList<string> paths, SeriesSelection selection, bool mapped = false)
    {
        Regex? pattern = Pattern(selection.Pattern);
        var skipped = new List<SkippedFile>();
        var lists = new Dictionary<string, TorchFile>(StringComparer.Ordinal);
        try
        {
            var found = new List<Candidate>();
            foreach (string path in paths)
            {
                if (Directory.Exists(path))
                    found.AddRange(InFolder(path, pattern, skipped));
                else if (File.Exists(path))
                    found.Add(new(path, Path.GetFileName(path)));
                else
                    throw new ArgumentException($"There is no file or folder {path}.");
            }

            List<CheckpointReference> checkpoints = Number(found, pattern, lists, skipped);
            CheckpointReference[] ordered = [.. checkpoints.OrderBy(c => c.Step)];
            for (int i = 1; i < ordered.Length; i++)
            {
                if (ordered[i].Step == ordered[i - 1].Step)
                {
                    string both = $"{ordered[i - 1].Path} and {ordered[i].Path}";
                    throw new ArgumentException(
                        $"Two checkpoints are of step {ordered[i].Step}, {both}: give a --pattern whose one group is the step.");
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

            return new(selected, skipped, lists, mapped);
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
        var series = new CheckpointSeries(ordered, [], [], mapped: false);
        foreach ((long step, MemoryTensors tensors) in checkpoints)
            series._inMemory.Add(step, tensors);
        return series;
    }

    /// <summary>Opens a checkpoint, for the caller to dispose of.</summary>
    /// <exception cref="CheckpointFormatException">The file is malformed.</exception>
    public ITensorSource Open(CheckpointReference checkpoint) =>
        _inMemory.TryGetValue(checkpoint.Step, out MemoryTensors? tensors) ? tensors
        : checkpoint.Item is { } item ? _lists[checkpoint.Path].Items[item] : CheckpointFile.Open(checkpoint.Path, _mapped);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (TorchFile file in _lists.Values)
            file.Dispose();
    }

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

    private static IEnumerable<Candidate> InFolder(string folder, Regex? pattern, List<SkippedFile> skipped)
    {
        string inner = Path.Combine(folder, "checkpoints");
        if (File.Exists(Path.Combine(folder, "run.json")) && Directory.Exists(inner))
            folder = inner;
        if (WholeCheckpoint(folder) is { } whole)
            return [new(whole, Path.GetFileName(Path.GetFullPath(folder)))];
        var found = new List<Candidate>();
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(entry);
            if (Directory.Exists(entry))
            {
                if (WholeCheckpoint(entry) is { } file)
                    found.Add(new(file, name));
            }
            else if (IsWeights(name))
            {
                found.Add(new(entry, name));
            }
            else if (IsCheckpointName(name))
            {
                skipped.Add(new(entry, "its name is that of an optimizer's or trainer's state"));
            }
        }

        if (found.Count == 0 && Directory.Exists(inner))
            return InFolder(inner, pattern, skipped);
        return found;
    }

    /// <summary>
    /// The one file that a folder is a checkpoint by: an index of shards, or weights of the usual names, or the only file of weights in a
    /// folder with a config.
    /// </summary>
    private static string? WholeCheckpoint(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string? index = Array.Find(files, file => file.EndsWith(CheckpointFile.IndexSuffix, StringComparison.Ordinal));
        if (index is not null)
            return index;
        foreach (string usual in (ReadOnlySpan<string>)["model.safetensors", "pytorch_model.bin", "model.pt", "model.pth", "model.npz"])
        {
            if (files.Contains(Path.Combine(folder, usual)))
                return Path.Combine(folder, usual);
        }

        string[] weights = [.. files.Where(file => IsWeights(Path.GetFileName(file)))];
        return weights.Length == 1 && (
            files.Contains(Path.Combine(folder, "config.json")) || !LastNumber.IsMatch(Path.GetFileNameWithoutExtension(weights[0])))
            ? weights[0]
            : null;
    }

    private static bool IsCheckpointName(string name) =>
        CheckpointFile.Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static bool IsWeights(string name) =>
        IsCheckpointName(name) && !Array.Exists(NotWeights, word => name.StartsWith(word, StringComparison.OrdinalIgnoreCase));

    private static List<CheckpointReference> Number(
        List<Candidate> found, Regex? pattern, Dictionary<string, TorchFile> lists, List<SkippedFile> skipped)
    {
        var checkpoints = new List<CheckpointReference>();
        var finals = new List<Candidate>();
        foreach (Candidate candidate in found)
        {
            string stem = IsCheckpointName(candidate.Name) ? Path.GetFileNameWithoutExtension(candidate.Name) : candidate.Name;
            if ((pattern ?? LastNumber).Match(pattern is null ? stem : candidate.Name) is { Success: true } match)
            {
                if (IsStep(match.Groups[1].ValueSpan, out long step)
                    && (found.Count > 1 || pattern is not null || !IsList(candidate.File, lists)))
                {
                    checkpoints.Add(new(step, candidate.File));
                }
                else if (lists.TryGetValue(candidate.File, out TorchFile? file))
                {
                    AddList(candidate.File, file, checkpoints);
                }
                else
                {
                    skipped.Add(new(candidate.File, $"{DisplayText.Quote(match.Value)} is no step from 0 to 2⁶³ − 1"));
                }
            }
            else if (pattern is not null && found.Count > 1)
            {
                skipped.Add(new(candidate.File, "its name does not match the pattern"));
            }
            else if (Says("init"))
            {
                checkpoints.Add(new(0, candidate.File));
            }
            else if (found.Count > 1 && (Says("final") || Says("last")))
            {
                finals.Add(candidate);
            }
            else if (found.Count == 1)
            {
                if (IsList(candidate.File, lists))
                    AddList(candidate.File, lists[candidate.File], checkpoints);
                else
                    checkpoints.Add(new(OwnStep(candidate.File) ?? 0, candidate.File));
            }
            else if (OwnStep(candidate.File) is { } own)
            {
                checkpoints.Add(new(own, candidate.File));
            }
            else
            {
                skipped.Add(new(candidate.File, "neither its name nor its content says a step"));
            }

            bool Says(string word) => stem.Contains(word, StringComparison.OrdinalIgnoreCase);
        }

        foreach (Candidate final in finals)
            checkpoints.Add(new(checkpoints.Count == 0 ? 0 : checkpoints.Max(c => c.Step) + 1, final.File));
        return checkpoints;
    }

    private static bool IsList(string path, Dictionary<string, TorchFile> lists)
    {
        if (lists.ContainsKey(path))
            return true;
        ITensorSource source = CheckpointFile.Open(path);
        if (source is TorchFile { Items.Count: > 0 } file)
        {
            lists.Add(path, file);
            return true;
        }

        source.Dispose();
        return false;
    }

    private static void AddList(string path, TorchFile file, List<CheckpointReference> checkpoints)
    {
        for (int i = 0; i < file.Items.Count; i++)
            checkpoints.Add(new(long.Parse(file.Items[i].Metadata["step"], CultureInfo.InvariantCulture), path, i));
    }

    private static bool IsStep(ReadOnlySpan<char> text, out long step) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out step);

    private static long? OwnStep(string path)
    {
        using ITensorSource source = CheckpointFile.Open(path);
        foreach (string key in StepKeys)
        {
            if (source.Metadata.TryGetValue(key, out string? text) && IsStep(text, out long step))
                return step;
        }

        return null;
    }

    private readonly record struct Candidate(string File, string Name);
}

/// <summary>Which checkpoints of those that are found.</summary>
/// <param name="Pattern">A regular expression with one group, the step; null for the last number in the name.</param>
/// <param name="From">The first step.</param>
/// <param name="To">The last step.</param>
/// <param name="Every">Every how many of the checkpoints in that range.</param>
public sealed record SeriesSelection(string? Pattern = null, long From = 0, long To = long.MaxValue, int Every = 1);
