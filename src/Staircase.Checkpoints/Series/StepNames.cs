using System.Text.RegularExpressions;

namespace Staircase.Checkpoints;

/// <summary>The conventions by which names say steps, in order of precedence; nothing else in a name is one.</summary>
/// <remarks>
/// A metric (<c>val_loss=2.31</c>), a commit's hash, a count of tokens (<c>tokens4B</c>), a size (<c>124M</c>), a version (<c>-v1</c>) and
/// the number of a run or seed are no steps. Numbers may end in k or M where the convention names what they count.
/// </remarks>
internal static class StepNames
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture;
    private const string Number = @"[-_=. ]*(?<step>\d+)(?<unit>[kM])?(?![\da-z])(?!\.\d)";
    private const string Date = @"20[0-3]\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly (string Called, Regex Form)[] Steps =
    [
        ("'stepN'", new(@"(?<![a-z])(global|training|train)?[-_]?steps?" + Number, Options, Patience)),
        ("'N steps'", new(@"(?<![\da-z.])(?<step>\d+)(?<unit>[kM])?[-_ ]?steps(?![a-z])", Options, Patience)),
        ("'iterN'", new(@"(?<![a-z])(iterations?|iters?|updates?)" + Number, Options, Patience)),
        ("'checkpoint_EPOCH_N'", new(@"^checkpoint_\d+_(?<step>\d+)$", Options, Patience)),
        ("'checkpoint-N'", new(@"(?<![a-z])(checkpoint|ckpt|chkpt|snapshot)" + Number, Options, Patience)),
        ("names that are numbers", new($@"^(?!{Date}$)(?<step>\d{{1,18}})$", Options, Patience)),
    ];

    private static readonly Regex Epoch = new(@"(?<![a-z])(epoch|ep)" + Number, Options, Patience);

    /// <summary>Which run it is of, not which step.</summary>
    private static readonly Regex Run = new(@"(?<![a-z])(?<word>seed|run|trial|fold|replicate)[-_=]?(?<number>\d+)", Options, Patience);

    /// <summary>What has digits and is no whole number of its own: decimals, hashes, sizes, versions, shards.</summary>
    private static readonly Regex NoNumber = new(
        @"(?<![\da-z])(\d+\.\d+|(?=[\da-f]*\d)(?=[\da-f]*[a-f])[\da-f]{7,64}(?![\da-z])|\d+[a-z][\da-z]*|v\d+|\d+-of-\d+"
        + @"|[a-z]+\d+(?=[-_]))|"
        + @"(?<![a-z])(seed|run|trial|fold|replicate|exp|experiment|version|rank|layers?|heads?|lr|loss|acc|score|wd|bs|batch|tokens?)"
        + @"[-_=]?\d+(\.\d+)?",
        Options, Patience);

    private static readonly Regex WholeNumber = new($@"(?<!\d)(?!{Date}(?!\d))(?<step>\d{{1,18}})(?![\da-z])", Options, Patience);
    private static readonly Regex Hash = new(@"^[\da-f]{7,64}$", Options, Patience);

    /// <summary>The step that a name says by a convention for steps.</summary>
    public static StepReading? Step(string name)
    {
        foreach ((string called, Regex form) in Steps)
        {
            if (Only(form, name) is { } step)
                return new(step, $"the names, {called}");
        }

        return null;
    }

    /// <summary>The epoch that a name says.</summary>
    public static StepReading? EpochOf(string name) => Only(Epoch, name) is { } epoch ? new(epoch, "the names, in epochs") : null;

    /// <summary>
    /// The one whole number in a name, with what the name is without any number: names that agree in that are of one series.
    /// </summary>
    public static (StepReading Reading, string Template)? OneNumber(string name)
    {
        string rest = NoNumber.Replace(name, "#");
        MatchCollection numbers = WholeNumber.Matches(rest);
        if (numbers.Count != 1 || rest.Count(char.IsAsciiDigit) != numbers[0].Length)
            return null;
        string template = WholeNumber.Replace(rest, "*");
        return Value(numbers[0]) is { } step ? (new(step, $"the one number in names like {DisplayText.Quote(template)}"), template) : null;
    }

    /// <summary>The numbers of runs and seeds in a path.</summary>
    public static IEnumerable<string> RunsOf(string path) =>
        Run.Matches(path).Select(match => $"{match.Groups["word"].Value.ToLowerInvariant()} {match.Groups["number"].Value}");

    /// <summary>Whether a name is a commit's hash.</summary>
    public static bool IsHash(string name) => Hash.IsMatch(name) && !name.All(char.IsAsciiDigit);

    /// <summary>Whether one of the words of a name is among these.</summary>
    public static bool Says(string name, params ReadOnlySpan<string> words)
    {
        foreach (Range word in Regex.EnumerateSplits(name, "[^A-Za-z]+"))
        {
            foreach (string asked in words)
            {
                if (name.AsSpan(word).Equals(asked, StringComparison.OrdinalIgnoreCase))
                    return true;
            }
        }

        return false;
    }

    /// <summary>A pattern that takes the number from names like this one.</summary>
    public static string PatternFor(string name)
    {
        Match match = Steps.Select(step => step.Form.Match(CheckpointFile.StemOf(name))).FirstOrDefault(found => found.Success)
            ?? Regex.Match(name, @"(?<step>\d+)", RegexOptions.None, Patience);
        if (!match.Success)
            return @"step(\d+)";
        Group step = match.Groups["step"];
        int word = step.Index;
        while (word > 0 && !char.IsAsciiDigit(name[word - 1]))
            word--;
        string after = Regex.Replace(Regex.Escape(name[(step.Index + step.Length)..]), @"\d+", @"\d+", RegexOptions.None, Patience);
        return $@"{Regex.Escape(name[word..step.Index])}(\d+){after}$";
    }

    /// <summary>The number of a form where the name has it once.</summary>
    private static long? Only(Regex form, string name)
    {
        Match match = form.Match(name);
        return match.Success && !match.NextMatch().Success ? Value(match) : null;
    }

    private static long? Value(Match match)
    {
        if (!long.TryParse(match.Groups["step"].ValueSpan, NumberStyles.None, InvariantCulture, out long step))
            return null;
        long unit = match.Groups["unit"].Value switch { "k" or "K" => 1000, "m" or "M" => 1_000_000, _ => 1 };
        return step <= long.MaxValue / unit ? step * unit : null;
    }
}

/// <summary>A step, and where it comes from.</summary>
/// <param name="From">Where from: "steps from …".</param>
internal readonly record struct StepReading(long Step, string From);
