using System.Security.Cryptography;

namespace Staircase.Lab;

/// <summary>One experiment of a sweep.</summary>
/// <param name="Experiment">The experiment.</param>
/// <param name="Values">What the sweep has set in it.</param>
public sealed record SweepTask(Experiment Experiment, IReadOnlyList<KeyValuePair<string, string>> Values)
{
    private const int Digits = 16; // two of a billion tasks share them once in thirty sweeps

    /// <summary>
    /// What it is called: a hash of all that was said of the experiment, so that one that has changed is another task, and one that has
    /// not is the same in every sweep.
    /// </summary>
    public string Id { get; } = Hash(Experiment);

    /// <summary>The number of its combination in the sweep.</summary>
    internal int Combination { get; init; }

    /// <summary>What the sweep has set for a key.</summary>
    internal string Value(string key) => Values.First(pair => pair.Key == key).Value;

    private static string Hash(Experiment experiment)
    {
        IEnumerable<string> lines = experiment.Write().OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => $"{pair.Key}: {pair.Value}");
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{experiment.Kind.Name}\n{string.Join('\n', lines)}"));
        return Convert.ToHexStringLower(hash)[..Digits];
    }
}
