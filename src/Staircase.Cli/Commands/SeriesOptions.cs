namespace Staircase.Cli;

/// <summary>
/// Options of the commands that read a series of checkpoints: where it is, which part of it; and what they say of it first.
/// </summary>
/// <param name="command">The command that gets them.</param>
internal sealed class SeriesOptions(Command command)
{
    private const int MostFindings = 20;

    private readonly Argument<string[]> _paths = command.Argument<string[]>(
        "PATH", "checkpoints: files, folders of files, folders of folders, the cache of a hub", ArgumentArity.OneOrMore);
    private readonly Option<string?> _pattern = command.Option<string?>(
        "--pattern", @"'step(\d+)'",
        "which names or paths are checkpoints: a regular expression whose one group is the step "
        + "(default: the step in the files, else the names' by convention)");
    private readonly Option<string?> _steps = command.Option<string?>("--steps", "FROM..TO", "a range of steps");
    private readonly Option<int> _every = command.Option<int>("--every", "N", "every n-th checkpoint of them", 1);
    private readonly Option<bool> _mapped = command.Option<bool>(
        "--mapped", null, "map safetensors into memory instead of reading them: for local disks only");
    private readonly Option<bool> _partial = command.Option<bool>(
        "--partial", null, "take safetensors that end early, and shards that are not all there; what is missing is named");

    /// <summary>What a command line says of a series.</summary>
    /// <exception cref="InputException">A value cannot be used.</exception>
    public AnalysisOptions Read(ParseResult parsed)
    {
        (long from, long to) = parsed.GetValue(_steps) is { } range ? Range(range) : (0, long.MaxValue);
        int every = parsed.GetValue(_every);
        Require(every >= 1, $"--every must be at least 1, not {every}.");
        return new()
        {
            Paths = parsed.GetValue(_paths)!,
            Selection = new(parsed.GetValue(_pattern), from, to, every),
            Mapped = parsed.GetValue(_mapped),
            Partial = parsed.GetValue(_partial),
        };
    }

    /// <summary>Decisions, what was not read, and what the audit found, as lines.</summary>
    public static void Print(
        IEnumerable<string> decisions, IEnumerable<string> skipped, IReadOnlyList<AuditFinding> findings, int most = MostFindings)
    {
        foreach (string decision in decisions)
            Output.Line($"  {Plain(decision)}");
        foreach (string[] alike in skipped.GroupBy(Reason).Select(texts => texts.ToArray()))
        {
            string reason = Reason(alike[0]), more = alike.Length > 1 ? $" and {alike.Length - 1} more" : "";
            Output.Line($"  not read, {reason}: {Plain(alike[0][..^(reason.Length + 2)])}{more}");
        }

        Output.Line(findings.Count == 0 ? "Audit: nothing found." : $"Audit: {findings.Count} findings.");
        foreach (AuditFinding finding in findings.Take(most))
            Output.Line($"  {Plain(finding.Text)}");
        if (findings.Count > most)
            Output.Line($"  … and {findings.Count - most} more, which --out shows.");
    }

    /// <summary>Names come from strangers' files: nothing in them may steer the terminal.</summary>
    public static string Plain(string text) =>
        string.Concat(text.Select(c => char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') ? '\uFFFD' : c));

    /// <summary>What stands behind the last colon of what was skipped.</summary>
    private static string Reason(string skipped) => skipped[(skipped.LastIndexOf(": ", StringComparison.Ordinal) + 2)..];

    private static (long From, long To) Range(string text)
    {
        string[] ends = text.Split("..");
        long from = 0, to = long.MaxValue;
        if (ends.Length != 2 || (ends[0].Length > 0 && !long.TryParse(ends[0], out from))
            || (ends[1].Length > 0 && !long.TryParse(ends[1], out to)) || from < 0 || to < from)
        {
            throw new InputException($"--steps must be FROM..TO, such as 1000..5000, 1000.. or ..5000, not '{text}'.");
        }

        return (from, to);
    }
}
