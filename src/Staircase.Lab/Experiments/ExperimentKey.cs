namespace Staircase.Lab;

/// <summary>
/// A key of an experiment: what it is called on the command line, in YAML and in <c>run.json</c>, and what may stand there.
/// </summary>
/// <param name="Name">The key.</param>
/// <param name="Placeholder">What a value looks like; null for a switch.</param>
/// <param name="Group">The group under which help shows it.</param>
/// <param name="Help">What it does, in a few words.</param>
/// <param name="Range">What a number may be; null where anything goes that can be read.</param>
/// <param name="Default">What holds where nothing is said, as it would be typed or in words; null where that is nothing.</param>
public sealed record ExperimentKey(string Name, string? Placeholder, string Group, string Help, Range? Range, string? Default)
{
    /// <summary>The experiment with a value, read from its text.</summary>
    public required Func<Experiment, string, Experiment> Set { get; init; }

    /// <summary>The value as text that <see cref="Set"/> reads back; null where nothing was said and nothing has been resolved.</summary>
    public required Func<Experiment, string?> Get { get; init; }

    /// <summary>The value as a number; null where it is none, or not said.</summary>
    public Func<Experiment, double?> Number { get; init; } = _ => null;

    /// <summary>Complains of a number outside of its range.</summary>
    /// <exception cref="InputException">The value is outside.</exception>
    public void Check(Experiment experiment)
    {
        if (Range is not null && Number(experiment) is { } value && !Range.Contains(value))
            throw new InputException($"‹{Name}› must {Range}, not {Get(experiment)}.");
    }
}
