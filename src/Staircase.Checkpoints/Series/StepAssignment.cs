using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>Gives every checkpoint of a series its step, all of them from one source, and says from which.</summary>
/// <remarks>
/// A pattern decides where there is one. Else, in this order: the file's own step, the name's by a convention, the file's own epoch, the
/// name's, the one number in which names differ; of these the one that most checkpoints have. Where two sources contradict so that it
/// cannot be told which is meant, it asks.
/// </remarks>
internal sealed class StepAssignment
{
    private const int Sources = 5, Own = 0;

    private readonly Dictionary<string, TorchFile> _lists;
    private readonly List<CheckpointReference> _assigned = [];
    private readonly List<SkippedFile> _skipped = [];
    private readonly List<string> _notes = [];

    private readonly bool _partial;

    private StepAssignment(Dictionary<string, TorchFile> lists, bool partial) => (_lists, _partial) = (lists, partial);

    /// <summary>A checkpoint and what each source says of its step; null where it says nothing.</summary>
    private sealed record Read(Candidate Candidate, StepReading?[] From, CheckpointFormatException? Broken)
    {
        public bool IsInitial { get; } = StepNames.Says(Candidate.Stem, "init", "initial", "start", "untrained");

        public bool IsFinal { get; } = Candidate.IsFinal || StepNames.Says(Candidate.Stem, "final", "last", "latest", "end");
    }

    /// <summary>The checkpoints with their steps, where these come from, and what has none.</summary>
    /// <param name="candidates">What was found.</param>
    /// <param name="pattern">What the step is to be read by; null for the rules.</param>
    /// <param name="lists">Takes the files that hold a list of checkpoints, open.</param>
    /// <param name="partial">Whether files may be there in part.</param>
    /// <exception cref="ArgumentException">The steps are not known; the message says what to type.</exception>
    public static (List<CheckpointReference> Checkpoints, List<SkippedFile> Skipped, List<string> Notes) Of(
        List<Candidate> candidates, Regex? pattern, Dictionary<string, TorchFile> lists, bool partial)
    {
        var assignment = new StepAssignment(lists, partial);
        if (candidates.Count == 1 && assignment.IsList(candidates[0].File))
            assignment.TakeList(candidates[0].File);
        else if (pattern is not null)
            assignment.ByPattern(candidates, pattern);
        else if (candidates.Count == 1)
            assignment.Single(assignment.Look(candidates[0]));
        else if (candidates.Count > 1)
            assignment.ByRules([.. candidates.Select(assignment.Look)]);
        return (assignment._assigned, assignment._skipped, assignment._notes);
    }

    private void ByPattern(List<Candidate> candidates, Regex pattern)
    {
        foreach (Candidate candidate in candidates)
        {
            Match match = pattern.Match(candidate.Name);
            for (int i = 0; i < 2 && !match.Success; i++)
                match = pattern.Match(i == 0 ? candidate.Below : candidate.File.Replace('\\', '/'));
            if (!match.Success)
                _skipped.Add(new(candidate.File, "neither its name nor its path matches the pattern"));
            else if (long.TryParse(match.Groups[1].ValueSpan, System.Globalization.NumberStyles.None, null, out long step))
                _assigned.Add(new(step, candidate.File));
            else
                _skipped.Add(new(candidate.File, $"{DisplayText.Quote(match.Groups[1].Value)} is no step from 0 to 2⁶³ − 1"));
        }

        _notes.Add($"steps from the pattern '{pattern}'");
    }

    private void Single(Read only)
    {
        StepReading? reading = only.From.Take(Sources - 1).FirstOrDefault(from => from is not null);
        _assigned.Add(new(reading?.Step ?? 0, only.Candidate.File));
        _notes.Add(reading is { } said ? $"step from {Singular(said.From)}"
            : "neither the file nor its name says a step: it stands as step 0 (--pattern says otherwise)");
    }

    private void ByRules(Read[] all)
    {
        Read[] body = [.. all.Where(read => !read.IsInitial && !read.IsFinal)];
        OneTemplate(body);
        int source = Range(0, Sources).MaxBy(s => (body.Count(read => read.From[s] is not null), -s));
        Read[] told = [.. body.Where(read => read.From[source] is not null)];
        if (told.Length == 0 && body.Length > 0)
            throw Ask(body, "their steps are not said: neither by the files nor, by a convention, by their names");
        RefuseSeveralRuns(told);
        if (source != Own && Array.Find(told, read => read.From[Own] is { } own && own.Step != read.From[source]!.Value.Step) is { } odd)
        {
            throw Ask(
                [odd], $"it says step {odd.From[Own]!.Value.Step} itself, other checkpoints say none, and its name says "
                    + $"{odd.From[source]!.Value.Step}");
        }

        foreach (Read read in body)
        {
            if (read.From[source] is { } reading)
                _assigned.Add(new(reading.Step, read.Candidate.File));
            else if (read.Broken is not null)
                throw read.Broken;
            else
                _skipped.Add(new(read.Candidate.File, "it does not say its step as the others do"));
        }

        if (told.Length > 0)
        {
            IEnumerable<string> places = told.Select(read => read.From[source]!.Value.From).Distinct();
            _notes.Add($"steps from {string.Join(" and ", places)}");
            if (source == Own && Array.Find(told, read => read.From[1] is { } name && name.Step != read.From[Own]!.Value.Step) is { } other)
            {
                _notes.Add($"the names say other numbers, {DisplayText.Quote(other.Candidate.Name)} for step "
                    + $"{other.From[Own]!.Value.Step} (--pattern takes those of the names)");
            }
        }

        foreach (Read read in all.Where(read => read.IsInitial))
            Initial(read, source);
        foreach (Read read in all.Where(read => read.IsFinal && !read.IsInitial))
            Final(read, source);
    }

    private void Initial(Read read, int source)
    {
        StepReading? said = read.From[Own] ?? read.From[source];
        _assigned.Add(new(said?.Step ?? 0, read.Candidate.File));
        if (said is null)
            _notes.Add($"{DisplayText.Quote(read.Candidate.Name)} is step 0, by its name");
    }

    /// <summary>The final model has its own step where that is known and no other checkpoint's; else it follows the last.</summary>
    private void Final(Read read, int source)
    {
        long last = _assigned.Count == 0 ? -1 : _assigned.Max(checkpoint => checkpoint.Step);
        StepReading? said = read.From[source] ?? (_assigned.Count == 0 ? read.From[Own] : null);
        if (said is { } own && !_assigned.Exists(checkpoint => checkpoint.Step == own.Step))
        {
            _assigned.Add(new(own.Step, read.Candidate.File));
            return;
        }

        _assigned.Add(new(last + 1, read.Candidate.File));
        string why = said is { } taken ? $"step {taken.Step}, which it says, is there already" : "its step is not said";
        _notes.Add($"{DisplayText.Quote(read.Candidate.Name)}, the final model, is placed last, as step {last + 1}: {why}");
    }

    /// <summary>Names that differ in more than a number are not known to be of one series.</summary>
    private static void OneTemplate(Read[] body)
    {
        var numbers = body.Select(read => StepNames.OneNumber(read.Candidate.Stem)).ToArray();
        bool one = numbers.Where(number => number is not null).Select(number => number!.Value.Template)
            .Distinct().Count() == 1;
        for (int i = 0; i < body.Length; i++)
            body[i].From[Sources - 1] = one ? numbers[i]?.Reading : null;
    }

    private static void RefuseSeveralRuns(Read[] told)
    {
        string[] runs =
        [
            .. told.Select(read => string.Join(", ", StepNames.RunsOf(read.Candidate.File).Distinct()))
                .Distinct(),
        ];
        if (runs.Length > 1)
        {
            throw new ArgumentException(
                $"These are checkpoints of several runs ({DisplayText.Some(runs)}): name the paths of one, or give a --pattern that "
                + "matches one, with one group for the step.");
        }
    }

    private static ArgumentException Ask(Read[] reads, string why)
    {
        string names = DisplayText.Some([.. reads.Select(read => read.Candidate.Name)]);
        string folder = Path.GetDirectoryName(Path.GetDirectoryName(Path.GetFullPath(reads[0].Candidate.File))!) ?? "";
        string revisions = StepNames.IsHash(reads[0].Candidate.Stem) && Path.GetDirectoryName(folder) is { } cache
            && Directory.Exists(Path.Combine(cache, "refs"))
                ? $" A commit's hash is no step; the refs beside these may say steps: type {cache}."
                : "";
        return new($"{names}: {why}. Give the step by --pattern '{StepNames.PatternFor(reads[0].Candidate.Name)}' or the like, "
            + $"with one group for it.{revisions}");
    }

    private Read Look(Candidate candidate)
    {
        StepReading? step = null, epoch = null;
        CheckpointFormatException? broken = null;
        try
        {
            if (_lists.TryGetValue(candidate.File, out TorchFile? open))
            {
                (step, epoch) = OwnSteps.Of(open);
            }
            else
            {
                using ITensorSource source = CheckpointFile.Open(candidate.File, partial: _partial);
                (step, epoch) = OwnSteps.Of(source);
            }
        }
        catch (CheckpointFormatException exception)
        {
            broken = exception; // which it says when it is needed
        }

        string[] names = candidate.OtherName is { } other ? [CheckpointFile.StemOf(other), candidate.Stem] : [candidate.Stem];
        return new(
            candidate,
            [
                step, names.Select(StepNames.Step).FirstOrDefault(said => said is not null), epoch,
                names.Select(StepNames.EpochOf).FirstOrDefault(said => said is not null), null,
            ],
            broken);
    }

    private static string Singular(string from) =>
        from.Replace("the names", "the name").Replace("the files", "the file");

    private bool IsList(string path)
    {
        if (_lists.ContainsKey(path))
            return true;
        ITensorSource source = CheckpointFile.Open(path, partial: _partial);
        if (source is TorchFile { Items.Count: > 0 } file)
        {
            _lists.Add(path, file);
            return true;
        }

        source.Dispose();
        return false;
    }

    private void TakeList(string path)
    {
        TorchFile file = _lists[path];
        for (int i = 0; i < file.Items.Count; i++)
            _assigned.Add(new(long.Parse(file.Items[i].Metadata["step"], InvariantCulture), path, i));
        _notes.Add(file.StepsOfItems is { } key ? $"steps from the list '{key}' in the file"
            : "the file holds a list of checkpoints and no list of steps: they are numbered from 0");
    }
}
