using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>Finds what may be checkpoints in a folder: the conventions by which programs lay them down.</summary>
/// <remarks>
/// A file a step; a folder a step, with one file, an index of shards, DeepSpeed's model states or Megatron's rank in it; a run of Hugging
/// Face's Trainer, whose final model lies beside its checkpoints; a run folder of this program; the cache of a hub's model, whose refs are
/// the revisions' names. Parts of a model that only their own program puts together are refused by name.
/// </remarks>
internal sealed partial class CheckpointFolder(string typed, List<SkippedFile> skipped)
{
    private static readonly string[] NotWeights =
        ["optimizer", "optim", "scheduler", "training_args", "rng_state", "random_states", "scaler", "trainer_state", "sampler"];

    private static readonly string[] UsualNames = ["model.safetensors", "pytorch_model.bin", "model.pt", "model.pth", "model.npz"];

    /// <summary>What is in the folder that was typed.</summary>
    /// <exception cref="ArgumentException">The checkpoints are in a form that is not read.</exception>
    public List<Candidate> Candidates()
    {
        string inner = Path.Combine(typed, "checkpoints");
        if (File.Exists(Path.Combine(typed, "run.json")) && Directory.Exists(inner))
            return In(inner);
        if (Directory.Exists(Path.Combine(typed, "snapshots")) && Directory.Exists(Path.Combine(typed, "refs")))
            return Revisions();
        List<Candidate> found = In(typed);
        return found.Count == 0 && Directory.Exists(inner) ? In(inner) : found;
    }

    private List<Candidate> In(string folder)
    {
        string? whole = Whole(folder);
        var found = new List<Candidate>();
        foreach (string entry in Directory.EnumerateFileSystemEntries(folder).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(entry);
            if (whole is not null && (entry == whole || IsState().IsMatch(name) || !SaysStep(name)))
                continue; // what lies beside the weights is no series unless it says so
            if (Directory.Exists(entry))
            {
                if (Whole(entry) is { } file)
                    found.Add(Of(file, name, Path.GetFileName(file)));
            }
            else if (IsWeights(entry))
            {
                found.Add(Of(entry, name, null));
            }
            else if (whole is null && IsCheckpointName(name))
            {
                skipped.Add(new(entry, "its name is that of an optimizer's or trainer's state"));
            }
        }

        if (whole is not null)
        {
            string name = Path.GetFileName(Path.GetFullPath(folder));
            found.Add(
                Of(whole, found.Count == 0 ? name : Path.GetFileName(whole), Path.GetFileName(whole)) with { IsFinal = found.Count > 0 });
        }
        else if (found.Count > 0 && found.TrueForAll(candidate => Shard().IsMatch(candidate.Name)))
        {
            throw new ArgumentException(
                $"{folder} holds shards of one checkpoint ({DisplayText.Some([.. found.Select(candidate => candidate.Name)])}) without "
                    + "their index, which says what each must hold: put the file *.index.json beside them.");
        }

        return found;
    }

    /// <summary>The revisions in the cache of a hub's model, by the names that refs give them; <c>main</c> is the final one.</summary>
    private List<Candidate> Revisions()
    {
        string snapshots = Path.Combine(typed, "snapshots"), refs = Path.Combine(typed, "refs");
        var found = new List<(Candidate Candidate, string Folder)>();
        foreach (string path in Directory.EnumerateFiles(refs, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(refs, path).Replace('\\', '/');
            if (new FileInfo(path).Length is 0 or > 200)
                continue;
            string commit = File.ReadAllText(path).Trim();
            string folder = Path.Combine(snapshots, commit);
            if (!StepNames.IsHash(commit) || !Directory.Exists(folder) || Whole(folder) is not { } whole)
                skipped.Add(new(path, "the snapshot that it names is not in the cache"));
            else
                found.Add((new(whole, name, $"refs/{name}", null, IsFinal: name == "main"), folder));
        }

        foreach (string folder in Directory.EnumerateDirectories(snapshots).Order(StringComparer.Ordinal))
        {
            if (!found.Exists(revision => revision.Folder == folder) && Whole(folder) is { } whole)
            {
                if (found.Count == 0)
                    found.Add((Of(whole, Path.GetFileName(folder), null), folder));
                else
                    skipped.Add(new(folder, "no ref names this snapshot, and a commit's hash is no step"));
            }
        }

        // A commit that has two names is one checkpoint; that of main is final only where no other name says more.
        return
        [
            .. found.GroupBy(revision => revision.Folder)
                .Select(group => group.OrderBy(revision => revision.Candidate.IsFinal).First().Candidate),
        ];
    }

    private Candidate Of(string file, string name, string? other) =>
        new(file, name, Path.GetRelativePath(typed, file).Replace('\\', '/'), other);

    /// <summary>The one file that a folder is a checkpoint by.</summary>
    private static string? Whole(string folder)
    {
        string[] files = [.. Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal)];
        string[] indices = [.. files.Where(ShardedCheckpoint.IsIndex)];
        if (Array.Find(indices, file => file.EndsWith(".safetensors.index.json", StringComparison.Ordinal)) is { } index)
            return index;
        foreach (string usual in UsualNames)
        {
            if (usual == "pytorch_model.bin" && indices.Length > 0)
                return indices[0];
            if (files.Contains(Path.Combine(folder, usual)))
                return Path.Combine(folder, usual);
        }

        if (indices.Length > 0)
            return indices[0];
        if (OfRanks(folder, files) is { } states)
            return states;
        string[] weights = [.. files.Where(IsWeights)];
        return weights.Length == 1 ? weights[0] : null;
    }

    /// <summary>The model as DeepSpeed or Megatron keep it where one rank has all of it.</summary>
    private static string? OfRanks(string folder, string[] files)
    {
        string name = DisplayText.Quote(Path.GetFileName(Path.GetFullPath(folder)));
        if (Array.Exists(files, file => file.EndsWith(".distcp", StringComparison.Ordinal)))
        {
            throw new ArgumentException(
                $"{name} is a distributed checkpoint of torch (.distcp and .metadata), which is not read: make one file of it, "
                + $"python -m torch.distributed.checkpoint.format_utils dcp_to_torch {folder} {folder.TrimEnd('/')}.pt");
        }

        string[] states = [.. files.Where(file => ModelStates().IsMatch(Path.GetFileName(file)))];
        if (states.Length == 0 && Array.Exists(files, file => PartitionedStates().IsMatch(Path.GetFileName(file))))
        {
            throw new ArgumentException(
                $"{name} is a checkpoint of DeepSpeed's ZeRO-3, whose weights are parts in the optimizer's files and not in the model's: "
                    + "make "
                + $"one file of it by the zero_to_fp32.py that DeepSpeed put there, python zero_to_fp32.py . {folder.TrimEnd('/')}.pt");
        }

        string[] ranks =
        [
            .. Directory.EnumerateDirectories(folder).Where(rank => MegatronRank().IsMatch(Path.GetFileName(rank)))
                .Select(rank => Path.Combine(rank, "model_optim_rng.pt")).Where(File.Exists).Order(StringComparer.Ordinal),
        ];
        if (states.Length > 1 || ranks.Length > 1)
        {
            throw new ArgumentException(
                $"{name} holds a model in {Max(states.Length, ranks.Length)} parts, one a rank "
                    + $"({Path.GetFileName(states.FirstOrDefault() ?? ranks[0])}), "
                + "which only their program puts together: save it there as one model.");
        }

        return states.FirstOrDefault() ?? ranks.FirstOrDefault();
    }

    private static bool SaysStep(string name) =>
        CheckpointFile.StemOf(name) is var stem && (StepNames.Step(stem) ?? StepNames.EpochOf(stem)) is not null;

    private static bool IsCheckpointName(string name) =>
        CheckpointFile.Extensions.Any(extension => name.EndsWith(extension, StringComparison.OrdinalIgnoreCase));

    private static bool IsWeights(string path)
    {
        string name = Path.GetFileName(path);
        return !Array.Exists(NotWeights, word => name.StartsWith(word, StringComparison.OrdinalIgnoreCase))
            && !name.Contains("optim_states")
            && (IsCheckpointName(name) || CheckpointFile.Recognizes(path));
    }

    [GeneratedRegex(@"-\d+-of-\d+\.\w+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Shard();

    /// <summary>Folders of DeepSpeed's states beside the weights of the same step.</summary>
    [GeneratedRegex(@"^global_step\d+$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex IsState();

    [GeneratedRegex(@"^mp_rank_\d+_model_states\.pt$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ModelStates();

    [GeneratedRegex(@"^zero_pp_rank_\d+_mp_rank_\d+_model_states\.pt$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex PartitionedStates();

    [GeneratedRegex(@"^mp_rank_\d+(_\d+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MegatronRank();
}
