namespace Staircase.Lab;

/// <summary>A kind of experiment: its keys, and what is said of it.</summary>
/// <param name="default">An experiment of which nothing was said.</param>
/// <param name="keys">Its keys, in the order of help.</param>
public sealed class ExperimentKind(Experiment @default, IReadOnlyList<ExperimentKey> keys)
{
    /// <summary>Its name behind <c>--kind</c> and in files.</summary>
    public required string Name { get; init; }

    /// <summary>What it trains, in a line.</summary>
    public required string Describes { get; init; }

    /// <summary>A command worth typing.</summary>
    public required string Example { get; init; }

    /// <summary>The keys that say where training ends; a run can be continued with a later end.</summary>
    public required IReadOnlyList<string> EndKeys { get; init; }

    /// <summary>What may change when a run goes on: its end, and what ends it before.</summary>
    public IReadOnlyList<string> ContinuationKeys => [.. EndKeys, StopCondition.Key];

    /// <summary>Its keys, in the order of help.</summary>
    public IReadOnlyList<ExperimentKey> Keys => keys;

    /// <summary>An experiment of which nothing was said.</summary>
    public Experiment Default => @default;

    /// <summary>An experiment with a value for a key.</summary>
    /// <param name="experiment">Of this kind.</param>
    /// <param name="value">Its value as text.</param>
    /// <param name="where">Where it stands; null for the command line.</param>
    /// <exception cref="InputException">The key is not one of this kind's, or the value cannot be read.</exception>
    public Experiment Set(Experiment experiment, string key, string value, string? where)
    {
        ExperimentKey found = keys.FirstOrDefault(known => known.Name == key) ?? throw ExperimentKinds.Unknown(this, key, where);
        try
        {
            Experiment changed = found.Set(experiment, value);
            found.Check(changed);
            return where is null
                ? changed
                : changed with { Origins = new Dictionary<string, string>(changed.Origins) { [key] = where } };
        }
        catch (InputException exception) when (where is not null)
        {
            throw exception.At(where);
        }
    }

    /// <summary>Every key of an experiment that is set, as text.</summary>
    public IReadOnlyDictionary<string, string> Write(Experiment experiment) => keys
        .Select(key => (key.Name, Value: key.Get(experiment))).Where(pair => pair.Value is not null)
        .ToDictionary(pair => pair.Name, pair => pair.Value!);

    /// <summary>Checks every number against its range.</summary>
    /// <exception cref="InputException">One is outside.</exception>
    public void Check(Experiment experiment)
    {
        foreach (ExperimentKey key in keys)
            key.Check(experiment);
    }
}
